#include "routing/identity.h"

#include <string>

namespace ringside::routing {

std::optional<Identity> parse_identity(std::string_view text) noexcept {
    if (text == "source") {
        return Identity::source;
    }
    if (text == "host") {
        return Identity::host;
    }
    return text == "address" ? std::optional(Identity::address) : std::nullopt;
}

void name_members(Membership& membership, Identity identity) {
    for (Member& member : membership.members) {
        switch (identity) {
            case Identity::source:
                break;
            case Identity::host:
                member.name = member.host.empty()
                                  ? default_ring_name(member.address)
                                  : default_ring_name({member.host, member.address.port});
                break;
            case Identity::address:
                member.name = default_ring_name(member.address);
                break;
        }
    }
}

}  // namespace ringside::routing
