#include "proxy/hot_keys.h"

#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using sim::WorkerBench;

constexpr base::TimePoint kStart{std::chrono::hours(1)};

void ask(HotKeys& keys, std::string_view key, base::TimePoint at = kStart) {
    const protocol::Slice slice{0, static_cast<std::uint32_t>(key.size())};
    keys.count(std::span(&slice, 1), key, at);
}

HotKeyList list_of(const HotKeys& keys, base::TimePoint now) {
    HotKeyList list;
    keys.list(now, list);
    return list;
}

std::map<std::string, std::uint32_t> counts_of(const HotKeyList& list) {
    std::map<std::string, std::uint32_t> counts;
    for (const HotKey& row : list.rows) {
        counts[std::string(row.key.text())] += row.count;
    }
    return counts;
}

TEST(HotKeys, a_key_that_is_asked_for_more_often_is_counted_so_among_ever_new_ones) {
    HotKeys keys(7);
    for (int i = 0; i < 160'000; ++i) {
        ask(keys, i % 10 == 0 ? "hot" : i % 50 == 1 ? "warm" : "cold:" + std::to_string(i));
    }

    const HotKeyList list = list_of(keys, kStart);
    const auto counts = counts_of(list);

    EXPECT_NEAR(static_cast<double>(list.looked_at), 10'000, 300);
    EXPECT_NEAR(counts.at("hot"), 1'000, 150);
    EXPECT_NEAR(counts.at("warm"), 200, 120);
    for (const HotKey& row : list.rows) {
        EXPECT_LT(row.too_high, row.count);
        EXPECT_LE(
            row.key.text() == "hot" || row.key.text() == "warm" ? 0U : row.count - row.too_high,
            2U);  // what is surely theirs
    }
}

// Of each request of 16 keys the same one would be looked at, or never.
TEST(HotKeys, no_rhythm_of_the_requests_hides_a_key) {
    HotKeys keys(7);
    for (int i = 0; i < 16'000; ++i) {
        ask(keys, "key" + std::to_string(i % 16));
    }

    const auto counts = counts_of(list_of(keys, kStart));

    ASSERT_EQ(counts.size(), 16U);
    for (const auto& [key, count] : counts) {
        EXPECT_NEAR(count, 1'000 / 16.0, 40) << key;
    }
}

TEST(HotKeys, each_key_of_a_request_counts) {
    HotKeys keys(7);
    const std::string bytes = "ab";
    const std::vector<protocol::Slice> slices{{0, 1}, {1, 1}};
    for (int i = 0; i < 16'000; ++i) {
        keys.count(slices, bytes, kStart);
    }

    const HotKeyList list = list_of(keys, kStart);
    const auto counts = counts_of(list);

    EXPECT_NEAR(static_cast<double>(list.looked_at), 2'000, 150);
    EXPECT_NEAR(counts.at("a"), counts.at("b"), 200);
}

TEST(HotKeys, what_is_older_than_a_minute_is_forgotten) {
    HotKeys keys(7);
    for (int i = 0; i < 1'000; ++i) {
        ask(keys, "old", kStart);
    }
    EXPECT_EQ(counts_of(list_of(keys, kStart)).count("old"), 1U);
    for (int second = 1; second <= 100; ++second) {
        for (int i = 0; i < 100; ++i) {
            ask(keys, "new", kStart + std::chrono::seconds(second));
        }
    }

    const HotKeyList list = list_of(keys, kStart + 100s);
    EXPECT_EQ(counts_of(list).count("old"), 0U);
    EXPECT_EQ(counts_of(list).count("new"), 1U);
    EXPECT_GE(list.covered, 60s);
    EXPECT_LE(list.covered, 70s);
    EXPECT_TRUE(list_of(keys, kStart + 1h).rows.empty());
}

TEST(HotKeys, are_counted_while_the_pool_says_so) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    const auto ask_often = [&bench, client] {
        for (int i = 0; i < 100; ++i) {
            bench.send(client, "get a b\r\n");
            bench.send(bench.link_to(1), "END\r\n");
        }
        HotKeyList list;
        bench.worker.list_hot_keys(WorkerBench::kPool, list);
        return counts_of(list).size();
    };

    EXPECT_EQ(ask_often(), 0U);
    policy.hot_keys = true;
    bench.adopt({"cache-1"}, policy);
    EXPECT_EQ(ask_often(), 2U);
    policy.hot_keys = false;
    bench.adopt({"cache-1"}, policy);
    EXPECT_EQ(ask_often(), 0U);
}

}  // namespace
}  // namespace ringside::proxy
