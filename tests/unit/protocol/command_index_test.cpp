#include "protocol/command_index.h"

#include "protocol/memcache/commands.h"
#include "protocol/redis/commands.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::protocol {
namespace {

TEST(CommandIndex, every_row_is_found_by_its_name) {
    for (const CommandSpec& command : kMemcacheCommands) {
        EXPECT_EQ(kMemcacheIndex.find(command.name), &command) << command.name;
    }
    for (const CommandSpec& command : kRedisCommands) {
        EXPECT_EQ(kRedisIndex.find(command.name), &command) << command.name;
    }
}

TEST(CommandIndex, case_matters_only_where_the_protocol_says_so) {
    EXPECT_EQ(kMemcacheIndex.find("GET"), nullptr);
    EXPECT_EQ(kRedisIndex.find("get"), kRedisIndex.find("GET"));
    EXPECT_EQ(kRedisIndex.find("gEt")->name, "GET");
}

TEST(CommandIndex, nothing_else_is_found) {
    for (const std::string_view word : {"", "g", "ge", "gett", "get ", "xget", "[ET"}) {
        EXPECT_EQ(kMemcacheIndex.find(word), nullptr) << word;
        EXPECT_EQ(kRedisIndex.find(word), nullptr) << word;
    }
    EXPECT_EQ(kRedisIndex.find(std::string(1000, 'G')), nullptr);
}

}  // namespace
}  // namespace ringside::protocol
