#include "inject/quantity.h"

#include <gtest/gtest.h>

namespace ringside::inject {
namespace {

TEST(Quantity, units_are_those_of_kubernetes) {
    EXPECT_DOUBLE_EQ(*parse_quantity("1"), 1);
    EXPECT_DOUBLE_EQ(*parse_quantity("0.5"), 0.5);
    EXPECT_DOUBLE_EQ(*parse_quantity("100m"), 0.1);
    EXPECT_DOUBLE_EQ(*parse_quantity("2k"), 2000);
    EXPECT_DOUBLE_EQ(*parse_quantity("128Mi"), 128.0 * 1024 * 1024);
    EXPECT_DOUBLE_EQ(*parse_quantity("1Gi"), 1024.0 * 1024 * 1024);
    EXPECT_DOUBLE_EQ(*parse_quantity("1G"), 1e9);
}

TEST(Quantity, anything_else_is_none) {
    for (const char* text : {"", "0", "-1", "+1", "1.", ".5", "1.2.3", "m", "1 Mi", "1MiB", "1mi",
                             "1K", "1e3", "0x1", "1,5", "99999999999999999999999999"}) {
        EXPECT_FALSE(parse_quantity(text)) << text;
    }
}

}  // namespace
}  // namespace ringside::inject
