// What containers without a shell ask of the proxy beside them: healthcheck, drain --wait.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;

class AskRunning : public ::testing::Test {
  protected:
    Outcome ringside(std::vector<std::string> words) const {
        words.insert(words.begin(), program("ringside"));
        words.insert(words.end(), {"-c", proxy_.config_path()});
        return run(words);
    }

    std::vector<MemcachedNode> nodes_{1};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_)}};
};

TEST_F(AskRunning, says_that_the_proxy_lives_and_is_ready) {
    EXPECT_EQ(ringside({"healthcheck"}).exit_code, 0);
    EXPECT_EQ(ringside({"healthcheck"}).output, "ok\n");
    EXPECT_EQ(ringside({"healthcheck", "--ready"}).exit_code, 0);

    proxy_.process().stop();

    const Outcome gone = ringside({"healthcheck"});
    EXPECT_EQ(gone.exit_code, 1);
    EXPECT_THAT(gone.errors, HasSubstr("refused"));
}

TEST_F(AskRunning, a_file_that_is_wrong_by_now_says_nothing_of_the_proxy_that_runs) {
    proxy_.write_config("nonsense\n");

    const Outcome asked =
        ringside({"healthcheck", "--admin", "127.0.0.1:" + std::to_string(proxy_.admin_port())});

    EXPECT_EQ(asked.exit_code, 0) << asked.errors;
}

TEST_F(AskRunning, waits_until_the_clients_have_gone_and_closes_none) {
    auto client = std::make_unique<Client>(port_);
    client->ask("get a\r\n", "END\r\n");

    const Outcome early = ringside({"drain", "--wait", "--wait-max", "1s"});
    EXPECT_EQ(early.exit_code, 1);
    EXPECT_THAT(early.errors, HasSubstr("1 clients are there"));
    client->ask("get a\r\n", "END\r\n");

    client.reset();
    const Outcome late = ringside({"drain", "--wait", "--wait-max", "20s"});
    EXPECT_EQ(late.exit_code, 0) << late.errors;
    EXPECT_THAT(late.output, HasSubstr("no clients after"));
}

TEST_F(AskRunning, whoever_wants_more_than_to_wait_is_told_who_does_it) {
    const Outcome asked = ringside({"drain"});

    EXPECT_EQ(asked.exit_code, 1);
    EXPECT_THAT(asked.errors, HasSubstr("ringctl drain-clients"));
}

TEST(AskRunningWithAToken, shows_it_from_the_file_that_is_named) {
    const TemporaryDirectory directory;
    const std::string token = directory.write("token", "s3cret\n");
    const std::vector<MemcachedNode> nodes(1);
    const Proxy proxy({.pools = pool_before(nodes, free_port()),
                       .settings = "  workers: 1\n  admin_token_file: " + token + "\n"});
    const auto drain = [&proxy](std::vector<std::string> more) {
        more.insert(more.begin(), {program("ringside"), "drain", "--wait", "--wait-max", "20s"});
        more.insert(more.end(), {"--admin", "127.0.0.1:" + std::to_string(proxy.admin_port())});
        return run(more);
    };

    EXPECT_EQ(drain({"-c", proxy.config_path()}).exit_code, 0);
    EXPECT_EQ(drain({"-c", "/nowhere", "--admin-token-file", token}).exit_code, 0);
    const Outcome without = drain({"-c", "/nowhere"});
    EXPECT_EQ(without.exit_code, 1);
    EXPECT_THAT(without.errors, HasSubstr("401"));
    EXPECT_EQ(run({program("ringside"), "healthcheck", "-c", proxy.config_path()}).exit_code, 0);
}

}  // namespace
}  // namespace ringside::testing
