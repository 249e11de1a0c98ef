// Which text of a node is its name on the ring: a setting of the pool, applied to what the source
// says before anything is compared with what was there. Pure.
//
// The ring name decides which keys a node owns. Two pools agree on their keys when the same nodes
// have the same texts, whatever their sources are.
#pragma once

#include "base/expected.h"
#include "routing/membership.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::routing {

enum class Identity : std::uint8_t {
    source,       // as the source names it
    host,         // its host name: stays when the address changes
    address,      // its address: what a plain list of addresses has
    ordinal,      // the number that a StatefulSet gives its host: "3"
    by_template,  // a text with placeholders (routing/name_template.h)
};

// "source" or "name", "host", "address", "ordinal", "template".
std::optional<Identity> parse_identity(std::string_view text) noexcept;

std::string_view to_string(Identity identity) noexcept;

// Gives each member its ring name: of a host or an address the text of default_ring_name(), where
// who has not got the one has the other; of an ordinal and a template the text itself. An error,
// and nothing has changed, if something is not known of a member that its name is made of. Two
// members may have the same name then: see normalize().
[[nodiscard]] base::Status name_members(Membership& membership, Identity identity,
                                        std::string_view name_template = {});

// What a source says as the nodes of a ring: under their ring names, in the order of the ring. An
// error if there are none (not_found), or something is not known that a name is made of, or two are
// one.
base::Expected<Membership> ring_members(const Membership& said, Identity identity,
                                        std::string_view name_template = {});

}  // namespace ringside::routing
