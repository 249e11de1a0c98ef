// What comes of looking up a host name: addresses, or why there are none.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringside::io {

// Why a host name has no address.
enum class LookupProblem : std::uint8_t {
    timed_out,                 // no nameserver has answered within the limit
    not_found,                 // NXDOMAIN: there is no such name
    no_address,                // NODATA: the name exists, but has neither A nor AAAA records
    server_failure,            // SERVFAIL, REFUSED, or no nameserver can be reached
    bad_answer,                // cannot be read, or has only addresses that no node can have
    too_long_or_invalid_name,  // cannot be asked for
};
inline constexpr std::size_t kLookupProblems = 6;

// For people: "name lookup timed out".
std::string_view to_string(LookupProblem problem) noexcept;

struct FoundAddresses {
    // IPv4 and IPv6 as text, in the order in which they are to be tried. At least one and at most
    // kNameAddressesMax, each once.
    std::vector<std::string> ips;
    // For how long they hold from now on, of all records the least; within kNameTtlMin and
    // kNameTtlMax if they are new. The rest of that if they come from memory.
    base::milliseconds ttl{0};

    bool operator==(const FoundAddresses&) const = default;
};

using LookupResult = std::variant<FoundAddresses, LookupProblem>;

}  // namespace ringside::io
