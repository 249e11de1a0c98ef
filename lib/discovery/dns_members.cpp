#include "discovery/dns_members.h"

#include "base/limits.h"
#include "discovery/node_address.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace ringside::discovery {

using base::Errc;
using base::Error;
using base::Expected;
using routing::Member;
using routing::Membership;

Expected<Members> members_at(const io::DnsRecords& records, std::uint16_t port) {
    Members members;
    for (const io::DnsRecord& record : records.records) {
        if (!is_ip_text(record.host) || is_forbidden_ip(record.host)) {
            return Error{Errc::malformed,
                         fmt::format("address {}, which no node can have", record.host)};
        }
        routing::Address address{record.host, port};
        std::string name = routing::default_ring_name(address);
        members.push_back({.name = std::move(name), .address = std::move(address)});
    }
    return members;
}

namespace {

// By what all weights have in common: a nameserver that gives each of n targets a weight of 100/n
// changes no ring.
void divide_weights(Members& members) {
    std::uint32_t common = 0;
    for (const Member& member : members) {
        common = std::gcd(common, member.weight);
    }
    for (Member& member : members) {
        member.weight /= common;
    }
}

}  // namespace

Expected<Members> members_of_service(const io::DnsRecords& records, bool use_weights) {
    std::uint16_t first = UINT16_MAX;
    for (const io::DnsRecord& record : records.records) {
        first = std::min(first, record.priority);
    }
    std::map<std::string, Member> by_name;
    for (const io::DnsRecord& record : records.records) {
        if (record.priority != first) {
            continue;
        }
        if (record.host.empty()) {
            return Error{Errc::not_found, "the service is not available (target \".\")"};
        }
        routing::Address address{record.host, record.port};
        if (!address.is_name()) {
            return Error{Errc::malformed,
                         fmt::format("target {} is an address and no name", record.host)};
        }
        if (record.port == 0) {
            return Error{Errc::malformed, fmt::format("target {} has port 0", record.host)};
        }
        std::string name = routing::default_ring_name(address);
        Member& member = by_name[name];
        // The order of an answer means nothing: of two records for a target the heavier counts.
        const std::uint32_t weight = use_weights ? std::max<std::uint32_t>(record.weight, 1) : 1;
        member = {.name = std::move(name),
                  .address = std::move(address),
                  .weight = std::max(member.name.empty() ? 1 : member.weight, weight),
                  .host = record.host};
    }
    Members members;
    for (auto& [name, member] : by_name) {
        members.push_back(std::move(member));
    }
    divide_weights(members);
    return members;
}

Expected<Membership> all_members(std::span<const Members> lists) {
    Membership all;
    for (const Members& members : lists) {
        all.members.insert(all.members.end(), members.begin(), members.end());
    }
    static_cast<void>(normalize(all));
    if (all.members.empty()) {
        return Error{Errc::malformed, "no nodes"};
    }
    if (all.members.size() > base::kPoolNodesMax) {
        return Error{Errc::malformed, fmt::format("{} nodes are more than a pool can have, {}",
                                                  all.members.size(), base::kPoolNodesMax)};
    }
    return all;
}

void add_members(Members& members, const Members& more) {
    std::set<std::string> names;
    for (const Member& member : members) {
        names.insert(member.name);
    }
    for (const Member& member : more) {
        if (names.insert(member.name).second) {
            members.push_back(member);
        }
    }
}

Members members_as_in_dns(const Membership& pool, bool is_service) {
    Members members;
    for (const Member& member : pool.members) {
        if (member.address.is_name() == is_service) {
            members.push_back({.name = routing::default_ring_name(member.address),
                               .address = member.address,
                               .weight = member.weight,
                               .host = is_service ? member.address.host : std::string()});
        }
    }
    return members;
}

Members lost_members(const Members& before, const Membership& after) {
    std::set<std::string_view> names;
    for (const Member& member : after.members) {
        names.insert(member.name);
    }
    Members lost;
    std::copy_if(before.begin(), before.end(), std::back_inserter(lost),
                 [&names](const Member& member) { return !names.contains(member.name); });
    return lost;
}

io::RecordType record_type_of(const Member& member) {
    if (member.address.is_name()) {
        return io::RecordType::srv;
    }
    const bool is_ipv6 = member.address.host.find(':') != std::string::npos;
    return is_ipv6 ? io::RecordType::aaaa : io::RecordType::a;
}

}  // namespace ringside::discovery
