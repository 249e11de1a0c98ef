#include "base/error.h"

namespace ringside::base {

std::string_view to_string(Errc code) noexcept {
    switch (code) {
        case Errc::invalid_argument:
            return "invalid_argument";
        case Errc::invalid_config:
            return "invalid_config";
        case Errc::not_found:
            return "not_found";
        case Errc::conflict:
            return "conflict";
        case Errc::io:
            return "io";
        case Errc::malformed:
            return "malformed";
        case Errc::timed_out:
            return "timed_out";
    }
    return "unknown";
}

Error Error::in(std::string_view context) const {
    std::string text(context);
    text += ": ";
    text += message;
    return Error{code, std::move(text)};
}

}  // namespace ringside::base
