// The forms that answers take.
#pragma once

#include "admin/http.h"
#include "base/error.h"

#include <string>
#include <string_view>

namespace ringside::admin {

HttpResponse json_answer(std::string body);
HttpResponse text_answer(unsigned status, std::string body);

// {"error": {"code": ..., "message": ...}}
HttpResponse error_answer(unsigned status, std::string_view code, std::string_view message);
// With the status that goes with the error's code.
HttpResponse error_answer(const base::Error& error);

}  // namespace ringside::admin
