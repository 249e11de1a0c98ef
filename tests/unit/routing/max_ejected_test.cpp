#include "routing/max_ejected.h"

#include <gtest/gtest.h>

namespace ringside::routing {
namespace {

using Unit = MaxEjected::Unit;

struct Case {
    MaxEjected max_ejected;
    bool strict;
    std::size_t nodes;
    std::size_t ejected;
};

TEST(MaxEjected, is_all_but_the_last_node_unless_said_otherwise) {
    const Case cases[] = {
        {{}, false, 0, 0},
        {{}, false, 1, 0},
        {{}, false, 5, 4},
        {{}, true, 5, 5},
        {{Unit::nodes, 2}, false, 5, 2},
        {{Unit::nodes, 2}, true, 5, 2},
        {{Unit::nodes, 9}, false, 5, 5},
        {{Unit::nodes, 0}, false, 5, 0},
        {{Unit::percent, 50}, false, 5, 2},
        {{Unit::percent, 50}, false, 1, 0},
        {{Unit::percent, 100}, false, 1, 1},
        {{Unit::percent, 10}, false, 5, 0},
    };

    for (const Case& each : cases) {
        EXPECT_EQ(each.max_ejected.of(each.nodes, each.strict), each.ejected)
            << static_cast<int>(each.max_ejected.unit) << ' ' << each.max_ejected.amount << " of "
            << each.nodes;
    }
}

}  // namespace
}  // namespace ringside::routing
