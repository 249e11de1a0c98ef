// Who has asked for what, which node has seen it on which link, and whether that is as it must be.
//
// Every key is named by one request only. So what a node sees tells whose request it is, and the
// ledger knows in which epochs of its pool that request can have been sent on its way: it is taken
// in by the turn in which its last byte is delivered, unless its client is held back; then at the
// latest when the client is read again, or when a node sees it.
#pragma once

#include "base/clock.h"
#include "proxy/transport.h"
#include "sim/asked.h"
#include "sim/fake_node.h"
#include "sim/pool_history.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace ringside::sim {

// A pool of the simulated world.
struct PoolWorld {
    routing::PoolId id = 0;
    std::size_t place = 0;  // among the pools that there are at a time
    routing::ProtocolKind protocol = routing::ProtocolKind::memcached;
    PoolHistory history;
    std::uint32_t link_epoch = 0;                          // of all its nodes
    std::map<int, routing::NodeId> ids;                    // of its nodes, by place; never again
    routing::NodeId last_id = 0;                           // that a node was given
    std::map<routing::NodeId, base::TimePoint> broken_at;  // when a link to the node last ended
};

using RequestId = std::size_t;

class Ledger {
  public:
    Ledger(base::TimePoint& now, std::string& violation) : now_(now), violation_(violation) {}

    // --- links ---

    // `before`: the connection that the same link has had until now, to another address.
    void on_dialled(proxy::ConnectionId id, PoolWorld& pool, const routing::Address& address,
                    std::optional<proxy::ConnectionId> before);
    // `by_node`: it was refused or broken; else the worker has closed it.
    void on_link_end(proxy::ConnectionId id, bool by_node);
    // The link did not take all that was written.
    void on_blocked(proxy::ConnectionId id);
    void on_adopted(PoolWorld& pool);
    // The link has written these bytes. They reach its node.
    void on_written(proxy::ConnectionId id, std::string_view bytes);
    // Of what the node has answered on this link, `bytes` more are about to be delivered.
    void on_answered(proxy::ConnectionId id, std::size_t bytes);
    FakeNode& node(proxy::ConnectionId id) { return links_.at(id).node; }

    // --- requests ---

    RequestId add(Asked asked, proxy::ConnectionId client, PoolWorld& pool);
    const Asked& asked(RequestId id) const { return requests_[id].asked; }
    // The last byte that matters has been delivered.
    void on_delivered(RequestId id);
    bool delivered(RequestId id) const { return requests_[id].delivered; }
    // It has been taken in by now. `at_once`: in the turn in which it was delivered.
    void on_taken_in(RequestId id, bool at_once);
    // The client has got this answer.
    void on_answer(RequestId id, std::string_view answer);
    // The client reads, this is the oldest that it waits for, and its time may be over.
    void check_in_time(RequestId id) const;
    // Whether an answer may have ended in the middle, behind `begun`.
    bool may_be_cut(RequestId id, std::string_view begun) const;
    // It was: what its client had asked behind it is dropped unseen.
    void on_cut(RequestId id);
    // Nothing more will happen.
    void on_end() const;

    std::size_t arrivals_demanded() const { return arrivals_demanded_; }

  private:
    struct Request {
        Asked asked;
        proxy::ConnectionId client{};
        PoolWorld* pool = nullptr;
        bool delivered = false;
        bool answered = false;
        Epoch first = 0;
        std::optional<Epoch> last{};
        base::TimePoint delivered_at{};
        base::TimePoint expired_at = base::kNever;  // at the latest
        base::TimePoint cut_at = base::kNever;      // by a timeout that was adopted behind it
    };
    struct Sighting {
        proxy::ConnectionId link{};
        routing::NodeId node = 0;
        bool answered = false;  // the node's whole answer has been delivered
    };
    struct KeyRecord {
        RequestId request = 0;
        std::size_t times = 0;  // that the request names it
        std::vector<Sighting> seen{};
    };
    struct Due {
        std::uint64_t answer_end;
        std::vector<std::string> keys;
        bool is_greeting;  // of the link itself, not of a client
    };
    struct FarLink {
        PoolWorld* pool;
        routing::NodeId node_id;
        routing::Address address;
        FakeNode node;
        Epoch dialled;
        std::optional<Epoch> retired{};  // since then it takes no requests
        bool used = false;               // a request has come on it
        bool was_blocked = false;        // not all that it was sent may have reached its node
        bool doubted = false;            // another one was dialled while it owed what was late
        std::uint64_t answered_bytes = 0;
        std::uint64_t complete_bytes = 0;  // of these, up to the last whole answer
        base::TimePoint heard_at{};
        std::deque<Due> due{};
        std::map<proxy::ConnectionId, RequestId> last_of_client{};
    };
    // The last link on which a client's requests to a node have come, by dialect.
    using Lane = std::tuple<proxy::ConnectionId, routing::NodeId, bool>;

    Window window(const Request& request) const;
    base::milliseconds longest_timeout(const Request& request) const;
    base::TimePoint latest_expiry(const Request& request) const;
    const Request& request_of(const Due& due) const {
        return requests_[keys_.at(due.keys[0]).request];
    }
    bool owes_late(const FarLink& link) const;
    bool waits_on(const FarLink& link, proxy::ConnectionId client) const;
    void check_silence(proxy::ConnectionId id, const FarLink& link, const Request& request) const;
    static bool takes(const FarLink& link, Epoch epoch);
    void on_request(proxy::ConnectionId id, FarLink& link, const NodeRequest& seen);
    void check_owner(const FarLink& link, const Request& request, const std::string& key);
    void check_lane(proxy::ConnectionId id, FarLink& link, RequestId request_id);
    void check_barrier(RequestId request_id);
    bool is_owed(RequestId id) const;
    bool may_be_late(const Request& request) const;
    bool owes_in_time(const FarLink& link) const;
    void expect_arrival(RequestId id);

    bool is_late(const Request& request, Epoch epoch) const;
    bool node_failed(const Request& request, routing::NodeId node, Epoch epoch) const;
    bool is_answered_by_nodes(const Request& request) const;
    bool fits(const Request& request, std::string_view answer, Epoch epoch) const;
    std::set<routing::NodeId> nodes_of(const Request& request, Epoch epoch) const;
    bool is_values(const Request& request, std::string_view answer, Epoch epoch) const;
    bool is_stats(const Request& request, std::string_view answer, Epoch epoch) const;
    bool is_every_ok(const Request& request, Epoch epoch) const;
    bool is_error(const Request& request, std::string_view answer, Epoch epoch) const;
    void violation(std::string what) const;

    base::TimePoint& now_;
    std::string& violation_;
    std::vector<Request> requests_;
    std::unordered_map<std::string, KeyRecord> keys_;
    std::map<proxy::ConnectionId, FarLink> links_;  // that have not ended
    std::map<Lane, proxy::ConnectionId> lanes_;
    std::map<proxy::ConnectionId, std::deque<RequestId>> waiting_;  // of each client, unanswered
    // Requests without an answer that must reach their node unless one of these links ends.
    std::map<std::string, std::vector<proxy::ConnectionId>> expected_;
    std::size_t arrivals_demanded_ = 0;
};

}  // namespace ringside::sim
