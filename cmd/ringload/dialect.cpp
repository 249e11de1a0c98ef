#include "dialect.h"

namespace ringside::load {

bool agrees(std::string_view bytes, std::string_view prefix) noexcept {
    return bytes.substr(0, prefix.size()) == prefix.substr(0, bytes.size());
}

Verdict expect_bytes(std::string_view bytes, std::string_view expected,
                     ReplyCheck& check) noexcept {
    const std::string_view rest = bytes.substr(check.checked_bytes);
    if (!agrees(rest, expected)) {
        return Verdict::wrong;
    }
    if (rest.size() < expected.size()) {
        return Verdict::need_more;
    }
    check.checked_bytes += expected.size();
    return Verdict::right;
}

Verdict read_error_line(std::string_view bytes, ReplyCheck& check) noexcept {
    const std::string_view rest = bytes.substr(check.checked_bytes);
    const std::size_t end = rest.substr(0, kErrorLineBytesMax).find("\r\n");
    if (end == std::string_view::npos) {
        return rest.size() < kErrorLineBytesMax ? Verdict::need_more : Verdict::wrong;
    }
    check.error_text = rest.substr(0, end);
    check.checked_bytes += end + 2;
    return Verdict::error;
}

}  // namespace ringside::load
