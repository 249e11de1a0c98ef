// Which text of a node is its name on the ring: a setting of the pool, applied to what the source
// says before anything is compared with what was there. Pure.
//
// The ring name decides which keys a node owns. Two pools agree on their keys when the same nodes
// have the same texts, whatever their sources are.
#pragma once

#include "routing/membership.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::routing {

enum class Identity : std::uint8_t {
    source,   // as the source names it
    host,     // its host name: stays when the address changes
    address,  // its address: what a plain list of addresses has
};

// "source", "host", "address".
std::optional<Identity> parse_identity(std::string_view text) noexcept;

// Gives each member its ring name: of a host or an address the text of default_ring_name(). Who
// has not got the one has the other. Two members may have the same name then: see normalize().
void name_members(Membership& membership, Identity identity);

}  // namespace ringside::routing
