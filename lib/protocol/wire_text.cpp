#include "protocol/wire_text.h"

#include <array>
#include <charconv>

namespace ringside::protocol {
namespace {

constexpr std::size_t kDecimalDigitsMax = 20;  // of a 64-bit number

constexpr char printable(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f ? ' ' : c;
}

}  // namespace

void append_decimal(std::uint64_t number, base::ByteBuffer& out) {
    std::array<char, kDecimalDigitsMax> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void append_printable(std::string_view text, base::ByteBuffer& out) {
    for (const char c : text) {
        out.push_back(printable(c));
    }
}

void append_printable(std::string_view text, std::string& out) {
    for (const char c : text) {
        out.push_back(printable(c));
    }
}

}  // namespace ringside::protocol
