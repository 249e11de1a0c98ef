// Everything that one worker thread does, as a function of (snapshot, bytes, clock).
//
// A worker learns about the world through two doors only: the bytes and edges of its streams, and
// adopt(). It owns its sessions, links and requests and shares nothing with other workers but the
// immutable snapshot. Owned by app/worker_thread; every call on that thread. After warm-up no call
// allocates, adopt() and new connections excepted.
//
// Time is cut into turns: begin_turn(), any number of events, end_of_turn(). Bytes for clients and
// nodes are staged during the turn and written at its end, once per connection.
#pragma once

#include "base/clock.h"
#include "metrics/metrics.h"
#include "proxy/facts.h"
#include "proxy/plan.h"
#include "proxy/transport.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ringside::base {
class Log;
}

namespace ringside::proxy {

struct ConnectionPage;
struct ConnectionQuestion;
struct HotKeyList;
struct SlowRequest;

class Worker {
  public:
    struct Options {
        std::uint32_t index = 0;  // which worker this is, 0-based; names its metrics cells
        std::uint64_t seed = 1;   // for the random distribution and back-off jitter
        base::TimePoint start{};  // the time at construction
        ProcessIdentity process{};
        base::Log& log;  // where operators read; thread-safe, shared with others
        // Which plan each request follows; tests have some of their own.
        const Plan& (*plan_of)(const protocol::RequestFrame& frame) noexcept = &proxy::plan_of;
    };

    // The transport, the registry and the log outlive the worker.
    Worker(Transport& transport, metrics::Registry& registry, const Options& options);
    ~Worker();

    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // --- the turn ---

    void begin_turn(base::TimePoint now) noexcept;

    // Serves what back-pressure had held up, expires deadlines, writes what was staged.
    void end_of_turn();

    // The time by which the next turn must come even if nothing happens; kNever if none must.
    base::TimePoint next_deadline() const noexcept;

    // --- events of streams, only inside a turn ---

    // A client of `pool` has connected. The returned peer names the session from now on; nothing if
    // the pool is unknown or draining: then the transport closes the stream.
    bool on_accept(ConnectionId connection, routing::PoolId pool, Peer& peer);

    // Where to read the stream's next bytes to; at least one byte long. Valid until the next call
    // on the worker.
    std::span<char> read_target(Peer peer);
    // The first `size` bytes of that span have been filled. Requires: size > 0.
    void on_bytes(Peer peer, std::size_t size);

    void on_writable(Peer peer);
    void on_connected(Peer peer);
    // The stream has ended. After `eof` a session can still be written to; in every other case and
    // for every link the worker closes the connection itself. `cause` says why in words, if there
    // are better ones than those of `end`: "Permission denied". Used during the call only.
    void on_end(Peer peer, StreamEnd end, std::string_view cause = {});

    // --- from the control thread, by post, between turns or inside one ---

    // Takes over a new view. Links of nodes that are gone finish their requests and close; nothing
    // else is touched. Ignored if it is not newer than the present one. Nodes and pools that are
    // not in it are dropped, and their cells let go, when nothing needs them any more.
    void adopt(routing::SnapshotPtr snapshot);

    // How long sessions may take to leave, from now on: those of removed pools, and at drain().
    void set_drain_limit(base::milliseconds limit) noexcept;

    // Accepts nobody any more. Each session is served until it has asked for nothing more, told the
    // end behind its last answer, and closed when its client has closed or is silent. At three
    // quarters of the limit that does not wait for requests that were not read yet.
    void drain();

    // Asks the clients of a pool, or of all of them, to leave as drain() does, and goes on
    // accepting others. Returns how many were asked: not who was before, but these have the limit
    // anew.
    std::size_t send_away(std::optional<routing::PoolId> pool);
    // How many it would ask.
    std::size_t count_staying(std::optional<routing::PoolId> pool);

    // Adds a page of its connections (proxy/connection_list.h) to `page`.
    void list(const ConnectionQuestion& question, ConnectionPage& page);

    // Adds its slowest requests of the last minutes (proxy/slow_log.h) to `rows`.
    void list_slow(std::vector<SlowRequest>& rows) const;

    // Adds the keys that are asked for most often in this pool (proxy/hot_keys.h); nothing if they
    // are not counted, or the pool is not known.
    void list_hot_keys(routing::PoolId pool, HotKeyList& list) const;

    std::uint64_t adopted_version() const noexcept;
    std::size_t session_count() const noexcept;
    std::size_t link_count() const noexcept;
    // Requests that have not been answered; 0 once everything under way is done.
    std::size_t request_count() const noexcept;
    // True if nothing is left to be done for any client, one that has gone included.
    bool is_idle() const noexcept;

  private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace ringside::proxy
