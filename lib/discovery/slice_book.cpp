#include "discovery/slice_book.h"

#include "base/limits.h"
#include "base/parse.h"
#include "discovery/node_address.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using routing::Address;
using routing::Member;
using routing::Membership;
using routing::MemberState;

// Further addresses of one node that are kept: it has one for each family.
constexpr std::size_t kOtherIpsMax = 4;

enum class Family : std::uint8_t { ipv4, ipv6, name };

Family family_of(const SliceEndpoint& endpoint) {
    if (!is_ip_text(endpoint.address)) {
        return Family::name;
    }
    return endpoint.address.find(':') == std::string::npos ? Family::ipv4 : Family::ipv6;
}

// An endpoint, and where it is reached in its slice.
struct Candidate {
    const SliceEndpoint* endpoint;
    std::uint16_t port;
};

std::optional<std::uint16_t> port_in(const EndpointSlice& slice, const std::string& wanted) {
    if (const auto number = base::parse_unsigned(wanted, 1, UINT16_MAX)) {
        return static_cast<std::uint16_t>(*number);
    }
    if (wanted.empty()) {
        return slice.ports.size() == 1 ? std::optional(slice.ports.front().port) : std::nullopt;
    }
    const auto found = std::find_if(slice.ports.begin(), slice.ports.end(),
                                    [&wanted](const auto& port) { return port.name == wanted; });
    return found == slice.ports.end() ? std::nullopt : std::optional(found->port);
}

// Collects members of one kind.
class Collector {
  public:
    Collector(const ServiceView& view, const std::vector<Candidate>& candidates)
        : view_(view), shared_(shared_host_names(candidates)) {}

    void add(const Candidate& candidate, MemberState state) {
        const SliceEndpoint& endpoint = *candidate.endpoint;
        const Address address{endpoint.address, candidate.port};
        const bool has_host = !endpoint.host_name.empty() && !shared_.contains(endpoint.host_name);
        std::string name = has_host ? endpoint.host_name : endpoint.pod;
        if (name.empty()) {
            name = routing::default_ring_name(address);
        }
        const auto [found, is_new] = members_.try_emplace(name);
        Member& member = found->second;
        if (!is_new) {
            add_address(member, address);
            return;
        }
        member = {.name = std::move(name),
                  .address = address,
                  .host = has_host ? fmt::format("{}.{}.{}.svc", endpoint.host_name, view_.service,
                                                 view_.name_space)
                                   : std::string(),
                  .state = state,
                  .zone = endpoint.zone};
    }

    Membership take() {
        Membership membership;
        for (auto& [name, member] : members_) {
            membership.members.push_back(std::move(member));
        }
        normalize(membership);
        return membership;
    }
    bool empty() const noexcept { return members_.empty(); }

  private:
    // A template that sets one host name gives it to all its pods: it is nobody's identity.
    static std::set<std::string> shared_host_names(const std::vector<Candidate>& candidates) {
        std::map<std::string, std::string> pod_of;
        std::set<std::string> shared;
        for (const Candidate& each : candidates) {
            const auto [found, is_new] =
                pod_of.try_emplace(each.endpoint->host_name, each.endpoint->pod);
            if (!is_new && found->second != each.endpoint->pod) {
                shared.insert(each.endpoint->host_name);
            }
        }
        return shared;
    }
    static void add_address(Member& member, const Address& address) {
        const bool is_known = member.address.host == address.host ||
                              std::find(member.other_ips.begin(), member.other_ips.end(),
                                        address.host) != member.other_ips.end();
        if (!is_known && member.address.port == address.port && !member.address.is_name() &&
            !address.is_name() && member.other_ips.size() < kOtherIpsMax) {
            member.other_ips.push_back(address.host);
        }
    }

    const ServiceView& view_;
    const std::set<std::string> shared_;
    std::map<std::string, Member> members_;
};

std::string port_names(const std::map<std::string, EndpointSlice>& slices) {
    constexpr std::size_t kNamesMax = 8;
    std::set<std::string> names;
    for (const auto& [name, slice] : slices) {
        for (const SlicePort& port : slice.ports) {
            names.insert(port.name.empty() ? std::to_string(port.port) : port.name);
        }
    }
    std::string text;
    std::size_t count = 0;
    for (const std::string& name : names) {
        text += fmt::format("{}{}", count == 0 ? "" : ", ", count < kNamesMax ? name : "...");
        if (count++ == kNamesMax) {
            break;
        }
    }
    return text.empty() ? "none" : text;
}

}  // namespace

base::Status SliceBook::set(EndpointSlice slice) {
    const auto known = slices_.find(slice.name);
    const std::size_t before = known == slices_.end() ? 0 : known->second.endpoints.size();
    if (endpoints_ - before + slice.endpoints.size() > kEndpointsMax) {
        return Error{Errc::malformed,
                     fmt::format("there are more than {} endpoints", kEndpointsMax)};
    }
    if (known == slices_.end() && slices_.size() == kSlicesMax) {
        return Error{Errc::malformed,
                     fmt::format("there are more than {} EndpointSlices", kSlicesMax)};
    }
    endpoints_ += slice.endpoints.size() - before;
    std::string name = slice.name;
    slices_.insert_or_assign(std::move(name), std::move(slice));
    return base::Done{};
}

void SliceBook::remove(const std::string& name) {
    const auto known = slices_.find(name);
    if (known != slices_.end()) {
        endpoints_ -= known->second.endpoints.size();
        slices_.erase(known);
    }
}

base::Expected<Membership> SliceBook::members(const ServiceView& view) const {
    const std::string service = fmt::format("service {}/{}", view.name_space, view.service);
    std::vector<Candidate> candidates;
    for (const auto& [name, slice] : slices_) {
        const auto port = port_in(slice, view.port);
        for (const SliceEndpoint& endpoint : slice.endpoints) {
            if (port) {
                candidates.push_back({&endpoint, *port});
            }
        }
    }
    if (candidates.empty() && endpoints_ != 0) {
        return Error{Errc::malformed,
                     view.port.empty()
                         ? fmt::format("{} has not one port but {}; name one in \"port\"", service,
                                       port_names(slices_))
                         : fmt::format("{} has no port \"{}\", its ports are {}", service,
                                       view.port, port_names(slices_))};
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        return family_of(*a.endpoint) < family_of(*b.endpoint);
    });
    Collector staying(view, candidates);
    Collector leaving(view, candidates);
    for (const Candidate& candidate : candidates) {
        const SliceEndpoint& endpoint = *candidate.endpoint;
        if (endpoint.terminating) {
            if (endpoint.serving || view.publish_not_ready) {
                leaving.add(candidate, MemberState::terminating);
            }
        } else if ((endpoint.ready && endpoint.serving) || view.publish_not_ready) {
            staying.add(candidate, MemberState::serving);
        }
    }
    Membership membership = staying.empty() ? leaving.take() : staying.take();
    if (membership.members.empty()) {
        return Error{
            Errc::not_found,
            slices_.empty()
                ? fmt::format("{} has no EndpointSlice: is there such a service?", service)
                : fmt::format("{} has no endpoint that serves, of {}", service, endpoints_)};
    }
    if (membership.members.size() > base::kPoolNodesMax) {
        return Error{Errc::malformed, fmt::format("{} has {} nodes, more than {}", service,
                                                  membership.members.size(), base::kPoolNodesMax)};
    }
    return membership;
}

}  // namespace ringside::discovery
