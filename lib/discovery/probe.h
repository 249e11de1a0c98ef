// Asks a node whether it is well, on a connection of its own, without side effects on its data.
//
// Well is a node that accepts a connection, takes the pool's password and database, and answers a
// harmless request without an error. Control thread only; owned by App.
#pragma once

#include "base/clock.h"
#include "discovery/exchange.h"
#include "io/event_loop.h"
#include "routing/node.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringside::discovery {

class Prober {
  public:
    struct Target {
        routing::PoolId pool = 0;
        routing::NodeId node = 0;
        std::vector<routing::Address> addresses;  // as Exchange; none: the node is not well
        routing::ProtocolKind protocol = routing::ProtocolKind::memcached;
        std::string redis_auth;  // empty: none
        std::uint32_t redis_db = 0;
        base::milliseconds timeout{1000};  // for connection and answer
    };
    using OnProbed = std::function<void(bool healthy)>;

    // How many probes are under way at most; further ones wait their turn. There is at most one
    // per ejected node, which bounds the line as long as keep() is told of every snapshot.
    static constexpr std::size_t kProbesMax = 16;

    // `loop` outlives the Prober.
    explicit Prober(io::EventLoop& loop);
    // Ends all probes; none of them reports any more.
    ~Prober();

    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    // Calls `on_probed` once, later.
    void probe(const Target& target, OnProbed on_probed);

    // Ends the probes of nodes that are not in this snapshot: they hold up those of others. Their
    // `on_probed` is called later, as if the node were not well.
    void keep(const routing::Snapshot& snapshot);

    // The pool has this timeout from now on: its probes take no longer, those under way and those
    // that wait.
    void limit(routing::PoolId pool, base::milliseconds timeout);

    std::size_t under_way() const noexcept { return exchanges_.size(); }

  private:
    struct Waiting {
        Target target;
        OnProbed on_probed;
    };

    struct UnderWay {
        routing::PoolId pool;
        routing::NodeId node;
        OnProbed on_probed;
        std::unique_ptr<Exchange> exchange;
    };

    void start(Waiting probe);
    void start_next();
    void end(std::uint64_t id, bool healthy);
    void tell_dropped();

    io::EventLoop& loop_;
    io::EventLoop::Timer tell_timer_;
    std::vector<OnProbed> dropped_;  // to be told
    std::map<std::uint64_t, UnderWay> exchanges_;
    std::uint64_t next_id_ = 0;
    std::deque<Waiting> waiting_;
};

}  // namespace ringside::discovery
