// The manners of the admin API that HTTP clients count on, on a running proxy: its description as
// OpenAPI, judged by a validator, ETags and compressed answers, read by curl.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "support/checkout.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Manners : public ::testing::Test {
  protected:
    std::string url(std::string_view target) const {
        return fmt::format("http://127.0.0.1:{}{}", proxy_.admin_port(), target);
    }
    Outcome curl(std::vector<std::string> arguments, std::string_view target) const {
        arguments.insert(arguments.begin(), {"curl", "-sS"});
        arguments.push_back(url(target));
        return run(std::move(arguments));
    }

    std::vector<MemcachedNode> nodes_{3};
    std::uint16_t pool_port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, pool_port_, {"hot_keys: true"})}};
};

TEST_F(Manners, openapi_json_is_valid_openapi) {
    const Outcome outcome =
        run({"node", checkout::path("tests/openapi/validate.mjs"), url("/openapi.json")});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, StartsWith("3.1"));
}

TEST_F(Manners, answers_have_the_members_that_openapi_json_tells) {
    Client client(pool_port_);  // for a connection, and a request that may be slow
    ASSERT_EQ(client.ask("get k\r\n", "END\r\n"), "END\r\n");
    proxy_.post("/pools/pool/nodes/node-2/eject");  // for a change in the history

    const Outcome outcome = run({"node", checkout::path("tests/openapi/answers.mjs"), url("")});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_GT(std::atoi(outcome.output.c_str()), 30);
}

TEST_F(Manners, a_large_ring_comes_compressed_to_who_asks_for_it) {
    const std::string plain = curl({}, "/pools/pool/ring").output;
    const std::string unpacked = curl({"--compressed"}, "/pools/pool/ring").output;
    const std::string head = curl({"--compressed", "-I"}, "/pools/pool/ring").output;
    const std::string small =
        curl({"--compressed", "-I"}, "/pools/pool/ring?format=summary").output;

    EXPECT_EQ(Json::parse(plain).at("points").size(), 3 * 160u);
    EXPECT_EQ(unpacked, plain);
    EXPECT_THAT(head, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_THAT(head, HasSubstr("Vary: Accept-Encoding\r\n"));
    EXPECT_EQ(small.find("Content-Encoding"), std::string::npos);
}

TEST_F(Manners, a_ring_that_has_not_changed_is_not_sent_again) {
    const std::string head = curl({"-I"}, "/pools/pool/ring").output;
    const std::size_t begin = head.find("ETag: ");
    ASSERT_NE(begin, std::string::npos) << head;
    const std::string tag = head.substr(begin + 6, head.find("\r\n", begin) - begin - 6);
    const auto ask_again = [&] {
        return curl({"-H", "If-None-Match: " + tag, "-w", "%{http_code} %{size_download}", "-o",
                     "/dev/null"},
                    "/pools/pool/ring")
            .output;
    };
    const std::string before = ask_again();

    const std::string node = Json::parse(proxy_.get("/pools/pool").body)["nodes"][0]["name"];
    proxy_.post(fmt::format("/pools/pool/nodes/{}/eject", node));

    EXPECT_EQ(before, "304 0");
    EXPECT_THAT(ask_again(), StartsWith("200 "));
}

TEST_F(Manners, options_tells_the_methods_and_errors_are_problems) {
    const std::string options = curl({"-i", "-X", "OPTIONS"}, "/pools").output;
    const std::string missing = curl({"-i"}, "/pools/other").output;
    const Outcome ringctl = proxy_.ringctl({"pool", "other"});

    EXPECT_THAT(options, StartsWith("HTTP/1.1 204 No Content\r\n"));
    EXPECT_THAT(options, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
    EXPECT_THAT(missing, HasSubstr("Content-Type: application/problem+json\r\n"));
    EXPECT_EQ(ringctl.errors, "ringctl: there is no pool 'other'\n");
}

}  // namespace
}  // namespace ringside::testing
