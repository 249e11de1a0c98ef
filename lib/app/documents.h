// The documents that are generated from the program's own tables, by topic (--print-docs).
#pragma once

#include "base/expected.h"

#include <string>
#include <string_view>

namespace ringside::app {

// The markdown of docs/<TOPIC>.md, or what else there is. The error lists the topics.
base::Expected<std::string> print_document(std::string_view topic);

}  // namespace ringside::app
