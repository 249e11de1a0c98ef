#include "app/event_teller.h"

#include "admin/json_history.h"

#include <utility>

namespace ringside::app {

void EventTeller::look(std::size_t workers, const base::Moment& at) {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    if (snapshot->version == std::exchange(version_, snapshot->version)) {
        return;
    }
    std::map<std::string, std::uint64_t> generations;
    for (const routing::PoolPtr& pool : snapshot->pools) {
        const discovery::Journal* const journal = controller_.history(pool->name);
        if (journal == nullptr) {
            continue;
        }
        const auto known = generations_.find(pool->name);
        const std::uint64_t told = known == generations_.end() ? 0 : known->second;
        for (const discovery::RingChange& change : journal->changes()) {
            if (change.generation > told && events_.listeners() > 0) {
                events_.tell("ring",
                             admin::one_line(admin::change_json(pool->name, change, workers, at)));
            }
        }
        generations.emplace(pool->name, journal->generation());
    }
    generations_ = std::move(generations);  // without pools that have left
}

}  // namespace ringside::app
