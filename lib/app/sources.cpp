#include "app/sources.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/random_seed.h"
#include "discovery/source_machines.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ringside::app {

using base::Clock;

void Sources::adopt(std::span<const PlannedPool> pools) {
    std::map<routing::PoolId, discovery::SourceDriver*> before = std::exchange(asked_, {});
    for (const PlannedPool& pool : pools) {
        discovery::SourceDriver* const driver = find(pool.id, pool.config.source);
        if (driver == nullptr) {
            continue;
        }
        asked_.emplace(pool.id, driver);
        const auto known = before.find(pool.id);
        if (known != before.end() && known->second == driver) {
            before.erase(known);
        } else {
            start(pool.id, *driver);
        }
    }
    for (const auto& [id, driver] : before) {
        driver->stop();
    }
    for (auto& [id, known] : known_) {
        const std::size_t kept = base::kFormerSourcesMax + (asked_.contains(id) ? 1 : 0);
        const std::size_t excess = known.size() - std::min(known.size(), kept);
        known.erase(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(excess));
    }
}

void Sources::forget(routing::PoolId pool) {
    asked_.erase(pool);
    known_.erase(pool);
}

discovery::SourceDriver* Sources::find(routing::PoolId pool, const config::Source& settings) {
    auto& known = known_[pool];
    const auto found = std::find_if(known.begin(), known.end(), [&settings](const auto& driver) {
        return driver->configure(settings);
    });
    if (found != known.end()) {
        std::rotate(found, found + 1, known.end());
        return known.back().get();
    }
    auto machine = discovery::make_machine(config::kind_of(settings), base::random_seed());
    if (machine == nullptr) {
        return nullptr;
    }
    known.push_back(
        std::make_unique<discovery::SourceDriver>(means_, settings, std::move(machine)));
    return known.back().get();
}

void Sources::start(routing::PoolId pool, discovery::SourceDriver& driver) {
    driver.start({.on_membership =
                      [this, pool](routing::Membership membership) {
                          controller_.on_membership(pool, std::move(membership), Clock::now());
                      },
                  .on_failure =
                      [this, pool](const base::Error& error) {
                          controller_.on_source_failure(pool, error, Clock::now());
                      },
                  .on_facts =
                      [this, pool](discovery::SourceFacts facts) {
                          controller_.on_source_facts(pool, std::move(facts));
                      }});
}

void Sources::stop() {
    for (const auto& [id, driver] : asked_) {
        driver->stop();
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
