// Small pieces of text on the wire that both protocols write.
#pragma once

#include "base/byte_buffer.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::protocol {

inline constexpr std::string_view kCrlf = "\r\n";

// The number in decimal, without sign or leading zeros.
void append_decimal(std::uint64_t number, base::ByteBuffer& out);

// `text` with each control character replaced by a space, so that it cannot end the line it stands
// in.
void append_printable(std::string_view text, base::ByteBuffer& out);
void append_printable(std::string_view text, std::string& out);

}  // namespace ringside::protocol
