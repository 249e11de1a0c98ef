// The zone of a link-local address: "eth0" or "2" of "fe80::1%eth0".
#pragma once

#include "base/parse.h"

#include <net/if.h>

#include <cstdint>
#include <limits>
#include <string>

namespace ringside::base {

// By the name of an interface, or its number, whether or not it is there; 0: there is none of that
// name now.
inline std::uint32_t interface_index(const std::string& zone) {
    const auto number = parse_unsigned(zone, 1, std::numeric_limits<std::uint32_t>::max());
    return number ? static_cast<std::uint32_t>(*number) : ::if_nametoindex(zone.c_str());
}

}  // namespace ringside::base
