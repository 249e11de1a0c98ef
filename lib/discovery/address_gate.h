// Which addresses the nodes of a pool may have that a source or DNS says: those in the ranges of
// `allow`, and none at which this process itself serves clients. Pure.
//
// What no node at all can have is is_forbidden_ip()'s matter, for each parser of answers.
#pragma once

#include "base/expected.h"
#include "discovery/name_book.h"
#include "routing/ip_range.h"
#include "routing/membership.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

// Where this process listens for clients: IPs with their ports, and for the wildcard (0.0.0.0, ::)
// the IPs of this host.
struct OwnListeners {
    std::vector<routing::Address> listeners;
    std::vector<std::string> local_ips;

    bool contains(std::string_view ip, std::uint16_t port) const;
};

// A value, owned by a pool's NodeBook.
class AddressGate {
  public:
    // Empty: every address.
    void set_allowed(std::vector<routing::IpRange> allowed) { allowed_ = std::move(allowed); }
    // May be null: none.
    void set_own(std::shared_ptr<const OwnListeners> own) { own_ = std::move(own); }

    // Whether all addresses that the list itself tells may be; the error names the member and the
    // rule. A list is refused as a whole: a part of it would be a smaller ring that nobody asked
    // for.
    base::Status check(const routing::Membership& said) const;

    // What a lookup has found, without what may not be. If nothing is left it is a problem of the
    // name, as if it had no address.
    NameState filter(const NameState& state, std::uint16_t port, base::TimePoint now) const;

  private:
    enum class Verdict : std::uint8_t { fine, outside, our_own };
    Verdict judge(std::string_view ip, std::uint16_t port) const;
    std::string ranges() const;

    std::vector<routing::IpRange> allowed_;
    std::shared_ptr<const OwnListeners> own_;
};

}  // namespace ringside::discovery
