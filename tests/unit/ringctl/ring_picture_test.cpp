#include "ringctl/ring_picture.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace ringside::ctl {
namespace {

using Owners = std::vector<std::size_t>;
constexpr std::uint32_t kQuarter = 1U << 30;

TEST(RingPicture, a_part_shows_who_owns_the_most_of_it) {
    // 0 owns the first half but a little, 1 the third quarter, and 0 what is above the last point.
    const std::vector<Arc> arcs{
        {10, 1}, {2 * kQuarter - 1, 0}, {3 * kQuarter - 1, 1}, {3 * kQuarter, 0}};

    EXPECT_EQ(owners_of_parts(arcs, 4), (Owners{0, 0, 1, 1}));  // above the last: the first's owner
}

TEST(RingPicture, one_point_owns_everything) {
    EXPECT_EQ(owners_of_parts(std::vector<Arc>{{7, 3}}, 3), (Owners{3, 3, 3}));
    EXPECT_EQ(owners_of_parts(std::vector<Arc>{{UINT32_MAX, 3}}, 2), (Owners{3, 3}));
}

}  // namespace
}  // namespace ringside::ctl
