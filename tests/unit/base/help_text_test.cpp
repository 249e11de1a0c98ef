#include "base/help_text.h"

#include <gtest/gtest.h>

namespace ringside::base {
namespace {

TEST(HelpText, lines_are_indented_whether_the_last_one_has_an_end_or_not) {
    EXPECT_EQ(indented(""), "");
    EXPECT_EQ(indented("a\nb"), "  a\n  b\n");
    EXPECT_EQ(indented("a\n\nb\n"), "  a\n  \n  b\n");
}

TEST(HelpText, a_bar_does_not_end_the_cell) {
    EXPECT_EQ(table_cell("table|wide"), "table\\|wide");
    EXPECT_EQ(table_cell(""), "");
}

}  // namespace
}  // namespace ringside::base
