#include "app/acceptor_set.h"

#include <algorithm>
#include <utility>

namespace ringside::app {
namespace {

const PlannedPool* find_pool(std::span<const PlannedPool> pools, const routing::Address& address) {
    const auto pool = std::find_if(pools.begin(), pools.end(), [&address](const auto& each) {
        return each.config.listen.address == address;
    });
    return pool == pools.end() ? nullptr : &*pool;
}

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

base::Status AcceptorSet::adopt(std::span<const PlannedPool> pools) {
    auto opened = open_new(pools);
    if (!opened) {
        return opened.error();
    }
    Acceptors before = std::exchange(acceptors_, std::move(*opened));
    for (std::unique_ptr<Acceptor>& acceptor : before) {
        if (const PlannedPool* pool = find_pool(pools, acceptor->address())) {
            acceptor->assign(pool->config, pool->id);
            acceptors_.push_back(std::move(acceptor));
        } else {
            acceptor->close();
        }
    }
    return base::Done{};
}

base::Expected<AcceptorSet::Acceptors> AcceptorSet::open_new(
    std::span<const PlannedPool> pools) const {
    PortsToShare ports;
    for (const auto& acceptor : acceptors_) {
        if (find_pool(pools, acceptor->address()) == nullptr) {
            ports.add(*acceptor);
        }
    }
    Acceptors opened;
    for (const PlannedPool& pool : pools) {
        const routing::Address& address = pool.config.listen.address;
        if (Acceptor* present = find(address)) {
            if (const base::Status renewed = present->renew_if_lost(); !renewed) {
                return renewed.error();
            }
            continue;
        }
        auto acceptor = Acceptor::open(context_, pool.config, pool.id, ports.have(address));
        if (!acceptor) {
            return acceptor.error();
        }
        opened.push_back(std::move(*acceptor));
    }
    return opened;
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

std::uint16_t AcceptorSet::port(routing::PoolId pool) const noexcept {
    const auto found = std::find_if(acceptors_.begin(), acceptors_.end(),
                                    [pool](const auto& each) { return each->pool() == pool; });
    return found == acceptors_.end() ? 0 : (*found)->port();
}

Acceptor* AcceptorSet::find(const routing::Address& address) const noexcept {
    const auto found =
        std::find_if(acceptors_.begin(), acceptors_.end(),
                     [&address](const auto& each) { return each->address() == address; });
    return found == acceptors_.end() ? nullptr : found->get();
}

}  // namespace ringside::app
