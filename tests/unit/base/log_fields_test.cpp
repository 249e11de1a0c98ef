#include "base/log_fields.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace ringside::base {
namespace {

TEST(LogFields, those_that_are_empty_are_left_out) {
    EXPECT_EQ(json_members({.event = LogEvent::node_lost, .pool = "alpha", .cause = "a \"b\""}),
              R"(,"event":"node_lost","pool":"alpha","cause":"a \"b\"")");
    EXPECT_EQ(json_members({LogEvent::stopped}), R"(,"event":"stopped")");
}

TEST(LogFields, events_have_names_and_words_of_their_own) {
    std::set<std::string_view> names;
    for (const LogEventRow& row : log_events()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.help.empty()) << row.name;
    }
    EXPECT_EQ(to_string(LogEvent::failed), "failed");  // the last row
}

}  // namespace
}  // namespace ringside::base
