#include "app/sources.h"

#include "base/clock.h"
#include "base/random_seed.h"
#include "discovery/make_resolver.h"

#include <utility>

namespace ringside::app {

using base::Clock;

void Sources::adopt(std::span<const PlannedPool> pools) {
    std::map<routing::PoolId, Source> before = std::exchange(sources_, {});
    for (const PlannedPool& pool : pools) {
        const auto known = before.find(pool.id);
        if (known != before.end() && known->second.settings == pool.config.source) {
            sources_.insert(before.extract(known));
        } else {
            sources_.emplace(pool.id, open(pool.id, pool.config.source));
        }
    }
    for (const auto& [id, source] : before) {
        if (source.resolver) {
            source.resolver->stop();
        }
    }
}

Sources::Source Sources::open(routing::PoolId pool, const config::Source& settings) {
    Source source{settings, discovery::make_resolver(loop_, settings, base::random_seed())};
    if (source.resolver) {
        source.resolver->start({.on_membership =
                                    [this, pool](routing::Membership membership) {
                                        controller_.on_membership(pool, std::move(membership),
                                                                  Clock::now());
                                    },
                                .on_failure =
                                    [this, pool](const base::Error& error) {
                                        controller_.on_source_failure(pool, error, Clock::now());
                                    }});
    }
    return source;
}

void Sources::stop() {
    for (const auto& [id, source] : sources_) {
        if (source.resolver) {
            source.resolver->stop();
        }
    }
}

void Sources::refresh(routing::PoolId pool) {
    const auto found = sources_.find(pool);
    if (found != sources_.end() && found->second.resolver) {
        found->second.resolver->refresh();
    }
}

void Sources::set_known_members(routing::PoolId pool, const routing::Membership& members) {
    const auto found = sources_.find(pool);
    if (found != sources_.end() && found->second.resolver) {
        found->second.resolver->set_known_members(members);
    }
}

}  // namespace ringside::app
