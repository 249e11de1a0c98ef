// What tests of the worker share.
#pragma once

#include "routing/snapshot.h"
#include "sim/fake_transport.h"

#include <string>

namespace ringside::proxy {

// A key of the pool's node at this place (from 1), found by asking the ring.
inline std::string key_of(const sim::WorkerBench& bench, int place, int skip = 0) {
    const routing::Pool& pool = *bench.snapshot->pools[0];
    for (int i = 0;; ++i) {
        std::string key = "key-" + std::to_string(i);
        const auto owner = pool.owner_of(key, 0);
        if (pool.nodes[*owner].node.id == static_cast<routing::NodeId>(place) && skip-- == 0) {
            return key;
        }
    }
}

}  // namespace ringside::proxy
