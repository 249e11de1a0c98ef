// The end of a line in an answer, which may be long: nodes and the scripts in them may write errors
// and states of any length.
#pragma once

#include "protocol/framing.h"
#include "protocol/node_codec.h"

#include <cstddef>
#include <string_view>

namespace ringside::protocol {

struct LineEnd {
    ReplyStatus status = ReplyStatus::need_more;
    std::size_t end = 0;         // complete: behind its CRLF
    std::string_view problem{};  // malformed: static text
};

// Looks for the end of the line that begins at `begin`, or goes on in the line that `resume` has
// got into (line_bytes is not 0), wherever that began. Each byte is looked at once, however the
// line is cut. Over kReplyLineBytesMax it is malformed.
//
// need_more: scanned_bytes is where to go on. What lies in front of it need not be kept.
LineEnd find_line_end(std::string_view bytes, std::size_t begin, Resume& resume) noexcept;

}  // namespace ringside::protocol
