#include "unit/protocol/redis/session_bench.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RedisSession;

constexpr ProxyFacts kFacts{.version = "1.2.3",
                            .pool = "alpha",
                            .pid = 42,
                            .workers = 2,
                            .uptime = base::seconds(90'000),
                            .nodes = 4,
                            .nodes_in_ring = 3,
                            .client_connections = 5,
                            .requests = 100};

TEST(RedisInfo, tells_of_the_proxy_and_the_pool_in_the_names_of_redis) {
    RedisSession session{.facts = kFacts};

    const std::string all = session.ask("INFO");

    for (const std::string_view line :
         {"# Server\r\n", "redis_version:7.2.0\r\n", "ringside_version:1.2.3\r\n",
          "process_id:42\r\n", "uptime_in_seconds:90000\r\n", "uptime_in_days:1\r\n",
          "\r\n# Clients\r\nconnected_clients:5\r\n", "total_commands_processed:100\r\n",
          "pool:alpha\r\nnodes:4\r\nnodes_in_ring:3\r\n"}) {
        EXPECT_THAT(all, HasSubstr(line));
    }
    EXPECT_EQ(session.ask("INFO everything"), all);
}

TEST(RedisInfo, has_sections) {
    RedisSession session{.facts = kFacts};

    EXPECT_EQ(session.ask("INFO clients"), "$32\r\n# Clients\r\nconnected_clients:5\r\n\r\n");
    EXPECT_EQ(session.ask("INFO keyspace"), "$0\r\n\r\n");
    EXPECT_THAT(session.ask("INFO pool Clients"), HasSubstr("connected_clients"));
    EXPECT_THAT(session.ask("INFO pool Clients"), Not(HasSubstr("redis_version")));
}

TEST(RedisInfo, is_verbatim_text_in_resp3) {
    RedisSession session{.client = {.dialect = Dialect::resp3}, .facts = kFacts};

    EXPECT_EQ(session.ask("INFO clients"), "=36\r\ntxt:# Clients\r\nconnected_clients:5\r\n\r\n");
}

}  // namespace
}  // namespace ringside::protocol
