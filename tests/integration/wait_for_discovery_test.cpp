// `wait_for_discovery`: a pool has its address from the start, and listens when it has nodes; what
// clients are told else. The nodes are in DNS, and its real nameserver comes late.
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class WaitForDiscovery : public ::testing::Test {
  protected:
    std::string pool(std::string_view more, std::string_view name = "pool") const {
        return fmt::format(
            "{}:\n  listen: 127.0.0.1:{}\n  timeout: 5000\n"
            "  discovery:\n    dns: {{name: \"cache.test.:{}\", ttl_min: 100ms, ttl_max: 200ms, "
            "timeout: 200ms}}\n{}",
            name, port_, node_.port(), more);
    }
    ProxyOptions options(std::string pools) const {
        return {.pools = std::move(pools),
                .settings = fmt::format("  workers: 2\n  nameservers: 127.0.0.1:{}\n", names_port_),
                .wait_until_ready = false};
    }
    void start_names() {
        names_ = std::make_unique<NameServer>(
            names_port_, std::vector<std::string>{"--host-record=cache.test,127.0.0.1,1"});
    }
    static void wait_until_it_has_failed(Proxy& proxy) {
        proxy.wait_until(
            [&proxy] {
                return proxy.get("/pools/pool").body.find("\"last_failure\": null") ==
                       std::string::npos;
            },
            "a failure of the source");
    }
    static void wait_until_ready(Proxy& proxy) {
        proxy.wait_until([&proxy] { return proxy.get("/readyz").status == 200; }, "readiness");
    }

    const MemcachedNode node_;
    const std::uint16_t names_port_ = free_port();
    const std::uint16_t port_ = free_port();  // of the pool
    std::unique_ptr<NameServer> names_;
};

TEST_F(WaitForDiscovery, connections_are_refused_until_there_are_nodes) {
    Proxy proxy(options(pool("  wait_for_discovery: true\n")));
    wait_until_it_has_failed(proxy);

    EXPECT_FALSE(accepts(port_));
    const HttpAnswer before = proxy.get("/readyz");
    EXPECT_EQ(before.status, 503U);
    EXPECT_THAT(before.body, StartsWith("[-]pool pool: no answer yet from dns cache.test."));

    start_names();
    wait_until_ready(proxy);

    EXPECT_EQ(Client(port_).ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");
    EXPECT_THAT(proxy.process().errors(),
                AllOf(HasSubstr("waits for its first nodes before it listens on 127.0.0.1:"),
                      HasSubstr("pool pool: has its first nodes, and listens on 127.0.0.1:")));
}

TEST_F(WaitForDiscovery, a_pool_that_has_lost_its_nodes_goes_on_listening) {
    start_names();
    Proxy proxy(options(pool("  wait_for_discovery: true\n  hold: 1s\n")));
    wait_until_ready(proxy);

    names_ = nullptr;
    names_ = std::make_unique<NameServer>(names_port_, std::vector<std::string>{});
    proxy.wait_for_body("/pools/pool", "\"state\": \"empty\"");

    EXPECT_THAT(Client(port_).ask("get k\r\n", "\r\n"),
                StartsWith("SERVER_ERROR pool pool has no nodes: dns cache.test."));
    EXPECT_EQ(proxy.get("/readyz").status, 200U) << "for good";
}

TEST_F(WaitForDiscovery, an_address_in_use_is_an_error_at_the_start) {
    Proxy proxy(options(pool("  wait_for_discovery: true\n")));
    const TemporaryDirectory directory;
    const std::string file =
        directory.write("second.yml", "ringside: {admin: 127.0.0.1:1, stats: off}\n" +
                                          pool("  wait_for_discovery: true\n"));

    const Outcome second = run({program("ringside"), "-c", file});

    EXPECT_NE(second.exit_code, 0);
    EXPECT_THAT(second.errors,
                HasSubstr(fmt::format("pool pool: cannot listen on 127.0.0.1:{}: bind: Address "
                                      "already in use",
                                      port_)));
}

TEST_F(WaitForDiscovery, it_can_be_switched_off_and_a_pool_be_added_while_the_process_runs) {
    const std::string other = fmt::format(
        "other: {{listen: 127.0.0.1:{}, servers: [127.0.0.1:{}:1]}}\n", free_port(), node_.port());
    Proxy proxy(options(other));
    wait_until_ready(proxy);

    proxy.reload(other + pool("  wait_for_discovery: true\n"));
    EXPECT_FALSE(accepts(port_));
    EXPECT_EQ(proxy.get("/readyz").status, 200U) << "for the other pool";

    proxy.reload(other + pool("  wait_for_discovery: false\n"));
    EXPECT_TRUE(accepts(port_));
    proxy.reload(other + pool("  wait_for_discovery: true\n"));
    EXPECT_TRUE(accepts(port_)) << "what listens goes on";
}

TEST_F(WaitForDiscovery, without_it_requests_are_told_which_pool_has_no_nodes_and_why) {
    Proxy proxy(options(pool("")));
    Client client(port_);

    std::string answer;
    proxy.wait_until(
        [&] {
            answer = client.ask("get k\r\n", "\r\n");
            return answer.find('(') != std::string::npos;
        },
        "the source's error");

    EXPECT_THAT(answer, StartsWith(fmt::format("SERVER_ERROR pool pool has no nodes yet: no answer "
                                               "from dns cache.test.:{} (",
                                               node_.port())));
    EXPECT_LT(answer.size(), 300U);

    start_names();
    wait_until_ready(proxy);
    EXPECT_EQ(client.ask("get k\r\n", "\r\n"), "END\r\n");
}

TEST_F(WaitForDiscovery, a_unix_socket_is_there_and_refuses) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("pool.sock");
    std::string at_path = pool("  wait_for_discovery: true\n");
    const std::string listen = fmt::format("127.0.0.1:{}", port_);
    at_path.replace(at_path.find(listen), listen.size(), path);
    Proxy proxy(options(at_path));

    EXPECT_TRUE(std::filesystem::exists(path));
    EXPECT_FALSE(accepts(path));

    start_names();
    wait_until_ready(proxy);
    EXPECT_EQ(Client(path).ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");
}

}  // namespace
}  // namespace ringside::testing
