#include "config/difference.h"

#include "config/load.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::config {
namespace {

std::string pool(const std::string& name, int port, const std::string& more = {}) {
    return name + ": {listen: '127.0.0.1:" + std::to_string(port) + "', servers: ['b:1:1']" + more +
           "}\n";
}

std::string changes(const std::string& before, const std::string& after) {
    const auto old_config = load_text(before, "f.yml");
    const auto new_config = load_text(after, "f.yml");
    return old_config && new_config ? describe_changes(*old_config, *new_config) : "not loaded";
}

TEST(Difference, says_which_pools_are_new_gone_and_changed) {
    const std::string before = pool("a", 1) + pool("b", 2) + pool("c", 3);

    EXPECT_EQ(changes(before, before + pool("d", 4)), "1 pool added (d)");
    EXPECT_EQ(changes(before, pool("b", 2)), "2 pools removed (a, c)");
    EXPECT_EQ(changes(before, pool("a", 1, ", timeout: 5") + pool("b", 9) + pool("d", 4)),
              "1 pool added (d), 1 removed (c), 2 changed (a, b)");
}

TEST(Difference, other_lines_and_comments_change_nothing) {
    EXPECT_EQ(changes(pool("a", 1), "# new\n\n" + pool("a", 1)), "no pool has changed");
}

TEST(Difference, counts_what_would_be_a_long_list) {
    std::string after = pool("a", 1);
    for (int i = 0; i < 10; ++i) {
        after += pool("p" + std::to_string(i), 10 + i);
    }

    EXPECT_EQ(changes(pool("a", 1), after), "10 pools added (p0, p1, p2, p3, p4, p5, p6, p7, ...)");
}

}  // namespace
}  // namespace ringside::config
