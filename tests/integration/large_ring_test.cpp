// The ring of a thousand nodes, 160,000 points and ten megabytes of text: made while it is read.
#include "integration/support/network.h"
#include "integration/support/proxy.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::size_t kNodes = 1'000;

// Nobody listens there, and nobody is asked.
std::string pool(std::uint16_t port) {
    std::string text = fmt::format("pool:\n  listen: 127.0.0.1:{}\n  servers:\n", port);
    for (std::size_t i = 0; i < kNodes; ++i) {
        text += fmt::format("   - 127.0.{}.{}:11211:1 cache-{:03}.example\n", 1 + i / 250,
                            1 + i % 250, i);
    }
    return text;
}

class LargeRing : public ::testing::Test {
  protected:
    std::size_t memory_bytes() {
        std::ifstream status(fmt::format("/proc/{}/status", proxy_.process().pid()));
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("VmRSS:")) {
                return std::stoul(line.substr(6)) * 1'024;
            }
        }
        return 0;
    }
    // A client that has asked for the ring, and has got the beginning of the answer.
    Client asked(std::string_view target = "/pools/pool/ring", std::string_view more = "") {
        Client client(proxy_.admin_port());
        client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, more));
        EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
        return client;
    }

    Proxy proxy_{{.pools = pool(free_port()), .settings = "  workers: 1\n"}};
};

TEST_F(LargeRing, has_all_points_in_all_forms) {
    const std::string text = proxy_.get("/pools/pool/ring").body;
    const std::size_t points = Json::parse(text).at("points").size();
    const Json nodes = Json::parse(proxy_.get("/pools/pool/ring?format=nodes").body).at("nodes");
    const Outcome curl =
        run({"curl", "-sS", "--compressed", "--http1.0",
             fmt::format("http://127.0.0.1:{}/pools/pool/ring", proxy_.admin_port())});

    std::size_t by_node = 0;
    for (const Json& node : nodes) {
        by_node += node.at("points").size();
    }
    EXPECT_EQ(points, kNodes * 160);
    EXPECT_EQ(by_node, points);
    EXPECT_TRUE(curl.output == text);
}

TEST_F(LargeRing, that_nobody_reads_takes_little_memory_and_holds_nobody_up) {
    constexpr std::size_t kBytesMax = std::size_t{24} << 20;
    proxy_.get("/pools/pool/ring");
    const std::size_t before = memory_bytes();

    // When thirty ask and do not read on: one connection is left for others
    std::vector<Client> clients;
    for (int i = 0; i < 30; ++i) {
        const bool is_packed = i % 2 == 0;
        clients.push_back(asked("/pools/pool/ring", is_packed ? "Accept-Encoding: gzip\r\n" : ""));
    }

    // Then probes are answered, and the rings are not in memory as a whole
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(proxy_.get("/livez").body, "ok");
    }
    EXPECT_LT(memory_bytes(), before + kBytesMax);
}

TEST_F(LargeRing, stays_that_of_its_moment_while_it_is_read) {
    const std::string before = proxy_.get("/pools/pool/ring").body;
    Client slow = asked("/pools/pool/ring", "Connection: close\r\n");

    const HttpAnswer ejected = proxy_.post("/pools/pool/nodes/cache-500.example/eject");
    const std::string rest = slow.read_to_end();
    const std::string after = proxy_.get("/pools/pool/ring").body;

    EXPECT_EQ(ejected.status, 200);
    EXPECT_THAT(before, HasSubstr("\"cache-500.example\""));
    EXPECT_NE(rest.find("\"cache-500.example\"", rest.size() / 2), std::string::npos);
    EXPECT_EQ(after.find("\"cache-500.example\""), std::string::npos);
    EXPECT_TRUE(rest.ends_with("\n  ]\n}\n\r\n0\r\n\r\n"));
}

TEST_F(LargeRing, is_followed_by_the_next_answer_on_the_connection) {
    Client client(proxy_.admin_port());

    client.send(
        "HEAD /pools/pool/ring HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /pools/pool/ring HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(client.read_until("\r\n0\r\n\r\n"), Not(HasSubstr("HTTP/1.1")));
    EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\nok"));
}

}  // namespace
}  // namespace ringside::testing
