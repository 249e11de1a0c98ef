#include "admin/answers.h"

#include "admin/json.h"

#include <utility>

namespace ringside::admin {
namespace {

unsigned status_of(base::Errc code) noexcept {
    switch (code) {
        case base::Errc::invalid_argument:
        case base::Errc::malformed:
            return 400;
        case base::Errc::not_found:
            return 404;
        case base::Errc::conflict:
            return 409;
        case base::Errc::invalid_config:
        case base::Errc::io:
            return 500;
        case base::Errc::timed_out:
            return 504;
    }
    return 500;
}

}  // namespace

http::Response json_answer(std::string body) {
    http::Response response;
    response.body = std::move(body);
    return response;
}

http::Response text_answer(unsigned status, std::string body) {
    http::Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    return response;
}

http::Response error_answer(unsigned status, std::string_view code, std::string_view message) {
    http::Response response;
    response.status = status;
    response.body = error_json(code, message);
    return response;
}

http::Response error_answer(const base::Error& error) {
    return error_answer(status_of(error.code), base::to_string(error.code), error.message);
}

}  // namespace ringside::admin
