#include "base/log_level.h"

#include <gtest/gtest.h>

namespace ringside::base {
namespace {

TEST(LogLevelName, each_is_read_as_it_is_written) {
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
        EXPECT_EQ(parse_log_level(to_string(level)), level);
        EXPECT_EQ(level_of_verbosity(verbosity_of(level)), level);
    }
    EXPECT_EQ(parse_log_level("all"), std::nullopt);
    EXPECT_EQ(parse_log_level(""), std::nullopt);
}

TEST(LogLevelName, the_number_is_the_lowest_of_its_level) {
    EXPECT_EQ(verbosity_of(LogLevel::error), 0U);
    EXPECT_EQ(verbosity_of(LogLevel::warn), 4U);
    EXPECT_EQ(verbosity_of(LogLevel::info), 5U);
    EXPECT_EQ(verbosity_of(LogLevel::debug), 7U);
}

}  // namespace
}  // namespace ringside::base
