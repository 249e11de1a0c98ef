// Everything that changes something, asked for by somebody without the token, a hundred thousand
// times in all kinds of forms: nothing changes, and the proxy goes on.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

#ifdef RINGSIDE_SANITIZED
constexpr std::size_t kRequests = 5'000;
#else
constexpr std::size_t kRequests = 100'000;
#endif
constexpr std::size_t kBatch = 100;  // on their way at once

// What changes something, and what an operator would say beside it.
constexpr std::array<std::string_view, 11> kDeeds{"/pools/pool/nodes/node-0/eject",
                                                  "/pools/pool/nodes/node-1/eject",
                                                  "/pools/pool/nodes/node-0/restore",
                                                  "/pools/pool/nodes/node-0/reconnect",
                                                  "/pools/pool/reconnect",
                                                  "/pools/pool/refresh",
                                                  "/log",
                                                  "/config/reload",
                                                  "/clients/drain",
                                                  "/takeover",
                                                  "/pools/pool/locate"};
constexpr std::array<std::string_view, 8> kQueries{"",
                                                   "?for=60s",
                                                   "?force=true",
                                                   "?force=true&for=1h",
                                                   "?level=error",
                                                   "?dryRun=false",
                                                   "?pool=pool",
                                                   "?accept=older"};
constexpr std::array<std::string_view, 10> kFields{
    "",
    "Authorization: Bearer \r\n",
    "Authorization: Bearer wrong\r\n",
    "Authorization: Bearer the-right-toke\r\n",
    "Authorization: Bearer the-right-token-\r\n",
    "Authorization: Basic the-right-token\r\n",
    "Proxy-Authorization: Bearer the-right-token\r\n",
    "Cookie: Authorization=Bearer the-right-token\r\n",
    "X-Forwarded-For: 127.0.0.1\r\nX-HTTP-Method-Override: GET\r\n",
    "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"};
constexpr std::array<std::string_view, 6> kBodies{
    "", "{}", "{\"force\": true}", "{\"level\": \"error\"}", "[\"key\"]", "{\"for\": 60}"};

class Fuzz {
  public:
    explicit Fuzz(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    bool one_in(std::size_t n) { return below(n) == 0; }
    std::string_view one_of(std::span<const std::string_view> all) {
        return all[below(all.size())];
    }

    // With another letter, one more or one less in it, now and then.
    std::string mutated(std::string_view text, std::string_view letters) {
        std::string result(text);
        while (one_in(3)) {
            const std::size_t at = below(result.size() + 1);
            const char letter = letters[below(letters.size())];
            switch (below(3)) {
                case 0:
                    result.insert(at, 1, letter);
                    break;
                case 1:
                    result.replace(at, 1, 1, letter);
                    break;
                default:
                    result.erase(at, 1);
            }
        }
        return result;
    }

    // Framed as HTTP has it, so that others may follow it on the connection. Nobody shows the
    // token.
    std::string request() {
        constexpr std::string_view kPathLetters = "/._-~:@aeijnop019&=?;,+$!*()'";
        const std::string_view body = one_of(kBodies);
        std::string target =
            mutated(fmt::format("{}{}", one_of(kDeeds), one_of(kQueries)), kPathLetters);
        if (!target.starts_with('/')) {
            target.insert(0, 1, '/');
        }
        return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}{}Content-Length: {}\r\n\r\n{}",
                           one_in(20) ? "PUT" : "POST", target,
                           one_in(20) ? "evil.example" : "localhost", one_of(kFields),
                           body.empty() && one_in(2) ? "" : "Content-Type: application/json\r\n",
                           body.size(), body);
    }

    // Anything: a request of which some bytes are others.
    std::string noise() {
        std::string text = request();
        for (std::size_t i = 0; i <= below(8); ++i) {
            text[below(text.size())] = static_cast<char>(below(256));
        }
        return text;
    }

  private:
    std::mt19937 random_;
};

class Mutations : public ::testing::Test {
  protected:
    // What an operator sees who has the token.
    Json get(std::string_view target) {
        Client client(proxy_.admin_port());
        client.send(
            fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        "Authorization: Bearer the-right-token\r\n\r\n",
                        target));
        EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
        return Json::parse(client.read_to_end());
    }
    // Everything that a mutation could have changed.
    Json state() {
        const Json pool = get("/pools/pool");
        Json nodes = Json::array();
        for (const Json& node : pool.at("nodes")) {
            nodes.push_back({node.at("state"), node.at("link_epoch")});
        }
        const Json config = get("/config");
        return {pool.at("generation"),
                pool.at("snapshot_version"),
                nodes,
                config.at("generation"),
                config.at("loaded_at"),
                get("/log").at("level"),
                get("/pools/pool/history").at("changes").size()};
    }

    const TemporaryDirectory directory_;
    std::vector<MemcachedNode> nodes_{2};
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_),
                  .settings = fmt::format("  workers: 1\n  admin_token_file: {}\n",
                                          directory_.write("token", "the-right-token\n"))}};
};

TEST_F(Mutations, without_the_token_have_no_effect) {
    Client bystander(port_);
    ASSERT_EQ(bystander.ask("get k\r\n", "END\r\n"), "END\r\n");
    const Json before = state();
    Fuzz fuzz(1);
    std::size_t refused = 0;

    Client client(proxy_.admin_port());
    for (std::size_t sent = 0; sent < kRequests; sent += kBatch) {
        std::string batch;
        for (std::size_t i = 0; i < kBatch; ++i) {
            batch += fuzz.request();
        }
        client.send(batch + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const std::string answers = client.read_until("\r\n\r\nok");
        EXPECT_EQ(answers.find("HTTP/1.1 2"), answers.rfind("HTTP/1.1 2")) << "/livez alone";
        for (std::size_t at = 0; (at = answers.find("HTTP/1.1 4", at)) != std::string::npos; ++at) {
            ++refused;
        }
    }

    EXPECT_EQ(refused, kRequests);
    EXPECT_EQ(state(), before);
    EXPECT_EQ(bystander.ask("get k\r\n", "END\r\n"), "END\r\n") << "nobody was sent away";
    EXPECT_GT(get("/snapshot").at("admin").at("requests_unauthorized"), kRequests / 2);
}

TEST_F(Mutations, of_bytes_have_none_either) {
    const Json before = state();
    Fuzz fuzz(2);

    for (std::size_t i = 0; i < kRequests / 100; ++i) {
        Client client(proxy_.admin_port());
        client.send(fuzz.noise());
        client.finish_sending();
        EXPECT_EQ(client.read_to_end().find("HTTP/1.1 2"), std::string::npos);
    }

    EXPECT_EQ(state(), before);
    EXPECT_EQ(proxy_.get("/livez").body, "ok");
}

}  // namespace
}  // namespace ringside::testing
