// The ring page in a real browser, on running proxies. What is looked at stands in
// tests/page/scenarios; here is what they look at.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"
#include "support/checkout.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> scenario(std::string_view name, std::uint16_t admin_port) {
    return {"node", checkout::path("tests/page/run.mjs"), std::string(name),
            fmt::format("http://127.0.0.1:{}", admin_port)};
}

void expect_passes(std::string_view name, const Proxy& proxy) {
    constexpr base::seconds kLongest{110};
    const TemporaryDirectory profile;
    Process browser(scenario(name, proxy.admin_port()), {"TMPDIR=" + profile.path()});
    EXPECT_EQ(browser.wait_for_exit(kLongest), 0) << browser.output() << browser.errors();
}

std::string request(std::string_view method, std::string_view accept) {
    return fmt::format(
        "{} / HTTP/1.1\r\nHost: localhost\r\nAccept: {}\r\nConnection: close\r\n\r\n", method,
        accept);
}

class RingPage : public ::testing::Test {
  protected:
    std::vector<MemcachedNode> nodes_{3};
    std::uint16_t port_ = free_port();
};

TEST_F(RingPage, asks_for_the_token_and_keeps_it_as_long_as_the_tab) {
    const TemporaryDirectory directory;
    const std::string token = directory.write("token", "s3cret\n");
    Proxy proxy({.pools = pool_before(nodes_, port_),
                 .settings = fmt::format("  workers: 1\n  admin_token_file: {}\n", token)});

    expect_passes("token", proxy);
}

TEST_F(RingPage, is_for_who_prefers_html_and_programs_get_json) {
    Proxy proxy({.pools = pool_before(nodes_, port_)});
    const auto ask = [&proxy](std::string_view method, std::string_view accept) {
        Client client(proxy.admin_port());
        client.send(request(method, accept));
        return client.read_to_end();
    };

    const std::string page = ask("GET", "text/html,application/xhtml+xml,*/*;q=0.8");
    const std::string head = ask("HEAD", "text/html");

    EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_THAT(page, HasSubstr("frame-ancestors 'none'\r\n"));
    EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer\r\n"));
    EXPECT_THAT(page, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
    EXPECT_THAT(page, HasSubstr("Vary: Accept\r\n"));
    EXPECT_THAT(page, HasSubstr("<!doctype html>"));
    EXPECT_THAT(head, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
    for (const char* accept : {"*/*", "application/json", "application/json, text/html;q=0.9"}) {
        EXPECT_THAT(ask("GET", accept), HasSubstr("\"routes\": [")) << accept;
    }
}

TEST_F(RingPage, draws_the_ring_and_shows_where_keys_live) {
    PoolText pool{.name = "pool", .listen = fmt::format("127.0.0.1:{}", port_)};
    pool.servers = {server_line(nodes_[0].address(), 1, "node-0"),
                    server_line(nodes_[1].address(), 1, "<img/src=x/onerror=document.title=1>"),
                    server_line(nodes_[2].address(), 1, "node-2")};
    PoolText other{.name = "other", .listen = fmt::format("127.0.0.1:{}", free_port())};
    other.servers = {server_line(nodes_[0].address())};
    Proxy proxy({.pools = to_yaml(pool) + to_yaml(other)});

    expect_passes("ring", proxy);
}

TEST_F(RingPage, ejects_and_restores_and_tells_what_would_move) {
    Proxy proxy({.pools = pool_before(nodes_, port_)});

    expect_passes("steer", proxy);
}

TEST_F(RingPage, is_there_for_everybody) {
    PoolText many{.name = "wide", .listen = fmt::format("127.0.0.1:{}", free_port())};
    for (std::size_t i = 0; i < 20; ++i) {  // more than there are colours
        many.servers.push_back(server_line(nodes_[i % 3].address(), 1, fmt::format("many-{}", i)));
    }
    Proxy proxy({.pools = pool_before(nodes_, port_) + to_yaml(many)});

    expect_passes("access", proxy);
}

TEST_F(RingPage, keeps_up_with_two_hundred_nodes_that_change_every_second) {
    PoolText pool{.name = "pool", .listen = fmt::format("127.0.0.1:{}", port_)};
    for (int i = 0; i < 200; ++i) {
        // Each name is a node of its own; the programs behind them are three.
        pool.servers.push_back(server_line(nodes_[static_cast<std::size_t>(i) % 3].address(), 1,
                                           fmt::format("cache-{:03}", i)));
    }
    Proxy proxy({.pools = to_yaml(pool)});

    expect_passes("many", proxy);
}

// Not a Proxy of the harness: this one dies and comes back at the same address.
TEST_F(RingPage, says_that_the_proxy_is_gone_and_recovers_by_itself) {
    const TemporaryDirectory directory;
    const std::uint16_t admin = free_port();
    const std::string config = directory.write(
        "ringside.yml", fmt::format("ringside: {{admin: 127.0.0.1:{}, stats: 127.0.0.1:{}, "
                                    "workers: 1}}\n{}",
                                    admin, free_port(), pool_before(nodes_, port_)));
    std::optional<Process> proxy;
    const auto begin = [&] {
        proxy.emplace(std::vector<std::string>{program("ringside"), "-c", config});
        proxy->wait_until([admin] { return accepts(admin); }, "the admin API");
    };
    begin();

    Process browser(scenario("outage", admin), {"TMPDIR=" + directory.path()});
    browser.wait_for_text("please kill it");
    proxy->signal(SIGKILL);
    proxy->wait_for_exit();
    browser.wait_for_text("please start it");
    begin();
    browser.wait_for_text("please stop it");
    proxy->signal(SIGSTOP);
    browser.wait_for_text("please continue it");
    proxy->signal(SIGCONT);

    EXPECT_EQ(browser.wait_for_exit(), 0) << browser.errors();
}

}  // namespace
}  // namespace ringside::testing
