#include "proxy/request_endings.h"

#include "protocol/memcache/commands.h"
#include "protocol/redis/commands.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using metrics::PoolMetric;
using metrics::RequestCounts;
using metrics::RequestEnding;
using metrics::RequestKind;
using sim::WorkerBench;

class RequestEndings : public ::testing::Test {
  protected:
    RequestEndings() {
        routing::PoolPolicy policy;
        policy.timeout = 400ms;
        bench_.adopt({"cache-1"}, policy);
        client_ = bench_.connect_client();
    }

    std::int64_t ended(RequestKind kind, RequestEnding ending) const {
        return bench_.registry.total_of_pool(bench_.kPool)
            .endings[RequestCounts::index_of(kind, ending)];
    }
    std::int64_t ended() const {
        const auto values = bench_.registry.total_of_pool(bench_.kPool).endings;
        return std::accumulate(values.begin(), values.end(), std::int64_t{0});
    }
    std::int64_t timed() const {
        const auto values = bench_.registry.total_of_pool(bench_.kPool).latency;
        return std::accumulate(values.counts.begin(), values.counts.end(), std::int64_t{0});
    }
    // The client asks, and the node says this.
    void exchange(std::string_view request, std::string_view answer) {
        bench_.send(client_, request);
        if (!link_) {
            link_ = bench_.link_to(1);
        }
        bench_.send(*link_, answer);
    }

    WorkerBench bench_;
    ConnectionId client_{};
    std::optional<ConnectionId> link_;
};

TEST_F(RequestEndings, are_told_apart_by_kind_and_answer) {
    exchange("get a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n");
    exchange("get a\r\n", "END\r\n");
    exchange("set a 0 0 1\r\nx\r\n", "STORED\r\n");
    exchange("add a 0 0 1\r\nx\r\n", "NOT_STORED\r\n");
    exchange("delete a\r\n", "DELETED\r\n");
    exchange("delete a\r\n", "NOT_FOUND\r\n");
    exchange("incr a 1\r\n", "NOT_FOUND\r\n");
    exchange("set a 0 0 1\r\nx\r\n", "SERVER_ERROR out of memory storing object\r\n");
    exchange("version\r\n", "VERSION 1\r\n");

    EXPECT_EQ(ended(RequestKind::read, RequestEnding::hit), 1);
    EXPECT_EQ(ended(RequestKind::read, RequestEnding::miss), 1);
    EXPECT_EQ(ended(RequestKind::write, RequestEnding::ok), 2);
    EXPECT_EQ(ended(RequestKind::remove, RequestEnding::ok), 1);
    EXPECT_EQ(ended(RequestKind::remove, RequestEnding::miss), 1);
    EXPECT_EQ(ended(RequestKind::write, RequestEnding::miss), 1);
    EXPECT_EQ(ended(RequestKind::write, RequestEnding::node_error), 1);
    EXPECT_EQ(ended(RequestKind::other, RequestEnding::ok), 1);
    EXPECT_EQ(ended(), bench_.pool_metric(PoolMetric::requests));
    EXPECT_EQ(timed(), 9);
}

TEST_F(RequestEndings, what_the_proxy_refuses_is_rejected_and_not_timed) {
    bench_.send(client_, "nonsense\r\n");
    bench_.send(client_, "get\r\n");
    bench_.send(client_, "flush_all\r\n");
    bench_.send(client_, "mg a\r\n");
    bench_.send(client_, "verbosity 1\r\n");

    EXPECT_EQ(ended(RequestKind::other, RequestEnding::rejected) +
                  ended(RequestKind::read, RequestEnding::rejected),
              4);
    EXPECT_EQ(ended(RequestKind::other, RequestEnding::ok), 1);
    EXPECT_EQ(ended(), bench_.pool_metric(PoolMetric::requests));
    EXPECT_EQ(timed(), 0);
}

TEST_F(RequestEndings, a_client_that_leaves_abandons_what_is_under_way) {
    bench_.send(client_, "get a\r\n");
    bench_.link_to(1);

    bench_.end(client_, StreamEnd::reset);

    EXPECT_EQ(ended(RequestKind::read, RequestEnding::abandoned), 1);
    EXPECT_EQ(ended(), bench_.pool_metric(PoolMetric::requests));
}

TEST_F(RequestEndings, a_node_that_is_lost_is_an_error_of_the_proxy) {
    bench_.send(client_, "get a\r\n");
    const ConnectionId link = bench_.link_to(1);

    bench_.end(link, StreamEnd::reset);

    EXPECT_EQ(ended(RequestKind::read, RequestEnding::proxy_error), 1);
    EXPECT_EQ(timed(), 0);
}

TEST_F(RequestEndings, what_no_node_answers_in_time_has_timed_out_and_is_timed) {
    exchange("get a\r\n", "END\r\n");
    bench_.send(client_, "get b\r\n");

    bench_.advance(401ms);

    EXPECT_EQ(ended(RequestKind::read, RequestEnding::timed_out), 1);
    EXPECT_EQ(ended(), bench_.pool_metric(PoolMetric::requests));
    EXPECT_EQ(timed(), 2);
    const auto latency = bench_.registry.total_of_pool(bench_.kPool).latency;
    EXPECT_EQ(latency.counts[metrics::Histogram::bucket_of(401ms)], 1);
}

// Late or not: it is what the node takes.
TEST_F(RequestEndings, a_node_is_timed_from_written_to_answered) {
    exchange("get a\r\n", "END\r\n");
    bench_.send(client_, "get b\r\n");
    bench_.advance(3ms);
    bench_.send(*link_, "END\r\n");
    bench_.send(client_, "get c\r\n");
    bench_.advance(401ms);
    bench_.send(*link_, "END\r\n");

    const auto latency = bench_.registry.total_of_node(bench_.kPool, 1).latency;

    EXPECT_EQ(latency.counts[0], 1);
    EXPECT_EQ(latency.counts[metrics::Histogram::bucket_of(3ms)], 1);
    EXPECT_EQ(latency.counts[metrics::Histogram::bucket_of(401ms)], 1);
    EXPECT_EQ(latency.sum_ns, std::chrono::nanoseconds(404ms).count());
}

TEST_F(RequestEndings, latencies_are_counted_for_whom_the_pool_says) {
    routing::PoolPolicy policy;
    const auto counted = [this, &policy](routing::Histograms histograms) {
        policy.histograms = histograms;
        bench_.adopt({"cache-1"}, policy);
        const auto count = [this] {
            return std::pair(bench_.registry.total_of_pool(bench_.kPool).latency.counts[0],
                             bench_.registry.total_of_node(bench_.kPool, 1).latency.counts[0]);
        };
        const auto before = count();
        bench_.send(client_, "get a\r\n");
        bench_.send(bench_.link_to(1), "END\r\n");
        const auto after = count();
        return std::pair(after.first - before.first, after.second - before.second);
    };

    EXPECT_EQ(counted(routing::Histograms::nodes), std::pair(1L, 1L));
    EXPECT_EQ(counted(routing::Histograms::pool), std::pair(1L, 0L));
    EXPECT_EQ(counted(routing::Histograms::none), std::pair(0L, 0L));
}

// --- the classes of commands ---

template <typename Rows>
void check_classes(const Rows& rows) {
    for (const auto& row : rows) {
        const bool has_key = row.access != protocol::Access::none;
        const bool is_other = row.command_class == protocol::CommandClass::other;
        const bool is_read = row.command_class == protocol::CommandClass::read;

        EXPECT_TRUE(has_key || is_other) << row.name;
        EXPECT_EQ(is_read, row.access == protocol::Access::read) << row.name;
    }
}

TEST(CommandClasses, go_with_the_access_of_each_row) {
    check_classes(protocol::kMemcacheCommands);
    check_classes(protocol::kRedisCommands);
}

TEST(CommandClasses, few_commands_do_nothing_but_remove_keys) {
    std::string names;
    for (const auto& row : protocol::kMemcacheCommands) {
        names += row.command_class == protocol::CommandClass::remove ? std::string(row.name) : "";
    }
    for (const auto& row : protocol::kRedisCommands) {
        names +=
            row.command_class == protocol::CommandClass::remove ? " " + std::string(row.name) : "";
    }

    EXPECT_EQ(names, "delete DEL UNLINK");
}

}  // namespace
}  // namespace ringside::proxy
