// A range of IP addresses, as "10.0.0.0/8" or "fd00::/8" has it. Pure.
#pragma once

#include "base/expected.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::routing {

// An IP address as 16 bytes: one of IPv4 as ::ffff:a.b.c.d, however it was written.
using IpBytes = std::array<std::uint8_t, 16>;

// Nothing if the text is no IP (without brackets, port or zone).
std::optional<IpBytes> parse_ip_bytes(std::string_view text) noexcept;

// Where a connection to `host` goes if it is no name, in each form that the system understands:
// "127.1", "2130706433", "fe80::1%eth0". Rules about addresses go by this, or who writes one in
// another form goes past them. Nothing: it is a name, or a path.
std::optional<IpBytes> dialled_ip(std::string_view host);

// A value.
class IpRange {
  public:
    // "10.0.0.0/8", "fd00::/8"; an IP alone is a range of its own. Refused: what is no IP, a prefix
    // that is longer than one, and bits behind the prefix, as they were meant for something else.
    static base::Expected<IpRange> parse(std::string_view text);

    bool contains(const IpBytes& ip) const noexcept;
    // As it was written.
    const std::string& text() const noexcept { return text_; }

    bool operator==(const IpRange& other) const = default;

  private:
    IpBytes first_{};
    std::uint32_t bits_ = 0;  // of 128
    std::string text_;
};

}  // namespace ringside::routing
