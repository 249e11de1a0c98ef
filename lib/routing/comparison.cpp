#include "routing/comparison.h"

#include "routing/membership.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace ringside::routing {
namespace {

constexpr const char* kNone = "-";

std::string tag_text(HashTag tag) {
    return tag == HashTag{} ? kNone : std::string(tag.begin(), tag.end());
}

// As in `servers:`, without the name.
std::string server_text(const Member& member) {
    return fmt::format("{}:{}", to_string(member.address), member.weight);
}

// pool.nodes have the order that a membership has.
Membership membership_of(const Pool& pool) {
    Membership membership;
    for (const PoolNode& each : pool.nodes) {
        membership.members.push_back({each.node.name, each.node.address, each.node.weight});
    }
    return membership;
}

std::string server_named(const Membership& membership, std::string_view name) {
    const auto member = std::find_if(membership.members.begin(), membership.members.end(),
                                     [name](const Member& each) { return each.name == name; });
    return member == membership.members.end() ? kNone : server_text(*member);
}

void add_difference(std::vector<Difference>& differences, Difference difference) {
    if (difference.from != difference.to) {
        differences.push_back(std::move(difference));
    }
}

std::vector<Difference> differences_between(const Pool& from, const Pool& to) {
    std::vector<Difference> result;
    add_difference(result, {"distribution", std::string(to_string(from.policy.distribution)),
                            std::string(to_string(to.policy.distribution))});
    add_difference(result, {"hash", std::string(to_string(from.policy.hash)),
                            std::string(to_string(to.policy.hash))});
    add_difference(result,
                   {"hash_tag", tag_text(from.policy.hash_tag), tag_text(to.policy.hash_tag)});
    const Membership before = membership_of(from);
    const Membership after = membership_of(to);
    const MembershipDiff nodes = diff(before, after);
    for (const auto* names : {&nodes.removed, &nodes.added, &nodes.changed}) {
        for (const std::string& name : *names) {
            add_difference(result, {fmt::format("node {}", name), server_named(before, name),
                                    server_named(after, name)});
        }
    }
    return result;
}

// Where the keys of a pool live, as text that is equal if they live on the same.
class Homes {
  public:
    explicit Homes(const Pool& pool) : pool_(pool) {
        if (pool.policy.distribution != Distribution::random || pool.nodes.size() == 1) {
            return;
        }
        any_ = "any of";
        for (const PoolNode& each : pool.nodes) {
            any_ += fmt::format(" {}", each.node.name);
        }
    }

    std::string_view of(std::string_view key) const noexcept {
        if (!any_.empty()) {
            return any_;
        }
        const std::optional<std::uint32_t> owner = pool_.owner_of(key, 0);
        return owner ? std::string_view(pool_.nodes[*owner].node.name) : kNone;
    }

  private:
    const Pool& pool_;
    std::string any_;  // with the random distribution; else empty
};

}  // namespace

Comparison compare_pools(const Pool& from, const Pool& to, std::span<const std::string_view> keys) {
    Comparison result{.keys = keys.size(), .differences = differences_between(from, to)};
    const Homes before(from);
    const Homes after(to);
    for (const std::string_view key : keys) {
        const std::string_view old_home = before.of(key);
        const std::string_view new_home = after.of(key);
        if (old_home == new_home) {
            continue;
        }
        ++result.moved;
        if (result.examples.size() < kMoveExamplesMax) {
            result.examples.push_back(
                {std::string(key), std::string(old_home), std::string(new_home)});
        }
    }
    return result;
}

}  // namespace ringside::routing
