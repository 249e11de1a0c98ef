#include "routing/identity.h"

#include "routing/name_template.h"

#include <fmt/core.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

constexpr std::string_view kOrdinalTemplate = "{ordinal}";

struct IdentityRow {
    std::string_view name;
    Identity identity;
};

constexpr std::array kIdentities{
    IdentityRow{"source", Identity::source},
    IdentityRow{"host", Identity::host},
    IdentityRow{"address", Identity::address},
    IdentityRow{"ordinal", Identity::ordinal},
    IdentityRow{"template", Identity::by_template},
    IdentityRow{"name", Identity::source},  // another word for it
};

Expected<std::string> ring_name(const Member& member, Identity identity,
                                std::string_view name_template) {
    const std::string host = normal_host(host_name(member));
    const std::uint16_t port = member.address.port;
    switch (identity) {
        case Identity::source:
            return member.name;
        case Identity::host:
            return default_ring_name(host.empty() ? member.address : Address{host, port});
        case Identity::address:
            return default_ring_name(member.address.is_name() ? Address{host, port}
                                                              : member.address);
        case Identity::ordinal:
            return name_by_template(kOrdinalTemplate, member);
        case Identity::by_template:
            return name_by_template(name_template, member);
    }
    return member.name;
}

// Two members that would be one node on the ring; null if there are none.
const Member* find_same(const Membership& members, std::size_t& first) {
    std::map<std::string_view, std::size_t> place_of;
    for (std::size_t i = 0; i < members.members.size(); ++i) {
        const auto [known, is_new] = place_of.emplace(members.members[i].name, i);
        if (!is_new) {
            first = known->second;
            return &members.members[i];
        }
    }
    return nullptr;
}

}  // namespace

std::optional<Identity> parse_identity(std::string_view text) noexcept {
    for (const IdentityRow& row : kIdentities) {
        if (row.name == text) {
            return row.identity;
        }
    }
    return std::nullopt;
}

std::string_view to_string(Identity identity) noexcept {
    for (const IdentityRow& row : kIdentities) {
        if (row.identity == identity) {
            return row.name;
        }
    }
    return {};
}

base::Status name_members(Membership& membership, Identity identity,
                          std::string_view name_template) {
    std::vector<std::string> names;
    for (const Member& member : membership.members) {
        auto name = ring_name(member, identity, name_template);
        if (!name) {
            return name.error();
        }
        names.push_back(std::move(*name));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        membership.members[i].name = std::move(names[i]);
    }
    return base::Done{};
}

base::Expected<Membership> ring_members(const Membership& said, Identity identity,
                                        std::string_view name_template) {
    if (said.members.empty()) {
        return Error{Errc::not_found, "the list has no nodes"};
    }
    Membership members = said;
    if (const base::Status known = name_members(members, identity, name_template); !known) {
        return Error{Errc::malformed, known.error().message};  // it has nodes
    }
    std::size_t first = 0;
    if (const Member* const second = find_same(members, first)) {
        const std::string& a = said.members[first].name;
        const std::string& b =
            said.members[static_cast<std::size_t>(second - members.members.data())].name;
        return Error{
            Errc::malformed,
            a == b ? fmt::format("node {} is listed twice", a)
                   : fmt::format("nodes {} and {} have the same ring name {}", a, b, second->name)};
    }
    static_cast<void>(normalize(members));
    return members;
}

}  // namespace ringside::routing
