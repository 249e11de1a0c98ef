#include "discovery/address_gate.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using routing::Address;
using routing::dialled_ip;
using routing::IpBytes;
using routing::parse_ip_bytes;

// 0.0.0.0 listens at IPv4 only; :: at both, unless IPV6_V6ONLY is set, which we do not know of.
bool is_wildcard_for(const IpBytes& listener, const IpBytes& ip) noexcept {
    const IpBytes any_v4 = *parse_ip_bytes("0.0.0.0");
    const bool is_v4 = std::equal(ip.begin(), ip.begin() + 12, any_v4.begin());
    return listener == IpBytes{} || (is_v4 && listener == any_v4);
}

// All of 127.0.0.0/8 is this host.
bool is_loopback(const IpBytes& ip) noexcept {
    const IpBytes loopback = *parse_ip_bytes("127.0.0.0");
    return std::equal(ip.begin(), ip.begin() + 13, loopback.begin()) ||
           ip == *parse_ip_bytes("::1");
}

}  // namespace

bool OwnListeners::contains(std::string_view ip, std::uint16_t port) const {
    const auto bytes = dialled_ip(ip);
    if (!bytes) {
        return false;
    }
    const auto is_local = [&] {
        return is_loopback(*bytes) ||
               std::any_of(local_ips.begin(), local_ips.end(), [&bytes](const std::string& local) {
                   return dialled_ip(local) == bytes;
               });
    };
    return std::any_of(listeners.begin(), listeners.end(), [&](const Address& listener) {
        const auto at = dialled_ip(listener.host);
        return at && listener.port == port &&
               (*at == *bytes || (is_wildcard_for(*at, *bytes) && is_local()));
    });
}

AddressGate::Verdict AddressGate::judge(std::string_view ip, std::uint16_t port) const {
    if (own_ && own_->contains(ip, port)) {
        return Verdict::our_own;
    }
    const auto bytes = dialled_ip(ip);
    const bool is_outside =
        bytes && !allowed_.empty() &&
        std::none_of(allowed_.begin(), allowed_.end(),
                     [&bytes](const auto& range) { return range.contains(*bytes); });
    return is_outside ? Verdict::outside : Verdict::fine;
}

std::string AddressGate::ranges() const {
    std::string text;
    for (const routing::IpRange& range : allowed_) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", range.text());
    }
    return text;
}

base::Status AddressGate::check(const routing::Membership& said) const {
    for (const routing::Member& member : said.members) {
        for (const Address& address : known_addresses(member)) {
            switch (judge(address.host, address.port)) {
                case Verdict::fine:
                    break;
                case Verdict::outside:
                    return Error{Errc::malformed,
                                 fmt::format("node {} is at {}, outside of \"allow\" ({})",
                                             member.name, to_string(address), ranges())};
                case Verdict::our_own:
                    return Error{Errc::malformed,
                                 fmt::format("node {} is at {}, where this process listens itself: "
                                             "requests would go round in a circle",
                                             member.name, to_string(address))};
            }
        }
    }
    return base::Done{};
}

NameState AddressGate::filter(const NameState& state, std::uint16_t port,
                              base::TimePoint now) const {
    NameState left = state;
    Verdict last = Verdict::fine;
    left.ips.clear();
    for (const std::string& ip : state.ips) {
        const Verdict verdict = judge(ip, port);
        if (verdict == Verdict::fine) {
            left.ips.push_back(ip);
        } else {
            last = verdict;
        }
    }
    if (left.ips.empty() && last != Verdict::fine) {
        left.problem = last == Verdict::outside
                           ? "all addresses of its name are outside of \"allow\""
                           : "its name leads to where this process listens itself";
        left.problem_since = now;
    }
    return left;
}

}  // namespace ringside::discovery
