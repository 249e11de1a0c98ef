// One immutable, numbered view of everything the data path needs to know about the outside world.
//
// The controller builds it, each worker adopts it between two turns; nothing in it ever changes, so
// nobody locks. Pools that a change did not touch are shared between consecutive snapshots.
#pragma once

#include "base/clock.h"
#include "routing/hash.h"
#include "routing/max_ejected.h"
#include "routing/node.h"
#include "routing/ring.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::routing {

enum class ProtocolKind : std::uint8_t { memcached, redis };

// What happens to a multi-key request when a node of it fails (docs/CONFIG.md, failure_mode).
enum class FailureMode : std::uint8_t { error, miss };

// Whose latencies are counted (docs/CONFIG.md, histograms).
enum class Histograms : std::uint8_t { none, pool, nodes };

// The settings of a pool that the data path obeys. All of them can change at a reload.
struct PoolPolicy {
    ProtocolKind protocol = ProtocolKind::memcached;
    Distribution distribution = Distribution::ketama;
    HashKind hash = HashKind::fnv1a_64;
    HashTag hash_tag{};
    base::milliseconds timeout{0};             // from queued to answered; 0: none
    std::uint32_t client_connections_max = 0;  // over all workers; 0: no limit
    std::uint32_t connections_per_node = 1;    // per worker
    std::uint32_t failure_limit = 2;
    base::milliseconds retry_timeout{30'000};
    base::milliseconds drain_timeout{30'000};  // what a node that leaves may still answer
    bool auto_eject = false;
    MaxEjected max_ejected;  // with auto_eject
    bool preconnect = false;
    FailureMode failure_mode = FailureMode::error;
    bool strict_twemproxy = false;  // closes where twemproxy closes, instead of answering an error
    bool flush_all = false;         // clients may empty the pool
    bool scripts_without_keys = false;          // Redis: run at one node, whatever keys they use
    bool hot_keys = false;                      // count which keys are asked for most often
    Histograms histograms = Histograms::nodes;  // nodes: the pool's as well
    std::size_t value_bytes_max = std::size_t{1} << 20;
    std::size_t request_bytes_max = std::size_t{256} << 20;  // of a Redis request
    std::string redis_auth;  // empty: none. Never logged, never dumped.
    std::uint32_t redis_db = 0;

    bool operator==(const PoolPolicy&) const = default;
};

// Whether the settings differ that a link is made with: one that stands was made with others, and
// a node that has refused one of them may take the other.
[[nodiscard]] bool links_differ(const PoolPolicy& a, const PoolPolicy& b) noexcept;

enum class NodeState : std::uint8_t {
    in_ring,
    joining,              // listed, and its name has led to no address yet: takes no keys
    ejected_by_health,    // failed failure_limit times in a row; probed until it answers
    ejected_by_operator,  // POST /pools/{pool}/nodes/{node}/eject
};

std::string_view to_string(NodeState state) noexcept;

struct PoolNode {
    Node node;
    NodeState state = NodeState::in_ring;
    // Where to dial, in the order to try: IPs with the node's port, or its unix path. Never a name:
    // names are looked up by the control thread. Empty while none is known.
    std::vector<Address> addresses = {};
    // Why none is known, or the last lookup found none; static text. Empty beside no address: the
    // first lookup is under way.
    std::string_view address_problem = {};
    // Links that were dialled under another one take no more requests. Grows by the operator's
    // word, or when the node may not be the one that it was.
    std::uint32_t link_epoch = 0;
    // Not empty: health has given it up, but max_ejected keeps it in the ring. Its requests fail at
    // once, for this cause, until a probe is answered.
    std::string fails_with = {};
};

// Identifies a pool for the life of the process.
using PoolId = std::uint32_t;

struct Pool {
    PoolId id = 0;
    std::string name;
    PoolPolicy policy;
    std::vector<PoolNode> nodes;  // all members in ring_name_less order, also the ejected ones
    Ring ring;                    // over those in_ring; Point::node_index is an index into `nodes`
    std::string no_node_reason;  // what requests are told while the ring is empty; empty: only that

    // The owner of a key as an index into `nodes`, or nothing while the ring is empty. `random` is
    // used by the random distribution only. A pool with one configured node does not hash at all.
    std::optional<std::uint32_t> owner_of(std::string_view key,
                                          std::uint32_t random) const noexcept;
};

using PoolPtr = std::shared_ptr<const Pool>;

struct Snapshot {
    std::uint64_t version = 0;
    std::vector<PoolPtr> pools;  // by ring_name_less of the pool's name

    const Pool* find(PoolId id) const noexcept;
    const Pool* find(std::string_view name) const noexcept;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// What is known of a pool besides what it shall be.
struct PoolBackground {
    std::string no_node_reason = {};  // of Pool
    // The ring takes over what it can of this pool's, which has many of the nodes. Null: it is made
    // from nothing, and is the same.
    const Pool* before = nullptr;
};

// Builds a pool: sorts the nodes and lays the ring over those that are in it. Pure. With no node in
// the ring the ring is empty, and each request gets an error that says so. A node that is
// configured by IP or unix path gets that as its only address.
PoolPtr build_pool(PoolId id, std::string name, PoolPolicy policy, std::vector<PoolNode> nodes,
                   PoolBackground background = {});

}  // namespace ringside::routing
