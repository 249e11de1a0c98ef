#include "proxy/router.h"

#include "base/check.h"

#include <algorithm>
#include <limits>

namespace ringside::proxy {
namespace {

constexpr std::uint32_t kNoPart = std::numeric_limits<std::uint32_t>::max();

// twemproxy sends commands without a key to the owner of this literal (nc_memcache.c, nc_redis.c).
constexpr std::string_view kKeyOfKeyless = "placeholder";

// A different, equally random number for each key of a request.
std::uint32_t vary(std::uint32_t random, std::size_t index) noexcept {
    return random + static_cast<std::uint32_t>(index) * 2654435761u;  // Knuth, TAOCP 6.4
}

// Finds the owner of each key and numbers the nodes in the order of their first keys.
bool assign_owners(const routing::Pool& pool, const protocol::RequestFrame& frame,
                   std::string_view bytes, std::uint32_t random, RoutePlan& plan) {
    plan.parts.clear();
    plan.owners.clear();
    plan.part_of_node.assign(pool.nodes.size(), kNoPart);
    for (std::size_t i = 0; i < frame.keys.size(); ++i) {
        const auto owner = pool.owner_of(frame.keys[i].of(bytes), vary(random, i));
        if (!owner) {
            return false;
        }
        std::uint32_t& part = plan.part_of_node[*owner];
        if (part == kNoPart) {
            part = static_cast<std::uint32_t>(plan.parts.size());
            plan.parts.push_back({.node = *owner});
        }
        ++plan.parts[part].count;
        plan.owners.push_back(part);
    }
    return true;
}

// Groups the keys by part (a counting sort, so the order within a part is kept).
void group_keys(RoutePlan& plan) {
    std::uint32_t first = 0;
    for (RoutePlan::Part& part : plan.parts) {
        part.first = first;
        first += part.count;
        part.count = 0;
    }
    plan.key_order.resize(plan.owners.size());
    for (std::uint32_t key = 0; key < plan.owners.size(); ++key) {
        RoutePlan::Part& part = plan.parts[plan.owners[key]];
        plan.key_order[part.first + part.count++] = key;
    }
}

// Makes each key a part of its own.
void separate_keys(RoutePlan& plan) {
    plan.key_order.resize(plan.owners.size());
    plan.part_of_node.clear();
    for (const RoutePlan::Part& part : plan.parts) {
        plan.part_of_node.push_back(part.node);  // scratch: the node of each former part
    }
    plan.parts.clear();
    for (std::uint32_t key = 0; key < plan.owners.size(); ++key) {
        plan.parts.push_back(
            {.node = plan.part_of_node[plan.owners[key]], .first = key, .count = 1});
        plan.owners[key] = key;
        plan.key_order[key] = key;
    }
}

void route_by_first_key(const routing::Pool& pool, const protocol::RequestFrame& frame,
                        std::string_view bytes, std::uint32_t random, RoutePlan& plan) {
    const std::string_view key = frame.keys.empty() ? kKeyOfKeyless : frame.keys[0].of(bytes);
    if (const auto owner = pool.owner_of(key, random)) {
        plan.kind = RouteKind::one;
        plan.node = *owner;
    }
}

// Whether all keys that a pattern names have the owner of the pattern itself: their tag is complete
// in front of the asterisk. Behind it, an element with the tag's first character makes another one.
bool decides_owner(std::string_view pattern, routing::HashTag tag) noexcept {
    const std::string_view fixed = pattern.substr(0, pattern.find('*'));
    return routing::hashed_part(fixed, tag).size() < fixed.size();
}

bool has_one_owner(const routing::Pool& pool) noexcept {
    const auto in_ring = [](const routing::PoolNode& node) {
        return node.state == routing::NodeState::in_ring;
    };
    return std::count_if(pool.nodes.begin(), pool.nodes.end(), in_ring) == 1;
}

void route_to_one_owner(const routing::Pool& pool, const protocol::RequestFrame& frame,
                        std::string_view bytes, std::uint32_t random, RoutePlan& plan) {
    route_by_first_key(pool, frame, bytes, random, plan);
    if (frame.keys.empty()) {
        const bool may_run = pool.policy.scripts_without_keys || has_one_owner(pool);
        plan.kind = may_run || plan.kind == RouteKind::none ? plan.kind : RouteKind::keyless;
        return;
    }
    const std::size_t plain_keys = frame.keys.size() - frame.key_patterns;
    const bool with_patterns =
        frame.key_patterns > 0 && !pool.policy.strict_twemproxy && !has_one_owner(pool);
    const std::size_t keys = with_patterns ? frame.keys.size() : plain_keys;
    for (std::uint32_t i = 1; i < keys && plan.kind == RouteKind::one; ++i) {
        const std::string_view key = frame.keys[i].of(bytes);
        if (i >= plain_keys && !decides_owner(key, pool.policy.hash_tag)) {
            plan.kind = RouteKind::pattern;
            plan.crossing_key = i;
            return;
        }
        const auto owner = pool.owner_of(key, random);
        if (owner && *owner != plan.node) {
            plan.kind = RouteKind::crossing;
            plan.crossing_key = i;
            plan.crossing_node = *owner;
        }
    }
}

void route_to_every_node(const routing::Pool& pool, RoutePlan& plan) {
    plan.parts.clear();
    plan.owners.clear();
    plan.key_order.clear();
    for (std::uint32_t node = 0; node < pool.nodes.size(); ++node) {
        if (pool.nodes[node].state == routing::NodeState::in_ring) {
            plan.parts.push_back({.node = node});
        }
    }
    plan.kind = plan.parts.empty() ? RouteKind::none : RouteKind::split;
}

void route_each_key(const routing::Pool& pool, const protocol::RequestFrame& frame,
                    std::string_view bytes, std::uint32_t random, RoutePlan& plan) {
    if (frame.keys.size() <= 1) {
        route_by_first_key(pool, frame, bytes, random, plan);
        return;
    }
    if (!assign_owners(pool, frame, bytes, random, plan)) {
        return;
    }
    if (plan.parts.size() == 1) {
        plan.kind = RouteKind::one;
        plan.node = plan.parts[0].node;
        return;
    }
    if (frame.command->part_per_key) {
        separate_keys(plan);
    } else {
        group_keys(plan);
    }
    plan.kind = RouteKind::split;
}

}  // namespace

void route(const routing::Pool& pool, const protocol::RequestFrame& frame, std::string_view bytes,
           std::uint32_t random, RoutePlan& plan) {
    plan.kind = RouteKind::none;
    switch (frame.command->route) {
        case protocol::Route::by_key:
        case protocol::Route::any_node:
            route_by_first_key(pool, frame, bytes, random, plan);
            return;
        case protocol::Route::by_each_key:
            route_each_key(pool, frame, bytes, random, plan);
            return;
        case protocol::Route::same_node:
            route_to_one_owner(pool, frame, bytes, random, plan);
            return;
        case protocol::Route::every_node:
            route_to_every_node(pool, plan);
            return;
        case protocol::Route::local:
        case protocol::Route::refused:
            return;  // not forwarded
    }
}

}  // namespace ringside::proxy
