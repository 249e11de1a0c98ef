#include "proxy/router.h"

#include "base/check.h"

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

}  // namespace

void route(const routing::Pool& pool, const protocol::RequestFrame& frame, std::string_view bytes,
           std::uint32_t random, RoutePlan& plan) {
    plan.kind = RouteKind::none;
    const bool may_split = frame.command->route == protocol::Route::by_each_key;
    if (!may_split || frame.keys.size() <= 1) {
        const std::string_view key = frame.keys.empty() ? kKeyOfKeyless : frame.keys[0].of(bytes);
        if (const auto owner = pool.owner_of(key, random)) {
            plan.kind = RouteKind::one;
            plan.node = *owner;
        }
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
    group_keys(plan);
    plan.kind = RouteKind::split;
}

}  // namespace ringside::proxy
