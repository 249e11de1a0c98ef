// A whole world around one proxy::Worker, driven by one random number generator: three pools, their
// clients and nodes, which break, stay silent, move, come and go, as pools do. What comes back may
// have been forgotten meanwhile: it is another one then, with an id that nobody has had.
//
// Invariants, checked after every turn and at the end:
//  - answers come in the order of the requests, and each is the answer to its own request: what its
//    own keys have, and not before its nodes have given it; nothing comes unasked;
//  - an error names a node of the request, and that node has failed or was late; of a retrieval
//    that was split only the keys of nodes that failed are missing;
//  - a client that reads gets each answer, or an error, as soon as the timeout is over;
//  - no request is left without an answer unless its client left, or the answer was cut in the
//    middle of a large value; clients are closed for no other reason than that, their own wish, the
//    removal of their pool or a drain, and then not before all that they had asked is answered;
//  - a client that has to go is told so behind the last answer, when nothing of what has arrived
//    from it is unread; of what comes later only requests without an answer are done;
//  - a node sees only well-formed requests, each key at most once and in the request it was asked
//    in, and only if it owns the key in the snapshot that the worker had adopted when the request
//    was sent on its way, on a link that took requests then;
//  - requests without an answer reach their node, unless the link or the node fails;
//  - the requests of a client reach a node in order, on one link, in their dialect; those in
//    another dialect wait until the ones before are answered;
//  - no link is closed for an answer that does not fit, or while the next answer on it may still
//    come in time; none is used before its node has answered what it asks for itself;
//  - at most one small write per connection and turn;
//  - a worker that is drained, or has lost a pool, ends without requests and sessions of it;
//  - at the end it uses the cells of what is in the snapshot, and no others;
//  - the same seed gives the same trace.
#pragma once

#include "sim/dice.h"
#include "sim/failure_check.h"
#include "sim/fake_transport.h"
#include "sim/ledger.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace ringside::sim {

constexpr int kNodes = 5;                     // of a pool, at most
constexpr routing::NodeId kNodeIds = 60;      // that a pool gives, at most: each is a bit of a sum
constexpr std::uint16_t kFirstPort = 11'210;  // and the pool's id

class Simulation {
  public:
    struct Result {
        std::string violation;    // empty: none
        std::uint64_t trace = 0;  // a hash of all bytes that the worker wrote, in order
        std::size_t answers = 0;
        std::size_t errors = 0;  // answers that name a node
        std::size_t requests_left = 0;
        std::size_t adoptions = 0;
        std::size_t removals = 0;   // of pools
        std::size_t forgotten = 0;  // pools and nodes
        std::size_t drains = 0;
        std::size_t partings = 0;  // clients that were told the end
        std::int64_t raced = 0;    // requests that came behind it
        std::int64_t late_replies = 0;
        std::int64_t cuts = 0;
        std::size_t links_broken = 0;
        std::size_t links_given_up = 0;  // by the worker, while their nodes were silent
        std::int64_t links_silent = 0;   // because a request had expired on them in silence
        std::size_t failures = 0;        // reported to the controller
        std::size_t clients_left = 0;
        std::size_t holds = 0;     // turns in which a client was not read
        std::size_t arrivals = 0;  // of requests without an answer, that were demanded
    };

    explicit Simulation(std::uint64_t seed);

    // `turns` turns of faults, then calm until everything is answered.
    Result run(int turns);

  private:
    struct Client {
        PoolWorld* pool = nullptr;
        std::string unsent;
        std::uint64_t asked_bytes = 0;                            // ever
        std::uint64_t sent_bytes = 0;                             // of these
        std::deque<std::pair<std::uint64_t, RequestId>> sending;  // by where it is decided
        std::deque<RequestId> sent;                               // and not known to be taken in
        std::deque<RequestId> asked;                              // awaiting their answers
        std::string received;
        bool resp3 = false;
        bool ended = false;    // has closed its half, or left
        bool may_end = false;  // the worker has a reason to close it
        bool parted = false;   // was told the end
    };
    struct NodeSide {
        bool is_connected = false;
        base::TimePoint silent_until{};
        bool broken = false;  // refused, or ended by the node
        bool ended = false;
    };

    PoolWorld& begin_pool(std::size_t place);
    routing::PoolPtr make_pool(PoolWorld& pool);
    routing::NodeId id_of_node(PoolWorld& pool, int place);
    void adopt();
    // What has been counted of it goes into the result.
    void count(const PoolWorld& pool);
    void count(const PoolWorld& pool, routing::NodeId node);
    void forget(const PoolWorld& pool);
    void forget(const PoolWorld& pool, routing::NodeId node);
    void check_cells();
    void connect_client();
    void drain();
    void client_acts(proxy::ConnectionId id, Client& client);
    void ask(proxy::ConnectionId id, Client& client);
    void deliver_request(proxy::ConnectionId id, Client& client);
    void deliver_answer(proxy::ConnectionId id);
    std::size_t piece_of(std::size_t size);
    void node_acts(proxy::ConnectionId id, NodeSide& side);
    // After each turn: what has become of links and clients, and what has been written.
    void settle();
    void settle_links();
    void take_written();
    void take_answers(Client& client);
    void on_parted(proxy::ConnectionId id, Client& client);
    void on_closed(Client& client);
    void forget_closed();
    bool is_over() const;
    void check_end();
    void violation(std::string what);

    Dice dice_;
    WorkerBench bench_;
    Result result_;
    KeySource keys_;
    std::deque<PoolWorld> pools_;              // by id, from 1; those that are forgotten too
    std::array<PoolWorld*, 3> pool_at_place_;  // of these, the present ones
    Ledger ledger_;
    std::map<proxy::ConnectionId, Client> clients_;
    std::map<proxy::ConnectionId, NodeSide> links_;
    std::size_t dialled_ = 0;  // of the transport's, that are known here
    FailureCheck failures_;
    proxy::ConnectionId delivered_{};  // to this client bytes were delivered in the last turn
    std::int64_t misfits_ = 0;
    bool calm_ = false;
    bool draining_ = false;
};

}  // namespace ringside::sim
