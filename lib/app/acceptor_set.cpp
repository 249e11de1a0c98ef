#include "app/acceptor_set.h"

#include "base/log.h"
#include "config/address_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::app {

using base::LogEvent;
namespace {

// While it lives, addresses may be opened that overlap those that are about to go. No longer: a
// second process on the same address is to be noticed.
class PortsToShare {
  public:
    void add(Acceptor& leaving) {
        leaving.share_port(true);
        leaving_.push_back(&leaving);
    }
    ~PortsToShare() {
        for (Acceptor* acceptor : leaving_) {
            acceptor->share_port(false);
        }
    }
    PortsToShare() = default;
    PortsToShare(const PortsToShare&) = delete;
    PortsToShare& operator=(const PortsToShare&) = delete;

    bool have(const routing::Address& address) const noexcept {
        return std::any_of(leaving_.begin(), leaving_.end(), [&address](const Acceptor* acceptor) {
            return !address.is_unix() && acceptor->port() == address.port;
        });
    }

  private:
    std::vector<Acceptor*> leaving_;
};

}  // namespace

base::Status AcceptorSet::adopt(std::span<const PlannedPool> pools, const FoundNames& names) {
    const auto places = find_places(pools, names);
    if (!places) {
        return places.error();
    }
    auto opened = open_new(*places);
    if (!opened) {
        return opened.error();
    }
    Acceptors before = std::exchange(acceptors_, std::move(*opened));
    for (std::unique_ptr<Acceptor>& acceptor : before) {
        if (const Place* place = find_place(*places, acceptor->address())) {
            acceptor->assign(place->pool.config, place->pool.id, place->listen);
            acceptors_.push_back(std::move(acceptor));
        } else {
            acceptor->close();
        }
    }
    return base::Done{};
}

base::Expected<AcceptorSet::Places> AcceptorSet::find_places(std::span<const PlannedPool> pools,
                                                             const FoundNames& names) const {
    Places places;
    for (const PlannedPool& pool : pools) {
        for (config::Listen& listen : listens_of(pool.config)) {
            const auto cannot_listen = [&](const base::Error& error) {
                return error.in(
                    fmt::format("pool {}: cannot listen on {}", pool.config.name, listen.text));
            };
            const auto address = find_address(pool.config, listen, names);
            if (!address) {
                return cannot_listen(address.error());
            }
            // The loader compares what is written: different names may have the same address.
            if (const Place* same = find_place(places, *address); same && address->port != 0) {
                return cannot_listen({base::Errc::conflict,
                                      fmt::format("pool {} listens on {} already",
                                                  same->pool.config.name, to_string(*address))});
            }
            places.push_back({pool, std::move(listen), *address});
        }
    }
    return places;
}

base::Expected<routing::Address> AcceptorSet::find_address(const config::PoolConfig& pool,
                                                           const config::Listen& listen,
                                                           const FoundNames& names) const {
    const routing::Address& configured = listen.address;
    auto address = bind_address(
        configured, names, [this](const routing::Address& each) { return find(each) != nullptr; });
    if (address) {
        return address;
    }
    const auto present = std::find_if(
        acceptors_.begin(), acceptors_.end(),
        [&configured](const auto& acceptor) { return acceptor->configured() == configured; });
    if (present == acceptors_.end()) {
        return address;
    }
    base::log().warn({.event = LogEvent::pool_cannot_listen,
                      .pool = pool.name,
                      .cause = address.error().message},
                     "pool {}: listen: {}; going on at {}", pool.name, address.error().message,
                     to_string((*present)->address()));
    return (*present)->address();
}

base::Expected<AcceptorSet::Acceptors> AcceptorSet::open_new(const Places& places) const {
    PortsToShare ports;
    for (const auto& acceptor : acceptors_) {
        if (find_place(places, acceptor->address()) == nullptr) {
            ports.add(*acceptor);
        }
    }
    Acceptors opened;
    for (const Place& place : places) {
        if (Acceptor* present = find(place.address)) {
            if (const base::Status renewed = present->renew_if_lost(); !renewed) {
                return renewed.error();
            }
            continue;
        }
        auto acceptor = open(place, ports.have(place.address));
        if (!acceptor) {
            return acceptor.error();
        }
        opened.push_back(std::move(*acceptor));
    }
    const base::Status listening = listen_where_told(places);
    return listening ? base::Expected<Acceptors>(std::move(opened)) : listening.error();
}

// To be done last, as it cannot be taken back.
base::Status AcceptorSet::listen_where_told(const Places& places) const {
    for (const Place& place : places) {
        Acceptor* const present = find(place.address);
        if (present == nullptr || place.pool.waits) {
            continue;
        }
        if (const base::Status listening = present->listen(); !listening) {
            return listening;
        }
    }
    return base::Done{};
}

base::Expected<std::unique_ptr<Acceptor>> AcceptorSet::open(const Place& place,
                                                            bool beside_sharing) const {
    const PlannedPool& pool = place.pool;
    auto acceptor = Acceptor::bind(context_, pool.config, pool.id,
                                   {place.listen, place.address, beside_sharing});
    if (acceptor && !pool.waits) {
        if (const base::Status listening = (*acceptor)->listen(); !listening) {
            return listening.error();
        }
    }
    return acceptor;
}

void AcceptorSet::listen_where(const std::function<bool(routing::PoolId)>& is_ready) {
    for (const auto& acceptor : acceptors_) {
        if (acceptor->is_waiting() && is_ready(acceptor->pool())) {
            acceptor->try_to_listen();
        }
    }
}

bool AcceptorSet::is_waiting(routing::PoolId pool) const noexcept {
    const Acceptor* const found = find(pool);
    return found != nullptr && found->is_waiting();
}

std::vector<std::string> AcceptorSet::problems() const {
    std::vector<std::string> lines;
    for (const auto& acceptor : acceptors_) {
        if (acceptor->is_waiting() && !acceptor->problem().empty()) {
            lines.push_back(acceptor->problem());
        }
    }
    return lines;
}

std::vector<io::Listener::Share> AcceptorSet::shares() {
    std::vector<io::Listener::Share> shares;
    for (const auto& acceptor : acceptors_) {
        shares.push_back(acceptor->share());
    }
    return shares;
}

void AcceptorSet::stop_taking() noexcept {
    for (const auto& acceptor : acceptors_) {
        acceptor->stop_taking();
    }
}

void AcceptorSet::close() {
    for (const auto& acceptor : acceptors_) {
        acceptor->close();
    }
}

std::vector<routing::Address> AcceptorSet::addresses() const {
    std::vector<routing::Address> addresses;
    for (const auto& acceptor : acceptors_) {
        if (!acceptor->address().is_unix()) {
            addresses.push_back({acceptor->address().host, acceptor->port()});
        }
    }
    return addresses;
}

std::uint16_t AcceptorSet::port(routing::PoolId pool) const noexcept {
    const Acceptor* const found = find(pool);
    return found == nullptr ? 0 : found->port();
}

const AcceptorSet::Place* AcceptorSet::find_place(const Places& places,
                                                  const routing::Address& address) noexcept {
    const auto found = std::find_if(places.begin(), places.end(), [&address](const Place& place) {
        return place.address == address;
    });
    return found == places.end() ? nullptr : &*found;
}

Acceptor* AcceptorSet::find(const routing::Address& address) const noexcept {
    const auto found =
        std::find_if(acceptors_.begin(), acceptors_.end(),
                     [&address](const auto& each) { return each->address() == address; });
    return found == acceptors_.end() ? nullptr : found->get();
}

const Acceptor* AcceptorSet::find(routing::PoolId pool) const noexcept {
    const auto found = std::find_if(acceptors_.begin(), acceptors_.end(),
                                    [pool](const auto& each) { return each->pool() == pool; });
    return found == acceptors_.end() ? nullptr : found->get();
}

}  // namespace ringside::app
