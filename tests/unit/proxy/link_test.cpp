#include "proxy/link.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

namespace ringside::proxy {
namespace {

TEST(LinkPhases, lead_onwards_only) {
    constexpr std::array kInOrder{LinkPhase::connecting, LinkPhase::prelude, LinkPhase::ready};

    for (std::size_t from = 0; from < kInOrder.size(); ++from) {
        for (std::size_t to = 0; to < kInOrder.size(); ++to) {
            EXPECT_EQ(may_follow(kInOrder[from], kInOrder[to]), from < to) << from << " to " << to;
        }
    }
}

TEST(Link, is_connected_before_it_is_ready) {
    Link link;
    EXPECT_FALSE(link.is_connected());

    link.become(LinkPhase::prelude);
    EXPECT_TRUE(link.is_connected());
    EXPECT_FALSE(link.is_ready());
    link.become(LinkPhase::ready);
    EXPECT_TRUE(link.is_connected());
    EXPECT_TRUE(link.is_ready());
}

TEST(Link, may_be_retired_in_any_phase) {
    Link link;
    EXPECT_FALSE(link.is_retired());

    link.retire();
    link.become(LinkPhase::ready);

    EXPECT_TRUE(link.is_retired());
}

}  // namespace
}  // namespace ringside::proxy
