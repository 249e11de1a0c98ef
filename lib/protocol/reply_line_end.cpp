#include "protocol/reply_line_end.h"

#include "base/limits.h"

#include <cstdint>

namespace ringside::protocol {

LineEnd find_line_end(std::string_view bytes, std::size_t begin, Resume& resume) noexcept {
    const std::size_t from = resume.line_bytes != 0 ? resume.scanned_bytes : begin;
    const std::size_t line_feed = bytes.find('\n', from);
    const bool ends = line_feed != std::string_view::npos;
    const std::size_t line_bytes = resume.line_bytes + (ends ? line_feed : bytes.size()) - from;
    if (line_bytes > base::kReplyLineBytesMax) {
        return {ReplyStatus::malformed, 0, "line too long"};
    }
    if (!ends) {
        // The last byte stays: it may be the CR.
        const bool is_new = line_bytes <= 1;
        resume.line_bytes = is_new ? 0 : static_cast<std::uint32_t>(line_bytes - 1);
        resume.scanned_bytes = is_new ? from : bytes.size() - 1;
        resume.need_bytes = bytes.size() + 1;
        return {};
    }
    resume.line_bytes = 0;
    if (line_feed == from || bytes[line_feed - 1] != '\r') {
        return {ReplyStatus::malformed, 0, "line without CRLF"};
    }
    return {ReplyStatus::complete, line_feed + 1, {}};
}

}  // namespace ringside::protocol
