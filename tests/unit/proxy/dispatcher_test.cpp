// What becomes of a request that has several nodes, or none, and what the log tells of it.
#include "proxy/dispatcher.h"

#include "integration/support/temporary_directory.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ringside::proxy {
namespace {

using metrics::PoolMetric;
using sim::WorkerBench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DispatcherTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(static_cast<bool>(bench_.log.open(directory_.file("log"))));
        bench_.log.set_level(base::LogLevel::debug);
        policy_.protocol = routing::ProtocolKind::redis;
    }

    // What a client of a pool of two nodes gets for a request in words.
    std::string ask(std::string_view words) {
        const ConnectionId client = bench_.connect_client();
        bench_.send(client, fmt::format("{}\r\n", words));
        return bench_.received(client);
    }
    void adopt() { bench_.adopt(std::vector<std::string>{"cache-1", "cache-2"}, policy_); }
    std::string logged() {
        bench_.log.flush();
        std::ifstream file(directory_.file("log"));
        return {std::istreambuf_iterator<char>(file), {}};
    }

    ringside::testing::TemporaryDirectory directory_;
    WorkerBench bench_;
    routing::PoolPolicy policy_;
};

TEST_F(DispatcherTest, refuses_keys_of_different_nodes_and_names_both) {
    adopt();
    const std::string first = key_of(bench_, 1);
    const std::string second = key_of(bench_, 2);

    EXPECT_EQ(ask(fmt::format("RENAME {} {}", first, second)),
              fmt::format("-CROSSSLOT the keys of RENAME must live on one node: '{}' is on cache-1 "
                          "(10.0.0.1:11211), '{}' on cache-2 (10.0.0.2:11211); give them a common "
                          "hash_tag\r\n",
                          first, second));
    EXPECT_EQ(bench_.pool_metric(PoolMetric::rejected_crossing), 1);
    EXPECT_EQ(bench_.worker.request_count(), 0u);
    EXPECT_THAT(bench_.transport.dialled, IsEmpty());
    EXPECT_THAT(logged(), IsEmpty()) << "it goes nowhere";
}

TEST_F(DispatcherTest, shows_no_more_than_the_beginning_of_a_long_key) {
    adopt();
    std::string first;
    for (int i = 0; first.empty(); ++i) {
        const std::string key = fmt::format("{:x<100}{}", "", i);
        const auto owner = bench_.snapshot->pools[0]->owner_of(key, 0);
        first = bench_.snapshot->pools[0]->nodes[*owner].node.id == 1 ? key : "";
    }

    EXPECT_THAT(ask(fmt::format("RENAME {} {}", first, key_of(bench_, 2))),
                HasSubstr(fmt::format(": '{:x<64}' is on", "")));
}

TEST_F(DispatcherTest, refuses_a_pattern_of_several_nodes_and_says_what_helps) {
    adopt();
    EXPECT_THAT(ask("SORT list BY weight_*"),
                HasSubstr("the pattern 'weight_*' of SORT may name keys of several nodes; give the "
                          "pool a hash_tag"));

    policy_.hash_tag = {'{', '}'};
    adopt();

    EXPECT_THAT(ask("SORT {a}list BY weight_*"),
                HasSubstr("begin it with the tag of its keys, '{tag}'"));
    EXPECT_EQ(bench_.pool_metric(PoolMetric::rejected_crossing), 2);
}

TEST_F(DispatcherTest, tells_the_log_the_node_of_each_part) {
    adopt();
    const std::string first = key_of(bench_, 1);
    const std::string second = key_of(bench_, 2);

    ask(fmt::format("MGET {} {}", second, first));

    EXPECT_THAT(logged(),
                HasSubstr(fmt::format("pool alpha: MGET key '{}' maps to node cache-1 ", first)));
    EXPECT_THAT(logged(),
                HasSubstr(fmt::format("pool alpha: MGET key '{}' maps to node cache-2 ", second)));
}

TEST_F(DispatcherTest, fails_what_has_no_node) {
    bench_.adopt(std::vector<std::string>{}, policy_);

    EXPECT_EQ(ask("MGET a b"), "-ERR no node is in the ring of this pool\r\n");
    EXPECT_EQ(ask("RENAME a b"), "-ERR no node is in the ring of this pool\r\n");
    EXPECT_EQ(bench_.pool_metric(PoolMetric::no_node), 2);
}

TEST_F(DispatcherTest, says_why_a_pool_has_no_node_as_the_snapshot_does) {
    bench_.adopt_pools({routing::build_pool(
        WorkerBench::kPool, "alpha", policy_, {},
        {.no_node_reason = "pool alpha has no nodes yet: no answer from dns x\r\n+OK"})});

    EXPECT_EQ(ask("MGET a b"), "-ERR pool alpha has no nodes yet: no answer from dns x  +OK\r\n")
        << "what a source has said cannot end the line";
}

}  // namespace
}  // namespace ringside::proxy
