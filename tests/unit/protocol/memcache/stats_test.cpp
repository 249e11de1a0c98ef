#include "protocol/memcache/stats.h"

#include "base/limits.h"
#include "protocol/memcache/commands.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string merged(const std::vector<PartReply>& parts) {
    MemcacheRow stats{};
    stats.merge = Merge::stats;
    base::ByteBuffer out;
    merge_stats({.command = stats,
                 .expectation = {},
                 .owners = {},
                 .parts = parts,
                 .facts = {.version = "0.1.0",
                           .pool = "alpha",
                           .pid = 42,
                           .workers = 2,
                           .unix_time = base::seconds(1000),
                           .uptime = base::seconds(7),
                           .nodes = 3,
                           .nodes_in_ring = 2,
                           .client_connections = 4,
                           .requests = 5,
                           .rejected = 6,
                           .forward_errors = 8}},
                out);
    return std::string(out.view());
}

TEST(MemcacheStats, numbers_are_added_and_the_proxy_speaks_for_itself) {
    const std::string answer =
        merged({{"STAT pid 1\r\nSTAT uptime 9\r\nSTAT time 9\r\nSTAT version 1.6.18\r\n"
                 "STAT cmd_get 10\r\nEND\r\n"},
                {"STAT pid 2\r\nSTAT uptime 8\r\nSTAT time 9\r\nSTAT version 1.6.9\r\n"
                 "STAT cmd_get 5\r\nEND\r\n"}});

    EXPECT_EQ(answer,
              "STAT pid 42\r\nSTAT uptime 7\r\nSTAT time 1000\r\n"
              "STAT version 1.6.18\r\nSTAT cmd_get 15\r\n"
              "STAT ringside_version 0.1.0\r\nSTAT ringside_pool alpha\r\n"
              "STAT ringside_workers 2\r\nSTAT ringside_nodes 3\r\n"
              "STAT ringside_nodes_in_ring 2\r\nSTAT ringside_nodes_failed 0\r\n"
              "STAT ringside_client_connections 4\r\nSTAT ringside_requests 5\r\n"
              "STAT ringside_rejected 6\r\nSTAT ringside_forward_errors 8\r\nEND\r\n");
}

TEST(MemcacheStats, a_node_that_fails_is_counted_and_the_others_are_still_added) {
    const std::string answer = merged({{"STAT cmd_get 10\r\nEND\r\n"},
                                       {"SERVER_ERROR Connection refused: node b\r\n", true},
                                       {"SERVER_ERROR out of memory writing stats\r\n"},
                                       {"STAT cmd_get 1\r\nEND\r\n"}});

    EXPECT_THAT(answer, HasSubstr("STAT cmd_get 11\r\n"));
    EXPECT_THAT(answer, HasSubstr("STAT ringside_nodes_failed 2\r\n"));
}

TEST(MemcacheStats, without_any_node_there_are_the_rows_of_the_proxy) {
    const std::string answer = merged({{"SERVER_ERROR lost\r\n", true}});

    EXPECT_THAT(answer, StartsWith("STAT pid 42\r\n"));
    EXPECT_THAT(answer, HasSubstr("STAT ringside_nodes_failed 1\r\n"));
}

TEST(MemcacheStats, seconds_are_added_with_their_millionths) {
    const std::string answer = merged(
        {{"STAT rusage_user 0.600001\r\nEND\r\n"}, {"STAT rusage_user 1.400009\r\nEND\r\n"}});

    EXPECT_THAT(answer, HasSubstr("STAT rusage_user 2.000010\r\n"));
}

TEST(MemcacheStats, some_rows_are_not_added) {
    const std::string answer =
        merged({{"STAT pointer_size 64\r\nSTAT threads 4\r\nSTAT hash_power_level 16\r\n"
                 "STAT accepting_conns 1\r\nSTAT libevent 2.1.12-stable\r\nEND\r\n"},
                {"STAT pointer_size 64\r\nSTAT threads 8\r\nSTAT hash_power_level 17\r\n"
                 "STAT accepting_conns 0\r\nSTAT libevent 2.0\r\nEND\r\n"}});

    EXPECT_THAT(answer,
                HasSubstr("STAT pointer_size 64\r\nSTAT threads 8\r\nSTAT hash_power_level 17\r\n"
                          "STAT accepting_conns 0\r\nSTAT libevent 2.1.12-stable\r\n"));
}

TEST(MemcacheStats, nodes_of_different_versions_may_have_different_rows) {
    const std::string answer = merged({{"STAT a 1\r\nSTAT b 2\r\nSTAT c 3\r\nEND\r\n"},
                                       {"STAT c 30\r\nSTAT new 5\r\nSTAT a 10\r\nEND\r\n"},
                                       {"STAT a soon\r\nSTAT b 1.5\r\nEND\r\n"}});

    EXPECT_THAT(answer, HasSubstr("STAT a 11\r\nSTAT b 2\r\nSTAT c 33\r\nSTAT new 5\r\n"));
}

TEST(MemcacheStats, rows_above_the_limit_are_left_out) {
    std::string many;
    for (std::size_t i = 0; i <= base::kStatsRowsMax; ++i) {
        many += fmt::format("STAT row{} 1\r\n", i);
    }
    many += "END\r\n";

    const std::string answer = merged({{many}, {many}});

    EXPECT_THAT(answer, HasSubstr(fmt::format("STAT row{} 2\r\n", base::kStatsRowsMax - 1)));
    EXPECT_THAT(answer, Not(HasSubstr(fmt::format("STAT row{} ", base::kStatsRowsMax))));
    EXPECT_THAT(answer, HasSubstr("STAT ringside_nodes_failed 0\r\n"));
}

}  // namespace
}  // namespace ringside::protocol
