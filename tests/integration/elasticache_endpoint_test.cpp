// Endpoints that are no configuration endpoint as it should be: real memcacheds, TLS.
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

ProxyOptions discovering(const std::string& endpoint, std::uint16_t port) {
    return {.pools = fmt::format(
                "pool:\n"
                "  listen: 127.0.0.1:{}\n"
                "  discovery:\n"
                "    elasticache: {{endpoint: \"{}\", interval: 100ms, timeout: 10s}}\n",
                port, endpoint)};
}

TEST(ElastiCacheEndpoint, a_memcached_that_knows_no_list_is_the_only_node) {
    MemcachedNode node;
    const std::uint16_t port = free_port();

    Proxy proxy(discovering(node.address(), port));

    Client client(port);
    EXPECT_EQ(client.ask("set key 0 0 5\r\nvalue\r\n", "\r\n"), "STORED\r\n");
    EXPECT_EQ(node.client().ask("get key\r\n", "END\r\n"), "VALUE key 0 5\r\nvalue\r\nEND\r\n");
    proxy.process().wait_for_text(node.address() + " knows no \"config\" command");
    EXPECT_THAT(proxy.ringctl({"discovery", "pool"}).output, HasSubstr("it is the only node"));
    const Outcome discovered =
        run({program("ringside"), "-c", proxy.config_path(), "--discover", "pool"});
    EXPECT_EQ(discovered.exit_code, 0) << discovered.errors;
    EXPECT_THAT(discovered.output, HasSubstr("it is the only node"));
}

}  // namespace
}  // namespace ringside::testing
