#include "app/acceptor_set.h"

#include "base/check.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringside::app {

base::Status AcceptorSet::adopt(std::span<const PlannedPool> pools) {
    std::vector<std::unique_ptr<Acceptor>> opened;
    for (const PlannedPool& pool : pools) {
        if (find(pool.config.listen.address) != nullptr) {
            continue;
        }
        auto acceptor = Acceptor::open(context_, pool.config, pool.id);
        if (!acceptor) {
            return acceptor.error();
        }
        opened.push_back(std::move(*acceptor));
    }
    std::vector<std::unique_ptr<Acceptor>> before = std::exchange(acceptors_, std::move(opened));
    for (std::unique_ptr<Acceptor>& acceptor : before) {
        const auto pool = std::find_if(pools.begin(), pools.end(), [&acceptor](const auto& each) {
            return each.config.listen.address == acceptor->address();
        });
        if (pool == pools.end()) {
            acceptor->close();
            continue;
        }
        acceptor->assign(pool->config, pool->id);
        acceptors_.push_back(std::move(acceptor));
    }
    return base::Done{};
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
