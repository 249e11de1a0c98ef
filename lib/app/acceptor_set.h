// The addresses that pools listen on, one acceptor each, and their change from one configuration to
// the next.
//
// Owned by App; control thread only. An address that stays is never closed, whichever pool it
// belongs to afterwards, and whether it is written as a name or as an IP: pools can swap theirs,
// and a pool that gives way to another one under the same address refuses nobody in between. Nor is
// anybody refused while an address gives way to one that overlaps it, such as 0.0.0.0:P to
// 127.0.0.1:P. An address may be bound before it is listened on (`wait_for_discovery`); once it is,
// it goes on.
#pragma once

#include "app/acceptor.h"
#include "app/listen_names.h"
#include "base/expected.h"
#include "config/config.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ringside::app {

// A pool of the configuration that is to be in force, with the controller's id.
struct PlannedPool {
    routing::PoolId id;
    const config::PoolConfig& config;
    bool waits = false;  // its address is bound, and listened on by listen_where() only
};

class AcceptorSet {
  public:
    explicit AcceptorSet(const Acceptor::Context& context) : context_(context) {}

    // Listens on the pools' addresses and on no others; `names` are those in them. A name without
    // an address keeps the one that is listened on for it. If a pool cannot have its address
    // nothing has changed, and the error names pool and address.
    base::Status adopt(std::span<const PlannedPool> pools, const FoundNames& names = {});

    // What is bound only, for a pool that `is_ready`, is listened on from now on. Tells people.
    void listen_where(const std::function<bool(routing::PoolId)>& is_ready);
    bool is_waiting(routing::PoolId pool) const noexcept;
    // Why addresses that were to be listened on could not be, one line each.
    std::vector<std::string> problems() const;

    // As Acceptor's, of all. Requires: not closed.
    std::vector<io::Listener::Share> shares();

    // As Acceptor's.
    void stop_taking() noexcept;
    void close();

    // The IPs and ports that are listened on; unix sockets are left out.
    std::vector<routing::Address> addresses() const;

    // A port of the pool; 0 if it has none.
    std::uint16_t port(routing::PoolId pool) const noexcept;

  private:
    using Acceptors = std::vector<std::unique_ptr<Acceptor>>;

    // A pool, and one of the IPs or paths that it is to listen on.
    struct Place {
        PlannedPool pool;
        config::Listen listen;
        routing::Address address;
    };
    using Places = std::vector<Place>;

    base::Expected<Places> find_places(std::span<const PlannedPool> pools,
                                       const FoundNames& names) const;
    base::Expected<routing::Address> find_address(const config::PoolConfig& pool,
                                                  const config::Listen& listen,
                                                  const FoundNames& names) const;
    static const Place* find_place(const Places& places, const routing::Address& address) noexcept;
    base::Expected<Acceptors> open_new(const Places& places) const;
    base::Status listen_where_told(const Places& places) const;
    base::Expected<std::unique_ptr<Acceptor>> open(const Place& place, bool beside_sharing) const;
    Acceptor* find(const routing::Address& address) const noexcept;
    const Acceptor* find(routing::PoolId pool) const noexcept;

    const Acceptor::Context context_;
    Acceptors acceptors_;
};

}  // namespace ringside::app
