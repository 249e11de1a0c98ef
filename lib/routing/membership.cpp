#include "routing/membership.h"

#include <algorithm>

namespace ringside::routing {

std::string_view host_name(const Member& member) noexcept {
    if (!member.host.empty()) {
        return member.host;
    }
    return member.address.is_name() ? std::string_view(member.address.host) : std::string_view();
}

std::vector<Address> known_addresses(const Member& member) {
    if (member.address.is_name()) {
        return {};
    }
    std::vector<Address> addresses{member.address};
    for (const std::string& ip : member.other_ips) {
        addresses.push_back({ip, member.address.port});
    }
    return addresses;
}

std::vector<std::string> normalize(Membership& membership) {
    std::vector<Member>& members = membership.members;
    std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
        return ring_name_less(a.name, b.name);
    });
    std::vector<std::string> duplicates;
    std::vector<Member> unique;
    unique.reserve(members.size());
    for (Member& member : members) {
        if (unique.empty() || unique.back().name != member.name) {
            unique.push_back(std::move(member));
        } else if (duplicates.empty() || duplicates.back() != member.name) {
            duplicates.push_back(std::move(member.name));
        }
    }
    members = std::move(unique);
    return duplicates;
}

MembershipDiff diff(const Membership& before, const Membership& after) {
    MembershipDiff result;
    auto old_member = before.members.begin();
    auto new_member = after.members.begin();
    while (old_member != before.members.end() || new_member != after.members.end()) {
        if (new_member == after.members.end() ||
            (old_member != before.members.end() &&
             ring_name_less(old_member->name, new_member->name))) {
            result.removed.push_back((old_member++)->name);
        } else if (old_member == before.members.end() ||
                   ring_name_less(new_member->name, old_member->name)) {
            result.added.push_back((new_member++)->name);
        } else {
            if (*old_member != *new_member) {
                result.changed.push_back(new_member->name);
            }
            ++old_member;
            ++new_member;
        }
    }
    return result;
}

}  // namespace ringside::routing
