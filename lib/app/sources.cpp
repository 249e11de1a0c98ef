#include "app/sources.h"

#include "base/clock.h"
#include "base/random_seed.h"
#include "discovery/make_resolver.h"

#include <utility>

namespace ringside::app {

using base::Clock;

void Sources::adopt(std::span<const PlannedPool> pools) {
    std::map<routing::PoolId, discovery::Resolver*> before = std::exchange(asked_, {});
    for (const PlannedPool& pool : pools) {
        discovery::Resolver* const resolver = find(pool.id, pool.config.source);
        if (resolver == nullptr) {
            continue;
        }
        asked_.emplace(pool.id, resolver);
        const auto known = before.find(pool.id);
        if (known != before.end() && known->second == resolver) {
            before.erase(known);
        } else {
            start(pool.id, *resolver);
        }
    }
    for (const auto& [id, resolver] : before) {
        resolver->stop();
    }
}

discovery::Resolver* Sources::find(routing::PoolId pool, const config::Source& settings) {
    auto& known = known_[pool];
    for (const auto& resolver : known) {
        if (resolver->configure(settings)) {
            return resolver.get();
        }
    }
    auto resolver = discovery::make_resolver(loop_, names_, settings, base::random_seed());
    return resolver ? known.emplace_back(std::move(resolver)).get() : nullptr;
}

void Sources::start(routing::PoolId pool, discovery::Resolver& resolver) {
    resolver.start({.on_membership =
                        [this, pool](routing::Membership membership) {
                            controller_.on_membership(pool, std::move(membership), Clock::now());
                        },
                    .on_failure =
                        [this, pool](const base::Error& error) {
                            controller_.on_source_failure(pool, error, Clock::now());
                        }});
}

void Sources::stop() {
    for (const auto& [id, resolver] : asked_) {
        resolver->stop();
    }
}

void Sources::refresh(routing::PoolId pool) {
    const auto found = asked_.find(pool);
    if (found != asked_.end()) {
        found->second->refresh();
    }
}

void Sources::set_known_members(routing::PoolId pool, const routing::Membership& members) {
    const auto found = asked_.find(pool);
    if (found != asked_.end()) {
        found->second->set_known_members(members);
    }
}

}  // namespace ringside::app
