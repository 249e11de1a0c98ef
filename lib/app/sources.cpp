#include "app/sources.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random_seed.h"
#include "config/source_rows.h"
#include "discovery/source_machines.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace ringside::app {

using base::Clock;
using base::LogEvent;

namespace {

// Each time the configuration is adopted: nobody shall forget that he has written it.
void warn_if_unproven(const std::string& pool, const config::Source& source) {
    const config::TlsConfig* const tls = config::tls_of(source);
    if (tls != nullptr && !tls->verify) {
        base::log().warn(
            {.event = LogEvent::advice, .pool = pool, .source = describe(source)},
            "pool {}: {}: \"verify: false\": whoever stands in the place of the server is "
            "believed, "
            "and told what this one says of itself (tokens, too); set tls.ca_file instead",
            pool, describe(source));
    }
}

}  // namespace

void Sources::adopt(std::span<const PlannedPool> pools) {
    std::set<const Driver*> before;
    for (const auto& [id, asked] : std::exchange(asked_, {})) {
        for (const Asked& each : asked) {
            before.insert(each.driver);
        }
    }
    for (const PlannedPool& pool : pools) {
        for (const config::Source* const source : sources_of(pool.config)) {
            Driver* const driver = find(pool.id, *source);
            if (driver == nullptr) {
                continue;
            }
            warn_if_unproven(pool.config.name, *source);
            const Asked& asked = asked_[pool.id].emplace_back(Asked{driver, describe(*source)});
            if (before.erase(driver) == 0) {
                start(pool.id, asked);
            }
        }
    }
    for (auto& [id, known] : known_) {
        for (const auto& driver : known) {
            if (before.contains(driver.get())) {
                driver->stop();
            }
        }
        const auto asked = asked_.find(id);
        const std::size_t kept =
            base::kFormerSourcesMax + (asked == asked_.end() ? 0 : asked->second.size());
        const std::size_t excess = known.size() - std::min(known.size(), kept);
        known.erase(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(excess));
    }
}

void Sources::forget(routing::PoolId pool) {
    asked_.erase(pool);
    known_.erase(pool);
}

Sources::Driver* Sources::find(routing::PoolId pool, const config::Source& settings) {
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

void Sources::start(routing::PoolId pool, const Asked& asked) {
    const std::string& source = asked.source;
    asked.driver->start({.on_membership =
                             [this, pool, source](routing::Membership membership) {
                                 controller_.on_membership(pool, std::move(membership),
                                                           Clock::now(), source);
                             },
                         .on_failure =
                             [this, pool, source](const base::Error& error) {
                                 controller_.on_source_failure(pool, error, Clock::now(), source);
                             },
                         .on_facts =
                             [this, pool, source](discovery::SourceFacts facts) {
                                 controller_.on_source_facts(pool, std::move(facts), source);
                             }});
    // Of another source, or from before the start: what this one says may take them away.
    asked.driver->set_known_members(controller_.members_known(pool));
}

void Sources::stop() {
    for (const auto& [id, asked] : asked_) {
        for (const Asked& each : asked) {
            each.driver->stop();
        }
    }
}

void Sources::refresh(routing::PoolId pool, discovery::RefreshAsked how) {
    const auto found = asked_.find(pool);
    if (found != asked_.end()) {
        for (const Asked& each : found->second) {
            each.driver->refresh(how);
        }
    }
}

void Sources::set_known_members(routing::PoolId pool, const discovery::MembersKnown& members) {
    const auto found = asked_.find(pool);
    if (found != asked_.end()) {
        for (const Asked& each : found->second) {
            each.driver->set_known_members(members);
        }
    }
}

}  // namespace ringside::app
