#include "app/client_count.h"

#include <gtest/gtest.h>

namespace ringside::app {
namespace {

TEST(ClientCounts, are_kept_for_a_pool_until_it_is_forgotten_and_its_last_client_has_left) {
    ClientCounts counts;
    counts[1].add();
    counts[2].add();
    counts[2].remove();
    counts[3].add();

    counts.forget(1);
    counts.forget(2);
    EXPECT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts[1].value(), 1U);

    counts[1].remove();
    counts.forget(4);
    EXPECT_EQ(counts.size(), 1U);
    EXPECT_EQ(counts[3].value(), 1U);
}

}  // namespace
}  // namespace ringside::app
