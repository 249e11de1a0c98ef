// memcached closes connections that have been idle for a while. twemproxy takes that for a failure
// of the node and ejects healthy nodes at night.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace ringside::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MemcachedIdle, a_node_that_closes_idle_connections_has_not_failed) {
    std::array<MemcachedNode, 1> nodes{MemcachedNode({"-o", "idle_timeout=1"})};
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port,
                                      {"auto_eject_hosts: true", "server_failure_limit: 1",
                                       "server_retry_timeout: 1h"})});
    Client client(port);
    ASSERT_EQ(client.ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");

    proxy.wait_for_body("/stats", "\"server_connections\":0");

    EXPECT_THAT(nodes[0].client().ask("stats\r\n", "END\r\n"),
                ContainsRegex("STAT idle_kicks [1-9]"));
    EXPECT_EQ(client.ask("get k\r\n", "END\r\n"), "VALUE k 0 1\r\nv\r\nEND\r\n");
    const std::string stats = proxy.get("/stats").body;
    EXPECT_THAT(stats, HasSubstr("\"server_ejects\":0"));
    EXPECT_THAT(stats, HasSubstr("\"forward_error\":0"));
    EXPECT_THAT(stats, HasSubstr("\"server_err\":0"));
    EXPECT_THAT(proxy.process().errors(), Not(HasSubstr("lost")));
}

}  // namespace
}  // namespace ringside::testing
