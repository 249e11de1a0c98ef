// The types of the values that Redis answers with, as their first bytes tell them, and sets of
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

enum class ReplyType : std::uint8_t {
    other,  // no answer to a request begins so
    status,
    error,
    number,
    bulk,   // or the null of RESP2
    array,  // or the other null of RESP2
    null,   // this and the following: RESP3 only
    boolean,
    real,
    big_number,
    bulk_error,
    verbatim,
    set,
    map,
};

// In the order of ReplyType, behind `other`.
inline constexpr std::string_view kReplyTypeBytes = "+-:$*_#,(!=~%";

inline constexpr std::array<ReplyType, 256> kReplyTypeOfByte = [] {
    std::array<ReplyType, 256> types{};
    for (std::size_t i = 0; i < kReplyTypeBytes.size(); ++i) {
        types[static_cast<unsigned char>(kReplyTypeBytes[i])] = static_cast<ReplyType>(i + 1);
    }
    return types;
}();

constexpr ReplyType reply_type_of(char first_byte) noexcept {
    return kReplyTypeOfByte[static_cast<unsigned char>(first_byte)];
}
static_assert(reply_type_of('+') == ReplyType::status && reply_type_of('%') == ReplyType::map);
static_assert(reply_type_of('>') == ReplyType::other);

class ReplyTypes {
  public:
    constexpr ReplyTypes() noexcept = default;
    // By their first bytes. A byte that is none of kReplyTypeBytes does not compile.
    constexpr explicit ReplyTypes(std::string_view first_bytes) {
        for (const char byte : first_bytes) {
            add(static_cast<ReplyType>(find(byte) + 1));
        }
    }

    constexpr void add(ReplyType type) noexcept { bits_ |= bit(type); }
    constexpr bool has(ReplyType type) const noexcept { return (bits_ & bit(type)) != 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }

  private:
    static constexpr std::uint32_t bit(ReplyType type) noexcept {
        return std::uint32_t{1} << static_cast<unsigned>(type);
    }
    static constexpr std::size_t find(char byte) {
        std::size_t index = 0;
        while (kReplyTypeBytes.at(index) != byte) {
            ++index;
        }
        return index;
    }

    std::uint32_t bits_ = 0;
};

}  // namespace ringside::protocol
