// What a worker keeps of a pool from one snapshot to the next.
#pragma once

#include "base/clock.h"
#include "health/failure_count.h"
#include "metrics/metrics.h"
#include "protocol/protocol.h"
#include "proxy/hot_keys.h"
#include "proxy/link.h"
#include "proxy/node_addresses.h"
#include "routing/snapshot.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::proxy {

// When a node whose connection has failed may be dialled again: after kReconnectBackoffMin, then
// twice as long each time, up to kReconnectBackoffMax, until a link to it has lasted. That an
// answer came is not enough: a node that answers once and resets would be dialled without end.
class RedialPacing {
  public:
    bool may_dial(base::TimePoint now) const noexcept { return now >= next_at_; }
    base::TimePoint next_at() const noexcept { return next_at_; }
    // Why not, for the clients.
    std::string_view last_cause() const noexcept { return last_cause_; }

    // A dial has failed, or the link has not lasted. Attempts that overlap are one; the first
    // `unpaced` in a row have no consequence. `random` lets workers and proxies not knock in step.
    void on_failure(const health::Attempt& attempt, std::string_view cause, std::uint32_t unpaced,
                    std::uint32_t random);
    // A link has ended that had lasted.
    void on_steady_link() noexcept;
    // The node has another address, or links to it are made otherwise.
    void reset(base::TimePoint now) noexcept;

  private:
    health::FailureCount failures_;
    base::TimePoint next_at_{};
    base::milliseconds pause_{0};
    std::string last_cause_;
};

// The places of a node's links: as many of each kind as the pool's connections_per_node.
class LinkSlots {
  public:
    // Forgets what was in them.
    void resize(std::uint32_t per_kind) {
        slots_.assign(per_kind * protocol::kLinkKinds, {});
        formers_ = slots_;
    }
    std::uint32_t per_kind() const noexcept {
        return static_cast<std::uint32_t>(slots_.size() / protocol::kLinkKinds);
    }

    // The same `session_index` always gets the same place, so that a client's requests to a node
    // stay in order.
    std::uint32_t slot_of(std::uint32_t session_index, protocol::LinkKind kind) const noexcept {
        return static_cast<std::uint32_t>(kind) * per_kind() + session_index % per_kind();
    }
    protocol::LinkKind kind_of(std::uint32_t slot) const noexcept {
        return static_cast<protocol::LinkKind>(slot / per_kind());
    }

    std::size_t in_use() const noexcept {
        return static_cast<std::size_t>(
            std::count_if(slots_.begin(), slots_.end(),
                          [](const LinkHandle& link) { return static_cast<bool>(link); }));
    }

    // A null handle: nobody has dialled yet.
    LinkHandle& operator[](std::uint32_t slot) noexcept { return slots_[slot]; }
    std::vector<LinkHandle>& all() noexcept { return slots_; }
    // The link that was in the place before, as long as it waits for late answers.
    LinkHandle& former(std::uint32_t slot) noexcept { return formers_[slot]; }
    std::vector<LinkHandle>& formers() noexcept { return formers_; }

  private:
    std::vector<LinkHandle> slots_;    // one kind behind the other
    std::vector<LinkHandle> formers_;  // parallel to `slots_`; nearly always null
};

// A node as seen by one worker. Lives while the node is in the pool or a link to it is open; then
// the worker lets go of its cells.
struct NodeRuntime {
    routing::Node node;
    std::string label;  // "server1 (10.0.0.1:6379)", for messages
    metrics::NodeCells* cells = nullptr;

    NodeAddresses addresses;
    LinkSlots links;
    std::size_t open_links = 0;  // in `links`, replaced or retired
    RedialPacing redial;
    RedialPacing reopening;  // of links that nobody waits for, where only requests may eject it
    health::FailureCount failures;                         // those that this worker has seen itself
    base::TimePoint reported_at = base::TimePoint::min();  // when one of them was last reported
    bool failing = false;        // a failure was reported and no recovery since
    bool failed_lately = false;  // no answer since over a link that had lasted
    bool readonly = false;       // a refused write was reported, over links of this epoch
    // The next write that is done is to be reported: one was refused, or the links are new.
    bool write_is_news = false;
    std::uint32_t link_epoch = 0;  // that of `links`; see routing::PoolNode
    routing::NodeState state = routing::NodeState::in_ring;  // in the current snapshot
    std::string fails_with;  // of PoolNode: not empty while it is not to be asked
    std::string last_words;  // of the node itself, when it last turned a link away
    bool present = true;     // in the current snapshot
    bool has_left = false;   // the pool; its links may still owe answers
};

// When sessions that leave are sent away although more of them may come.
struct LeavingTimes {
    base::TimePoint patience_ends = base::kNever;  // at the first moment without a request
    base::TimePoint last_call = base::kNever;      // whatever has not been read

    static LeavingTimes within(base::TimePoint begin, base::Duration limit) noexcept {
        return {begin + limit / 2, begin + limit / 4 * 3};
    }
};

// A pool as seen by one worker. Lives while it is in the snapshot, or a session, a request or a
// link points to it; then the worker lets go of its cells.
struct PoolRuntime {
    routing::PoolPtr pool;
    const protocol::Protocol* protocol = nullptr;
    metrics::PoolCells* cells = nullptr;
    std::map<routing::NodeId, std::unique_ptr<NodeRuntime>> nodes;
    std::size_t nodes_left = 0;          // of these, which have left
    std::vector<NodeRuntime*> by_index;  // parallel to pool->nodes
    std::size_t sessions = 0;            // that point to it
    bool removed = false;                // not in the current snapshot: accepts nobody
    LeavingTimes leaving;                // of its sessions, once they are asked to leave
    std::unique_ptr<HotKeys> hot_keys;   // null unless they are counted

    const routing::PoolPolicy& policy() const noexcept { return pool->policy; }
    bool has_links() const noexcept {
        return std::any_of(nodes.begin(), nodes.end(),
                           [](const auto& each) { return each.second->open_links > 0; });
    }
};

}  // namespace ringside::proxy
