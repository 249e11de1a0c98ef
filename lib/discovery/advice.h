// What an operator should know of a pool's choices: settings that are kept for compatibility and
// serve it badly. Nothing is changed for that.
#pragma once

#include "routing/snapshot.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ringside::discovery {

// One sentence each, without the pool's name; empty if there is nothing to say. Measured on the
// pool's own ring (routing/skew.h), which takes some milliseconds.
std::vector<std::string> advice_on(const routing::Pool& pool);

// Keeps a pool from being given the same advice again with each change of its ring. A value, owned
// by the controller's state of the pool.
class AdviceOnce {
  public:
    // The advice, if it is the first for the present hash and distribution. It is looked for when
    // these or the number of nodes have changed.
    std::vector<std::string> take(const routing::Pool& pool);

  private:
    struct Choice {
        routing::Distribution distribution;
        routing::HashKind hash;
        bool ejects_without_timeout;

        bool operator==(const Choice&) const = default;
    };

    std::optional<Choice> choice_;  // that is being judged
    std::size_t nodes_ = 0;         // of the ring it was judged by
    bool given_ = false;
};

}  // namespace ringside::discovery
