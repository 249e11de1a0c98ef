// Handlers of the routes that tell where keys live, and why there.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"
#include "admin/json_location.h"
#include "admin/ring_pieces.h"
#include "base/limits.h"
#include "routing/hash.h"
#include "routing/ring.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

// Each takes some microseconds and a kilobyte of the answer.
constexpr std::size_t kKeysMax = 1'000;

// Besides the owner of a key.
constexpr std::size_t kNextOwnersMax = 2;

// memcached doc/protocol.txt, "Keys". The proxy refuses others, so they live nowhere.
bool is_memcached_key(std::string_view key) noexcept {
    return !key.empty() && key.size() <= base::kMemcacheKeyBytesMax &&
           std::all_of(key.begin(), key.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte > ' ' && byte != 0x7f;
           });
}

std::string why_ketama(const Location& location, const routing::Node& owner) {
    if (location.hash > *location.point) {
        return fmt::format(
            "{} is above the last point of the ring, so the first one, {}, owns it: node {}",
            location.hash, *location.point, owner.name);
    }
    return fmt::format("{} is the first point of the ring that is not below {}: node {}",
                       *location.point, location.hash, owner.name);
}

std::string why_modula(const Location& location, const routing::Node& owner,
                       const routing::Ring& ring) {
    const std::uint64_t slots = std::uint64_t{ring.points().back().value} + 1;
    return fmt::format("{} modulo {} slots is {}, a slot of node {}", location.hash, slots,
                       location.hash % slots, owner.name);
}

// Looks keys up in one snapshot, and each node that they concern once.
class Locator {
  public:
    Locator(const Call& call, const routing::Pool& pool) : call_(call), pool_(pool) {}

    Location locate(std::string_view key);

  private:
    void explain(Location& location);
    void add_next(const routing::Ring::Point& decides, Location& location);
    const Owner& owner(std::uint32_t node_index);

    const Call& call_;
    const routing::Pool& pool_;
    std::map<std::uint32_t, Owner> owners_;
};

Location Locator::locate(std::string_view key) {
    Location location;
    location.pool = pool_.name;
    location.key = key;
    if (pool_.policy.protocol == routing::ProtocolKind::memcached && !is_memcached_key(key)) {
        location.problem = fmt::format("1 to {} bytes without blanks and control characters",
                                       base::kMemcacheKeyBytesMax);
        location.why = "the proxy refuses this key, so it lives nowhere";
        return location;
    }
    location.hashed_part = routing::hashed_part(key, pool_.policy.hash_tag);
    explain(location);
    return location;
}

// The steps of routing::Pool::owner_of(), each with its reason.
void Locator::explain(Location& location) {
    if (pool_.ring.empty()) {
        location.why = "the ring is empty: no node of the pool is in it";
        return;
    }
    if (pool_.nodes.size() == 1) {
        location.owner = owner(0);
        location.why = "the pool has one node, so keys are not hashed";
        return;
    }
    if (pool_.policy.distribution == routing::Distribution::random) {
        location.why = "the distribution is random: each request draws a node";
        return;
    }
    location.hash_kind = pool_.policy.hash;
    location.hash = routing::hash_key(pool_.policy.hash, location.hashed_part);
    const routing::Ring::Point& point = pool_.ring.find_point(location.hash);
    location.point = point.value;
    location.owner = owner(point.node_index);
    if (pool_.policy.distribution == routing::Distribution::ketama) {
        location.why = why_ketama(location, *location.owner->node);
        add_next(point, location);
    } else {
        location.why = why_modula(location, *location.owner->node, pool_.ring);
    }
}

// Along the ring, as its points go to whoever has the next one when their node leaves.
void Locator::add_next(const routing::Ring::Point& decides, Location& location) {
    const auto points = pool_.ring.points();
    const auto first = static_cast<std::size_t>(&decides - points.data());
    std::vector<std::uint32_t> seen{decides.node_index};
    for (std::size_t i = 1; i < points.size() && seen.size() <= kNextOwnersMax; ++i) {
        const std::uint32_t node = points[(first + i) % points.size()].node_index;
        if (std::find(seen.begin(), seen.end(), node) == seen.end()) {
            seen.push_back(node);
            location.next_owners.push_back(owner(node));
        }
    }
}

const Owner& Locator::owner(std::uint32_t node_index) {
    const auto [found, is_new] = owners_.try_emplace(node_index);
    if (is_new) {
        using metrics::NodeMetric;
        const routing::Node& node = pool_.nodes[node_index].node;
        const auto counters = call_.context.registry.sum_node(pool_.id, node.id);
        const auto of = [&counters](NodeMetric metric) {
            return counters[static_cast<std::size_t>(metric)];
        };
        found->second = {
            .node = &node,
            .standing = call_.context.controller.standing(pool_.id, node.id, call_.moment),
            .in_flight = of(NodeMetric::in_queue) + of(NodeMetric::out_queue)};
    }
    return found->second;
}

// Of what decides the dumps. Points are told apart by a hash that takes a nanosecond for each, as
// nobody makes them up: MD5 would take a step of milliseconds.
std::string ring_tag(const routing::Pool& pool, std::string_view format) {
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // splitmix64's
    std::uint64_t hash = pool.ring.points().size();
    for (const routing::Ring::Point& point : pool.ring.points()) {
        hash = (hash ^ (std::uint64_t{point.value} << 32 ^ point.node_index)) * kOdd;
        hash ^= hash >> 29;
    }
    std::string text = fmt::format("{} {} {} {:016x}\n", format, pool.name,
                                   routing::to_string(pool.ring.distribution()), hash);
    for (const routing::PoolNode& node : pool.nodes) {
        text += fmt::format("{} {}\n", node.node.weight, node.node.name);
    }
    return tag_of(text);
}

// Null: there is none of this name.
routing::PoolPtr pool_of(const Call& call) {
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    const auto found = std::find_if(
        snapshot->pools.begin(), snapshot->pools.end(),
        [&call](const routing::PoolPtr& pool) { return pool->name == call.arguments.pool; });
    return found == snapshot->pools.end() ? nullptr : *found;
}

}  // namespace

http::Response get_ring(const Call& call) {
    const auto format = call.request.parameter("format").value_or("points");
    if (format != "points" && format != "nodes" && format != "summary") {
        return error_answer({base::Errc::invalid_argument, "format: points, nodes or summary"});
    }
    if (format == "summary") {
        const auto view = call.context.controller.view(call.arguments.pool, call.moment);
        return view ? tagged_answer(call.request, ring_summary_json(*view)) : unknown_pool(call);
    }
    const routing::PoolPtr pool = pool_of(call);
    if (pool == nullptr) {
        return unknown_pool(call);
    }
    return tagged_answer(call.request, ring_tag(*pool, format), [&pool, format] {
        return format == "nodes" ? ring_by_node_pieces(pool) : ring_pieces(pool);
    });
}

http::Response get_locate(const Call& call) {
    const auto key = call.request.parameter("key");
    if (!key) {
        return error_answer({base::Errc::invalid_argument, "key: missing; ?key=K names the key"});
    }
    // The snapshot, not a view: this is asked for thousands of keys in a row.
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    const routing::Pool* pool = snapshot->find(std::string_view(call.arguments.pool));
    if (pool == nullptr) {
        return unknown_pool(call);
    }
    const Location location = Locator(call, *pool).locate(*key);
    return location.problem.empty()
               ? json_answer(location_json(location))
               : error_answer({base::Errc::invalid_argument, "key: " + location.problem});
}

http::Response post_locate(const Call& call) {
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    const routing::Pool* pool = snapshot->find(std::string_view(call.arguments.pool));
    if (pool == nullptr) {
        return unknown_pool(call);
    }
    const auto keys = read_keys_json(call.request.body);
    if (!keys) {
        return error_answer(keys.error());
    }
    if (keys->size() > kKeysMax) {
        return error_answer(
            {base::Errc::invalid_argument, fmt::format("{} keys at most", kKeysMax)});
    }
    Locator locator(call, *pool);
    std::vector<Location> locations;
    for (const std::string& key : *keys) {
        locations.push_back(locator.locate(key));
    }
    return json_answer(locations_json(locations));
}

}  // namespace ringside::admin
