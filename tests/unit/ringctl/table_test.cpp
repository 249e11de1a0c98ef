#include "ringctl/table.h"

#include <gtest/gtest.h>

namespace ringside::ctl {
namespace {

Table example(const View& view) {
    Table table({"NODE", "+WEIGHT", "STATE"}, view);
    table.add({"a", "1", "in_ring"});
    table.add({"a-long\x1b[31m", "2", ""});
    return table;
}

TEST(Table, has_more_columns_if_it_may_be_wide) {
    EXPECT_EQ(example({}).text(), "NODE         STATE\na            in_ring\na-long?[31m\n");
    EXPECT_EQ(example({.format = Format::wide}).text(),
              "NODE         WEIGHT  STATE\na            1       in_ring\na-long?[31m  2\n");
}

TEST(Table, colours_do_not_move_columns) {
    EXPECT_EQ(example({.colour = true}).text(),
              "\x1b[1mNODE\x1b[0m         \x1b[1mSTATE\x1b[0m\n"
              "a            \x1b[32min_ring\x1b[0m\n"
              "a-long?[31m\n");
}

}  // namespace
}  // namespace ringside::ctl
