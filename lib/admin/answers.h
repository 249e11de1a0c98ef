// The forms that answers take.
#pragma once

#include "base/error.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace ringside::admin {

http::Response json_answer(std::string body);
http::Response text_answer(unsigned status, std::string body);

// {"error": {"code": ..., "message": ...}}
http::Response error_answer(unsigned status, std::string_view code, std::string_view message);
// With the status that goes with the error's code.
http::Response error_answer(const base::Error& error);

}  // namespace ringside::admin
