// Steady state allocates nothing: counted, not hoped for.
#include "sim/fake_transport.h"
#include "sim/warm_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Stands before libc's in the link order and counts. glibc offers the real ones under these names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);

void* malloc(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_malloc(size);
}
void* realloc(void* memory, std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_realloc(memory, size);
}
void* calloc(std::size_t count, std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_calloc(count, size);
}
}

namespace ringside::sim {
namespace {

using proxy::ConnectionId;

// The imitation of the world must not allocate either: it reads from and writes to fixed strings.
struct Exchange {
    std::string request;
    std::string answer;
};

void run(WorkerBench& bench, ConnectionId client, ConnectionId link, const Exchange& exchange,
         int times) {
    for (int i = 0; i < times; ++i) {
        bench.send(client, exchange.request);
        bench.transport[link].received.clear();
        bench.send(link, exchange.answer);
        bench.transport[client].received.clear();
    }
}

void expect_no_allocation(const Exchange& exchange, const routing::PoolPolicy& policy) {
    WorkerBench bench;
    bench.adopt({"cache-1"}, policy);
    const ConnectionId client = bench.connect_client();
    bench.send(client, exchange.request);
    const ConnectionId link = bench.link_to(1);
    bench.send(link, exchange.answer);
    run(bench, client, link, exchange, 100);

    const long before = allocations.load();
    run(bench, client, link, exchange, 10'000);
    const long after = allocations.load();

    EXPECT_EQ(after - before, 0);
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

TEST(Allocations, the_counter_counts) {
    const long before = allocations.load();
    std::free(std::malloc(1));
    EXPECT_GT(allocations.load(), before);
}

TEST(Allocations, ten_thousand_gets_allocate_nothing) {
    routing::PoolPolicy policy;
    policy.timeout = base::milliseconds(400);
    expect_no_allocation({"get some-key\r\n", "VALUE some-key 0 5\r\nhello\r\nEND\r\n"}, policy);
}

TEST(Allocations, ten_thousand_sets_allocate_nothing) {
    expect_no_allocation({"set some-key 0 0 5\r\nhello\r\n", "STORED\r\n"}, {});
}

TEST(Allocations, ten_thousand_large_values_allocate_nothing_in_either_direction) {
    const std::string value(20'000, 'v');
    expect_no_allocation({"get some-key\r\n", "VALUE some-key 0 20000\r\n" + value + "\r\nEND\r\n"},
                         {});
    expect_no_allocation({"set some-key 0 0 20000\r\n" + value + "\r\n", "STORED\r\n"}, {});
}

TEST(Allocations, ten_thousand_pipelines_of_sixteen_allocate_nothing) {
    Exchange exchange;
    for (int i = 0; i < 16; ++i) {
        exchange.request += "get some-key\r\n";
        exchange.answer += "VALUE some-key 0 5\r\nhello\r\nEND\r\n";
    }
    expect_no_allocation(exchange, {});
}

TEST(Allocations, ten_thousand_redis_requests_allocate_nothing) {
    routing::PoolPolicy policy;
    policy.protocol = routing::ProtocolKind::redis;
    expect_no_allocation({"*2\r\n$3\r\nGET\r\n$8\r\nsome-key\r\n", "$5\r\nhello\r\n"}, policy);
}

TEST(Allocations, ten_thousand_requests_cut_into_pieces_allocate_nothing) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get warm\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "END\r\n");
    const auto exchange = [&] {
        bench.send(client, "get some");
        bench.send(client, "-key\r\n");
        bench.transport[link].received.clear();
        bench.send(link, "VALUE some-key 0 5\r\nhel");
        bench.send(link, "lo\r\nEND\r\n");
        bench.transport[client].received.clear();
    };
    for (int i = 0; i < 100; ++i) {
        exchange();
    }

    const long before = allocations.load();
    for (int i = 0; i < 10'000; ++i) {
        exchange();
    }

    EXPECT_EQ(allocations.load() - before, 0);
}

// Gets of sixteen keys over four nodes, each of which answers with a value of `value_bytes` for
// each of its keys.
void expect_no_allocation_when_split(std::size_t value_bytes) {
    WorkerBench bench;
    routing::PoolPolicy policy;
    policy.hash = routing::HashKind::md5;  // spreads keys of one letter
    bench.adopt({"cache-1", "cache-2", "cache-3", "cache-4"}, policy);
    const ConnectionId client = bench.connect_client();
    const std::string request = "get a b c d e f g h i j k l m n o p\r\n";
    bench.send(client, request);
    const std::vector<ConnectionId> links = bench.transport.dialled;
    ASSERT_GT(links.size(), 1u);
    std::vector<std::string> answers;
    for (const ConnectionId link : links) {
        bench.connected(link);
        std::string& answer = answers.emplace_back();
        for (const char key : bench.received(link).substr(std::string_view("get").size())) {
            if (key >= 'a') {
                answer += fmt::format("VALUE {} 0 {}\r\n{}\r\n", key, value_bytes,
                                      std::string(value_bytes, 'v'));
            }
        }
        answer += "END\r\n";
    }
    const auto exchange = [&] {
        for (std::size_t i = 0; i < links.size(); ++i) {
            bench.transport[links[i]].received.clear();
            bench.send(links[i], answers[i]);
        }
        bench.transport[client].received.clear();
        bench.send(client, request);
    };
    for (int i = 0; i < 100; ++i) {
        exchange();
    }

    const long before = allocations.load();
    for (int i = 0; i < 10'000; ++i) {
        exchange();
    }

    EXPECT_EQ(allocations.load() - before, 0);
    EXPECT_EQ(bench.worker.request_count(), 1u + links.size());
}

TEST(Allocations, ten_thousand_split_gets_allocate_nothing) {
    expect_no_allocation_when_split(5);
}

TEST(Allocations, ten_thousand_split_gets_of_larger_values_allocate_nothing) {
    expect_no_allocation_when_split(3'000);
}

// Gets of three steps (sim/warm_plan.h): a miss, a value of `value_bytes` elsewhere, and its add.
void expect_no_allocation_by_steps(std::size_t value_bytes) {
    WorkerBench bench(1, warm_plan_of);
    bench.adopt({"cache-1", "cache-2"});
    const ConnectionId client = bench.connect_client();
    const std::string request = "get color\r\n";
    const std::string value = fmt::format("VALUE color 0 {}\r\n{}\r\nEND\r\n", value_bytes,
                                          std::string(value_bytes, 'v'));
    bench.send(client, request);
    const ConnectionId owner = bench.transport.dialled.at(0);
    bench.connected(owner);
    bench.send(owner, "END\r\n");
    const ConnectionId other = bench.transport.dialled.at(1);
    bench.connected(other);
    std::size_t added_bytes = 0;
    const auto exchange = [&] {
        bench.send(other, value);
        added_bytes += bench.transport[owner].received.size();
        bench.send(owner, "STORED\r\n");
        bench.transport[client].received.clear();
        bench.send(client, request);
        bench.transport[owner].received.clear();
        bench.send(owner, "END\r\n");
        bench.transport[other].received.clear();
    };
    for (int i = 0; i < 100; ++i) {
        exchange();
    }

    const long before = allocations.load();
    for (int i = 0; i < 10'000; ++i) {
        exchange();
    }

    EXPECT_EQ(allocations.load() - before, 0);
    EXPECT_EQ(bench.worker.request_count(), 1u);
    EXPECT_GT(added_bytes, 10'000 * value_bytes);
}

TEST(Allocations, ten_thousand_requests_of_three_steps_allocate_nothing) {
    expect_no_allocation_by_steps(5);
    expect_no_allocation_by_steps(3'000);
    expect_no_allocation_by_steps(20'000);
}

TEST(Allocations, ten_thousand_requests_of_three_steps_with_large_values_allocate_nothing) {
    expect_no_allocation_by_steps(200'000);
}

}  // namespace
}  // namespace ringside::sim
