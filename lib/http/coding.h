// In which coding an answer is sent: gzip, if it is large and its reader takes that.
#pragma once

#include "http/message.h"

namespace ringside::http {

// Has `response` compressed while it is read, if who has sent `request` wants that, and tells in
// its header whether it is, and that it depends on who asks.
void choose_coding(const Request& request, Response& response);

}  // namespace ringside::http
