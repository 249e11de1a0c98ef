// Names of nodes and pools that come and go by thousands, by reloads: what they leave behind does
// not grow, and who is there is counted as ever. Nothing waits for an hour here: it is the room for
// what is absent that forgets (base/limits.h).
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "support/checkout.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kMiss = "END\r\n";
constexpr const char* kStays = "stays";  // the name of a node that does not go

// Sanitizers keep what is freed, and some more: how much memory is in use then tells nothing.
const bool kMemoryTells = !checkout::are_programs_sanitized();

// Less than the names of the rounds between two looks would need (4,000 nodes, or 600 pools with
// what belongs to them). Measured: 0.6 MiB, most of it buffers of links that have closed: each
// worker keeps them for the next ones, up to 4 MiB.
constexpr std::size_t kBytesMore = std::size_t{3} << 20;

class NamesComeAndGo : public ::testing::Test {
  protected:
    // A pool of these nodes, all of them the same memcached.
    std::string pool(const std::string& name, const std::vector<std::string>& nodes) const {
        PoolText text{.name = name, .listen = path(name), .servers = {}, .settings = {}};
        for (const std::string& node : nodes) {
            const int weight = node == kStays ? 10 : 1;  // some of a few hundred keys are its own
            text.servers.push_back(server_line(memcached_.address(), weight, node));
        }
        return to_yaml(text);
    }
    std::string path(const std::string& pool) const { return directory_.file(pool); }

    // So many requests for different keys.
    static void ask(Client& client, int requests) {
        for (int i = 0; i < requests; ++i) {
            ASSERT_EQ(client.ask(fmt::format("get key-{}\r\n", i), kMiss), kMiss);
        }
    }
    Json stats() const { return Json::parse(Client(proxy_.stats_port()).read_to_end()); }
    static std::int64_t requests(const Json& pool) {
        std::int64_t sum = 0;
        for (const Json& node : pool) {
            sum += node.is_object() ? node.at("requests").get<std::int64_t>() : 0;
        }
        return sum;
    }
    static std::size_t count_nodes(const Json& pool) {
        std::size_t count = 0;
        for (const Json& node : pool) {
            count += node.is_object() ? 1 : 0;
        }
        return count;
    }

    void expect_no_more_than(std::size_t bytes_before) {
        const std::size_t bytes = proxy_.process().resident_bytes();
        RecordProperty("bytes_before", static_cast<int>(bytes_before));
        RecordProperty("bytes", static_cast<int>(bytes));
        EXPECT_TRUE(!kMemoryTells || bytes < bytes_before + kBytesMore)
            << bytes_before << " before, now " << bytes;
    }

    MemcachedNode memcached_;
    TemporaryDirectory directory_;
    Proxy proxy_{{.pools = pool("pods", {"anchor", "first"}), .settings = "  workers: 2\n"}};
};

TEST_F(NamesComeAndGo, thousands_of_nodes_leave_no_memory_and_no_counts) {
    constexpr int kNodes = 200;  // of the pool at a time, all but one new in each round
    constexpr int kRequests = 300;
    constexpr int kRoundsBefore = 10;  // more than there is room for have left by then
    constexpr int kRounds = 30;
    Client client(path("pods"));
    ask(client, kRequests);
    ASSERT_GT(stats().at("pods").at("anchor").at("requests"), 0);

    std::size_t bytes_before = 0;
    std::int64_t of_those_that_stay = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::string> nodes = {kStays};
        for (int i = 1; i < kNodes; ++i) {
            nodes.push_back(fmt::format("pod-{}", round * kNodes + i));
        }
        proxy_.reload(pool("pods", nodes));
        ask(client, kRequests);

        const Json known = stats().at("pods");
        ASSERT_EQ(count_nodes(known), std::size_t{kNodes});
        ASSERT_EQ(requests(known), of_those_that_stay + kRequests) << "round " << round;
        of_those_that_stay = known.at(kStays).at("requests");
        // They leave with the operator's word on them.
        for (const std::string& with : {nodes[1] + "/eject?for=1h", nodes[2] + "/eject"}) {
            ASSERT_EQ(proxy_.post("/pools/pods/nodes/" + with).status, 200);
        }
        if (round == kRoundsBefore) {
            bytes_before = proxy_.process().resident_bytes();
        }
    }

    expect_no_more_than(bytes_before);
    EXPECT_GT(of_those_that_stay, 0);

    // The last of them are what they were; "anchor" has been away for too many.
    proxy_.reload(pool("pods", {"anchor", fmt::format("pod-{}", kRounds * kNodes - kNodes - 1)}));
    const Json known = stats().at("pods");
    EXPECT_EQ(known.at("anchor").at("requests"), 0);
    EXPECT_EQ(count_nodes(known), 2U);
}

TEST_F(NamesComeAndGo, hundreds_of_pools_leave_no_memory_and_no_counts) {
    constexpr int kPools = 40;  // besides the one that stays, all of them new in each round
    constexpr int kRequests = 3;
    constexpr int kRoundsBefore = 10;  // more than there is room for have left by then
    constexpr int kRounds = 25;
    const std::string steady = pool("pods", {"anchor", "first"});
    Client client(path("pods"));

    std::size_t bytes_before = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::string pools = steady;
        for (int i = 0; i < kPools; ++i) {
            pools += pool(fmt::format("pool-{}", round * kPools + i), {"a", "b"});
        }
        proxy_.reload(pools);
        ask(client, kRequests);
        for (int i = 0; i < kPools; ++i) {
            Client other(path(fmt::format("pool-{}", round * kPools + i)));
            ask(other, kRequests);
        }

        const Json known = stats();
        for (int i = 0; i < kPools; ++i) {
            const Json& each = known.at(fmt::format("pool-{}", round * kPools + i));
            ASSERT_EQ(requests(each), kRequests);
        }
        ASSERT_EQ(requests(known.at("pods")), kRequests * (round + 1));
        if (round == kRoundsBefore) {
            bytes_before = proxy_.process().resident_bytes();
        }
    }

    expect_no_more_than(bytes_before);

    // One of the last round but one is what it was; the first one has been away for too many.
    const std::string late = fmt::format("pool-{}", (kRounds - 2) * kPools);
    proxy_.reload(steady + pool("pool-0", {"a", "b"}) + pool(late, {"a", "b"}));
    EXPECT_EQ(requests(stats().at("pool-0")), 0);
    EXPECT_EQ(requests(stats().at(late)), kRequests);
}

}  // namespace
}  // namespace ringside::testing
