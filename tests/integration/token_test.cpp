// Who may ask the admin API of a running proxy: the token in a file, and the names in a Host.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Token : public ::testing::Test {
  protected:
    // The status that curl gets.
    std::string ask(std::string_view target, std::vector<std::string> more = {}) const {
        return curl(proxy_.admin_port(), target, std::move(more));
    }
    static std::string curl(std::uint16_t port, std::string_view target,
                            std::vector<std::string> more) {
        std::vector<std::string> words{"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"};
        words.insert(words.end(), more.begin(), more.end());
        words.push_back(fmt::format("http://127.0.0.1:{}{}", port, target));
        return run(std::move(words)).output;
    }
    static std::vector<std::string> shows(std::string_view token) {
        return {"-H", fmt::format("Authorization: Bearer {}", token)};
    }

    const TemporaryDirectory directory_;
    const std::string file_ = directory_.write("token", "first-token\n");
    std::vector<MemcachedNode> nodes_{2};
    Proxy proxy_{{.pools = pool_before(nodes_, free_port()),
                  .settings = fmt::format("  workers: 1\n  admin_token_file: {}\n"
                                          "  admin_hosts: [ringside.prod.svc]\n",
                                          file_)}};
};

TEST_F(Token, is_asked_for_by_everything_but_probes_metrics_and_the_page) {
    for (const char* open : {"/livez", "/readyz", "/healthz", "/metrics", "/"}) {
        EXPECT_EQ(ask(open), "200") << open;
    }
    for (const char* closed : {"/pools", "/config", "/stats", "/openapi.json", "/events", "/x"}) {
        EXPECT_EQ(ask(closed), "401") << closed;
        EXPECT_EQ(ask(closed, shows("wrong")), "401") << closed;
    }
    EXPECT_EQ(ask("/pools", shows("first-token")), "200");
    EXPECT_EQ(curl(proxy_.stats_port(), "/stats", {}), "200");

    const HttpAnswer refused = proxy_.post("/pools/pool/nodes/node-0/eject");
    EXPECT_EQ(refused.status, 401);
    EXPECT_THAT(refused.head, HasSubstr("WWW-Authenticate: Bearer"));
    EXPECT_THAT(refused.head, HasSubstr("Content-Type: application/problem+json"));
    EXPECT_EQ(Json::parse(refused.body).at("code"), "unauthorized");
    EXPECT_THAT(proxy_.get("/healthz?verbose").body, Not(HasSubstr("ejected")));
    proxy_.process().wait_for_text(
        "admin: POST /pools/pool/nodes/node-0/eject: 401, asked by 127.0.0.1:");
    EXPECT_THAT(proxy_.process().errors(), Not(HasSubstr("first-token")));
}

TEST_F(Token, another_one_in_the_file_holds_at_once_and_without_the_file_the_last_one) {
    // As Kubernetes does: another file gets the name.
    std::filesystem::rename(directory_.write("next", "second-token"), file_);
    EXPECT_EQ(ask("/pools", shows("first-token")), "401");
    EXPECT_EQ(ask("/pools", shows("second-token")), "200");

    std::filesystem::remove(file_);
    EXPECT_EQ(ask("/pools", shows("second-token")), "200");
    EXPECT_EQ(ask("/pools"), "401");
    proxy_.process().wait_for_text("the token that was there before stays in force");
}

TEST_F(Token, a_file_without_one_stops_a_start_and_changes_nothing_at_a_reload) {
    const std::string empty = directory_.write("empty", "\n");
    const std::string config = directory_.write(
        "bad.yml", fmt::format("ringside:\n  admin: 127.0.0.1:{}\n  stats: off\n"
                               "  admin_token_file: {}\n{}",
                               free_port(), empty, pool_before(nodes_, free_port())));

    const Outcome start = run({program("ringside"), "-c", config});
    std::filesystem::copy_file(empty, file_, std::filesystem::copy_options::overwrite_existing);
    const std::string reload =
        ask("/config/reload", {"-X", "POST", "-H", "Authorization: Bearer first-token"});

    EXPECT_NE(start.exit_code, 0);
    EXPECT_THAT(start.errors, HasSubstr("bad.yml:4:21: ringside.admin_token_file: " + empty +
                                        ": holds no token"));
    EXPECT_EQ(reload, "409");
    EXPECT_EQ(ask("/pools", shows("first-token")), "200");
}

TEST_F(Token, a_host_is_an_ip_a_local_name_or_one_that_is_configured) {
    const auto status = [this](std::string_view host) {
        std::vector<std::string> words = shows("first-token");
        words.insert(words.end(), {"-H", fmt::format("Host: {}", host)});
        return ask("/pools", std::move(words));
    };

    EXPECT_EQ(status("ringside.prod.svc"), "200");
    EXPECT_EQ(status("Ringside.Prod.SVC.:8080"), "200");
    EXPECT_EQ(status("localhost"), "200");
    EXPECT_EQ(status("ringside.evil.svc"), "421");
}

}  // namespace
}  // namespace ringside::testing
