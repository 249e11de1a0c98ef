// What outlives the process: a part of Controller.
#include "discovery/controller.h"
#include "discovery/pool_state.h"

namespace ringside::discovery {

SavedState Controller::saved_state(const base::Moment& at) const {
    SavedState saved;
    for (const PoolState* const pool : pools_) {
        saved.pools.push_back(pool->saved(at));
    }
    return saved;
}

void Controller::take_saved(const SavedState& saved, const base::Moment& at) {
    bool is_changed = false;
    for (PoolState* const pool : pools_) {
        const SavedPool* const found =
            discovery::find(saved, pool->name(), protocol_text(pool->nodes().policy().protocol));
        if (found == nullptr) {
            continue;
        }
        if (pool->take_saved(*found, at)) {
            on_change(pool->id());
            hooks_.members_changed(pool->id(), {pool->nodes().members(), pool->listed_by()});
            is_changed = true;
        }
        log_lines(*pool);
    }
    if (is_changed) {
        use_names();
        publish(at.steady);
        gate_ = PublishGate();  // the first answer of a source shall not wait for this publish
    }
}

}  // namespace ringside::discovery
