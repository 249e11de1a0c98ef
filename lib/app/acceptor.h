// One address where the clients of a pool come in: accepts each and hands it to the worker with the
// fewest.
//
// Owned by App; control thread only. One acceptor for all workers spreads few connections evenly
// and serves unix sockets too (docs/decisions/008-workers-accept-and-few-connections.md).
#pragma once

#include "app/client_count.h"
#include "app/client_room.h"
#include "app/worker_thread.h"
#include "base/expected.h"
#include "config/config.h"
#include "io/event_loop.h"
#include "io/listener.h"
#include "metrics/metrics.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringside::app {

using WorkerThreads = std::vector<std::unique_ptr<WorkerThread>>;

// Clients of all workers, those on their way to one included.
std::size_t session_count(const WorkerThreads& workers) noexcept;

class Acceptor {
  public:
    // What every acceptor of the process uses; outlives them.
    struct Context {
        io::EventLoop& loop;
        metrics::Registry& registry;
        const WorkerThreads& workers;  // at least one
        ClientCounts& counts;
        const ClientRoom& room;
        io::InheritedSockets* inherited = nullptr;  // as io::Listener's
    };

    // For the call only.
    struct Where {
        const config::Listen& listen;     // of the pool's, as it is written
        const routing::Address& address;  // an IP or a path: what that was found to be
        bool beside_sharing = false;      // may overlap that of an acceptor that shares its port
    };

    // Binds the address. Who connects is refused until listen(). The error names pool and address.
    static base::Expected<std::unique_ptr<Acceptor>> bind(const Context& context,
                                                          const config::PoolConfig& pool,
                                                          routing::PoolId id, const Where& where);

    // Lets clients come in from now on. A client over the limit of `client_connections`, or without
    // room, is closed at once. Without effect if it listens, or listens no more. The error is that
    // of bind().
    base::Status listen();
    // It has not listened yet, and can.
    bool is_waiting() const noexcept;

    // As io::Listener's; the error names pool and address.
    base::Status renew_if_lost();

    // As io::Listener's. Requires: not closed.
    io::Listener::Share share() { return listener_->share(); }

    // As listen(), and tells people: of an error once.
    void try_to_listen();
    // Why the last listen() has failed; empty: it has not.
    const std::string& problem() const noexcept { return problem_; }

    // Lets another one be opened `beside_sharing` its own address, or no more.
    void share_port(bool on) noexcept;

    // From now on the clients are those of `pool`, under its limits; those that came before stay
    // where they are. Requires: `listen` is of the pool, and is this acceptor's address().
    void assign(const config::PoolConfig& pool, routing::PoolId id, const config::Listen& listen);

    // Lets no new connection begin. Those that have begun may still come, until close().
    void stop_taking() noexcept;

    // Listens no more. The clients that have connected by now stay.
    void close();

    const routing::Address& address() const noexcept { return address_; }
    // The same as the pool's configuration has it, perhaps with a name.
    const routing::Address& configured() const noexcept { return configured_; }
    routing::PoolId pool() const noexcept { return pool_; }

    // The port that was bound; 0 for a unix socket and once closed.
    std::uint16_t port() const noexcept { return listener_ ? listener_->port() : 0; }

  private:
    Acceptor(const Context& context, const config::PoolConfig& pool, routing::PoolId id,
             const Where& where);
    void on_accept(io::FileDescriptor socket);
    base::Error in_words(const base::Error& error) const;
    bool has_room() const noexcept;
    WorkerThread& least_loaded_worker();

    const Context context_;
    const routing::Address address_;
    routing::Address configured_;
    routing::PoolId pool_;
    std::string name_;  // of the pool
    std::string text_;  // of `listen`, as written
    std::string problem_;
    bool is_ending_ = false;
    std::uint32_t clients_max_ = 0;  // no limit
    metrics::PoolCells* cells_;
    ClientCount* clients_;
    std::size_t next_worker_ = 0;  // who is asked first, so that equals take turns
    std::unique_ptr<io::Listener> listener_;
};

}  // namespace ringside::app
