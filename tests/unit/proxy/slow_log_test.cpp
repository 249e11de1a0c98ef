#include "proxy/slow_log.h"

#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using sim::WorkerBench;

constexpr base::TimePoint kStart{std::chrono::hours(1)};

void end(SlowLog& log, base::Duration took, base::TimePoint at) {
    if (log.wants(took, at)) {
        log.add({.ended = at, .took = took});
    }
}

std::vector<base::Duration> durations(const SlowLog& log, base::TimePoint now) {
    std::vector<SlowRequest> rows;
    log.list(now, rows);
    std::vector<base::Duration> result;
    std::transform(rows.begin(), rows.end(), std::back_inserter(result),
                   [](const SlowRequest& row) { return row.took; });
    std::sort(result.begin(), result.end());
    return result;
}

TEST(KeyStart, keeps_the_beginning_of_a_key_and_how_long_it_was) {
    EXPECT_EQ(KeyStart().text(), "");
    EXPECT_EQ(KeyStart("user:1").text(), "user:1");
    const std::string key(KeyStart::kBytesMax + 1, 'k');
    EXPECT_EQ(KeyStart(key).text(), std::string(KeyStart::kBytesMax, 'k'));
    EXPECT_EQ(KeyStart(key).whole_bytes(), KeyStart::kBytesMax + 1);
}

TEST(SlowLog, of_a_minute_it_keeps_the_slowest) {
    SlowLog log;
    for (int i = 0; i < 1'000; ++i) {
        end(log, std::chrono::microseconds(i * 7 % 1'000), kStart + std::chrono::milliseconds(i));
    }

    const auto kept = durations(log, kStart + 1s);

    ASSERT_EQ(kept.size(), SlowLog::kPerMinute);
    EXPECT_EQ(kept.front(), 984us);
    EXPECT_EQ(kept.back(), 999us);
    EXPECT_FALSE(log.wants(984us, kStart + 1s));
}

TEST(SlowLog, each_minute_has_room_of_its_own_and_old_ones_are_forgotten) {
    SlowLog log;
    for (int minute = 0; minute < 10; ++minute) {
        for (std::size_t i = 0; i < SlowLog::kPerMinute; ++i) {
            end(log, std::chrono::milliseconds(100 - minute), kStart + minute * 1min);
        }
    }

    const auto kept = durations(log, kStart + 9min + 30s);

    EXPECT_EQ(kept.size(), SlowLog::kMinutes * SlowLog::kPerMinute);
    EXPECT_EQ(kept.back(), 95ms);
    EXPECT_TRUE(durations(log, kStart + 20min).empty());
}

TEST(SlowLog, a_request_that_timed_out_was_at_the_node_that_had_got_it) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.timeout = 100ms;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get warm\r\n");
    bench.send(bench.link_to(1), "END\r\n");

    bench.send(client, "get hung\r\n");
    bench.advance(150ms);

    std::vector<SlowRequest> rows;
    bench.worker.list_slow(rows);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].key.text(), "hung");
    EXPECT_EQ(rows[1].ended - rows[1].written, rows[1].took);
}

TEST(SlowLog, a_worker_tells_how_long_a_request_was_queued_and_at_its_node) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get first\r\n");
    bench.advance(30ms);
    const ConnectionId link = bench.link_to(1);  // which is there only now
    bench.send(link, "END\r\n");
    bench.send(client, "get greeting\r\n");
    bench.advance(20ms);
    bench.send(link, "END\r\n");

    std::vector<SlowRequest> rows;
    bench.worker.list_slow(rows);

    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].took, 30ms);
    EXPECT_EQ(rows[0].ended - rows[0].written, 0ms);
    EXPECT_EQ(rows[1].took, 20ms);
    EXPECT_EQ(rows[1].ended - rows[1].written, 20ms);
    EXPECT_EQ(rows[1].command, "get");
    EXPECT_EQ(rows[1].key.text(), "greeting");
    EXPECT_EQ(rows[1].pool, WorkerBench::kPool);
    EXPECT_EQ(rows[1].node, 1U);
    EXPECT_EQ(rows[1].outcome, protocol::Outcome::miss);
}

}  // namespace
}  // namespace ringside::proxy
