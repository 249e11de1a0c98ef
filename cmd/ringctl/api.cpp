#include "api.h"

#include <fmt/core.h>

namespace ringside::ctl {

base::Expected<http::Response> Api::send(http::Method method, std::string_view target) {
    auto response = client_.send(method, target);
    if (!response) {
        return base::Error{response.error().code,
                           fmt::format("admin API at {}: {}; is ringside running there?",
                                       routing::to_string(address_), response.error().message)};
    }
    return response;
}

}  // namespace ringside::ctl
