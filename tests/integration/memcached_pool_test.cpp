// The memcached commands that concern a whole pool or touch while they read: gat, flush_all, stats,
// verbosity, and those that only make sense at one node.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr int kKeys = 30;  // enough for each of three nodes to have some

class MemcachedPool : public ::testing::Test {
  protected:
    explicit MemcachedPool(std::vector<std::string> settings = {})
        : proxy_{{.pools = pool_before(nodes_, port_, std::move(settings))}} {}

    void fill() {
        for (int i = 0; i < kKeys; ++i) {
            EXPECT_EQ(client_.ask(fmt::format("set {}-key 0 0 1\r\nx\r\n", i), "\r\n"),
                      "STORED\r\n");
        }
    }

    // How many of those values are still there.
    int found() {
        int found = 0;
        for (int i = 0; i < kKeys; ++i) {
            found += client_.ask(fmt::format("get {}-key\r\n", i), "END\r\n") != "END\r\n" ? 1 : 0;
        }
        return found;
    }

    std::string stats() { return client_.ask("stats\r\n", "END\r\n"); }

    std::array<MemcachedNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_;
    Client client_{port_};
};

class FlushableMemcachedPool : public MemcachedPool {
  protected:
    FlushableMemcachedPool() : MemcachedPool({"flush_all: true"}) {}
};

long long row(const std::string& stats, std::string_view name) {
    const std::string begin = fmt::format("STAT {} ", name);
    const std::size_t at = stats.find(begin);
    return at == std::string::npos ? -1 : std::stoll(stats.substr(at + begin.size()));
}

TEST_F(MemcachedPool, gat_reads_values_of_all_nodes_and_changes_when_they_expire) {
    fill();
    std::string keys;
    std::string values;
    for (int i = 0; i < kKeys; ++i) {
        keys += fmt::format(" {}-key", i);
        values += fmt::format("VALUE {}-key 0 1\r\nx\r\n", i);
    }

    EXPECT_EQ(client_.ask(fmt::format("gat 1000{} none\r\n", keys), "END\r\n"), values + "END\r\n");
    EXPECT_EQ(found(), kKeys);
    EXPECT_EQ(client_.ask(fmt::format("gat -1{}\r\n", keys), "END\r\n"), values + "END\r\n");
    EXPECT_EQ(found(), 0);
}

TEST_F(MemcachedPool, gats_tells_the_unique_number_that_cas_needs) {
    client_.ask("set k 0 0 1\r\na\r\n", "\r\n");

    const std::string answer = client_.ask("gats 100 k\r\n", "END\r\n");

    ASSERT_THAT(answer, MatchesRegex("VALUE k 0 1 [0-9]+\r\na\r\nEND\r\n"));
    const std::string unique = answer.substr(12, answer.find('\r') - 12);
    EXPECT_EQ(client_.ask(fmt::format("cas k 0 0 1 {}\r\nb\r\n", unique), "\r\n"), "STORED\r\n");
}

TEST_F(MemcachedPool, flush_all_is_refused_unless_the_pool_allows_it) {
    fill();

    EXPECT_EQ(
        client_.ask("flush_all\r\n", "\r\n"),
        "CLIENT_ERROR flush_all is not allowed: it needs \"flush_all: true\" in pool pool\r\n");
    client_.send("flush_all 0 noreply\r\n");

    EXPECT_EQ(found(), kKeys);
    EXPECT_EQ(client_.surplus(), "");
}

TEST_F(FlushableMemcachedPool, flush_all_empties_every_node) {
    fill();
    EXPECT_EQ(client_.ask("flush_all\r\n", "\r\n"), "OK\r\n");
    EXPECT_EQ(found(), 0);

    fill();
    client_.send("flush_all noreply\r\n");
    EXPECT_EQ(found(), 0);
    EXPECT_EQ(client_.surplus(), "");

    fill();
    EXPECT_EQ(client_.ask("flush_all 1000\r\n", "\r\n"), "OK\r\n");  // later
    EXPECT_EQ(found(), kKeys);
}

TEST_F(FlushableMemcachedPool, flush_all_names_the_node_that_it_did_not_reach) {
    nodes_[1].kill();

    EXPECT_THAT(client_.ask("flush_all\r\n", "\r\n"),
                MatchesRegex("SERVER_ERROR .*node node-1.*\r\n"));
}

TEST_F(MemcachedPool, stats_adds_what_the_nodes_say) {
    fill();
    long long sets = 0;
    for (const MemcachedNode& node : nodes_) {
        sets += row(node.client().ask("stats\r\n", "END\r\n"), "cmd_set");
    }
    ASSERT_EQ(sets, kKeys);

    const std::string answer = stats();

    EXPECT_EQ(row(answer, "cmd_set"), kKeys);
    EXPECT_EQ(row(answer, "curr_items"), kKeys);
    EXPECT_EQ(row(answer, "limit_maxbytes"), 3LL * 64 * 1024 * 1024);
    EXPECT_EQ(row(answer, "pid"), proxy_.process().pid());
    EXPECT_EQ(row(answer, "pointer_size"), 64);
    EXPECT_EQ(row(answer, "ringside_nodes"), 3);
    EXPECT_EQ(row(answer, "ringside_nodes_in_ring"), 3);
    EXPECT_EQ(row(answer, "ringside_nodes_failed"), 0);
    EXPECT_EQ(row(answer, "ringside_client_connections"), 1);
    EXPECT_THAT(answer, HasSubstr("STAT ringside_pool pool\r\n"));
    EXPECT_THAT(answer, HasSubstr("STAT version 1."));
}

TEST_F(MemcachedPool, stats_goes_on_without_a_node_that_is_lost) {
    fill();
    nodes_[2].kill();

    const std::string answer = stats();

    EXPECT_EQ(row(answer, "ringside_nodes_failed"), 1);
    EXPECT_GT(row(answer, "cmd_set"), 0);
    EXPECT_LT(row(answer, "cmd_set"), kKeys);
}

TEST_F(MemcachedPool, what_concerns_one_node_is_refused_and_never_reaches_any) {
    for (const std::string_view request :
         {"stats reset\r\n", "stats settings\r\n", "stats items\r\n", "stats slabs\r\n",
          "stats conns\r\n", "stats cachedump 1 100\r\n", "stats detail on\r\n"}) {
        EXPECT_THAT(client_.ask(request, "\r\n"),
                    StartsWith("CLIENT_ERROR stats with arguments concerns one node"));
    }
    for (const std::string_view request :
         {"slabs automove 0\r\n", "lru mode flat\r\n", "lru_crawler metadump all\r\n", "watch\r\n",
          "cache_memlimit 8\r\n", "extstore x 1\r\n", "misbehave\r\n", "refresh_certs\r\n"}) {
        EXPECT_THAT(client_.ask(request, "\r\n"),
                    StartsWith("CLIENT_ERROR this command concerns one node of the pool"));
    }
    EXPECT_EQ(client_.ask("shutdown\r\n", "\r\n"), "ERROR: shutdown not enabled\r\n");
    EXPECT_EQ(client_.ask("verbosity 1\r\n", "\r\n"), "OK\r\n");
    for (MemcachedNode& node : nodes_) {
        EXPECT_TRUE(node.process().running());
        EXPECT_EQ(row(node.client().ask("stats\r\n", "END\r\n"), "limit_maxbytes"),
                  64LL * 1024 * 1024);
    }
}

TEST_F(MemcachedPool, meta_commands_are_errors_and_their_data_is_no_command) {
    client_.send("ms k 11\r\nflush_all\r\n\r\nmg k v\r\nmn\r\nget k\r\n");

    EXPECT_EQ(client_.read_until("END\r\n"), "ERROR\r\nERROR\r\nERROR\r\nEND\r\n");
}

}  // namespace
}  // namespace ringside::testing
