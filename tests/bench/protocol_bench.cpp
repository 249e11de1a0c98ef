// What it costs to frame one request or one answer: the work that every byte through the proxy
// pays for.
#include "base/byte_buffer.h"
#include "base/check.h"
#include "protocol/protocol.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace {

using ringside::protocol::PartReply;
using ringside::protocol::Protocol;
using ringside::protocol::ReplyStatus;
using ringside::protocol::RequestFrame;
using ringside::protocol::RequestStatus;
using ringside::protocol::Resume;

constexpr std::string_view kKey = "session:0123456789ab";  // 20 bytes
const std::string kValue(100, 'v');

std::string memcache_get() {
    return "get " + std::string(kKey) + "\r\n";
}
std::string memcache_set() {
    return "set " + std::string(kKey) + " 0 0 100\r\n" + kValue + "\r\n";
}
std::string memcache_hit() {
    return "VALUE " + std::string(kKey) + " 0 100\r\n" + kValue + "\r\nEND\r\n";
}
std::string redis_get() {
    return "*2\r\n$3\r\nGET\r\n$20\r\n" + std::string(kKey) + "\r\n";
}
std::string redis_set() {
    return "*3\r\n$3\r\nSET\r\n$20\r\n" + std::string(kKey) + "\r\n$100\r\n" + kValue + "\r\n";
}
std::string redis_hit() {
    return "$100\r\n" + kValue + "\r\n";
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

// Frames all requests of `bytes`; the time is that of all of them.
void frame_requests(benchmark::State& state, const Protocol& protocol, const std::string& bytes) {
    RequestFrame frame;
    std::int64_t requests = 0;
    for (auto _ : state) {
        for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(frame.size)) {
            Resume resume;
            protocol.client.frame_request(rest, {.value_bytes_max = 1 << 20}, resume, frame);
            CHECK(frame.status == RequestStatus::complete);
            benchmark::DoNotOptimize(frame);
            ++requests;
        }
    }
    state.SetItemsProcessed(requests);
}

void frame_reply(benchmark::State& state, const Protocol& protocol, const std::string& request,
                 const std::string& reply) {
    RequestFrame frame;
    Resume resume;
    protocol.client.frame_request(request, {.value_bytes_max = 1 << 20}, resume, frame);
    ringside::base::ByteBuffer expectation;
    protocol.node().append_expectation(frame, request, {}, expectation);
    for (auto _ : state) {
        resume = {};
        const auto found =
            protocol.node().frame_reply(*frame.command, expectation.view(), reply, resume);
        CHECK(found.status == ReplyStatus::complete);
        benchmark::DoNotOptimize(found);
    }
    state.SetItemsProcessed(state.iterations());
}

// Requests of many keys over four nodes: what it takes to write the parts, and to make one answer
// of theirs.
constexpr std::uint32_t kParts = 4;

std::string numbered_key(std::uint32_t number) {
    return "session:" + std::to_string(1'000'000'000 + number);
}

std::string memcache_get_of(std::uint32_t keys) {
    std::string text = "get";
    for (std::uint32_t i = 0; i < keys; ++i) {
        text += " " + numbered_key(i);
    }
    return text + "\r\n";
}
std::string memcache_hits_of(std::uint32_t first, std::uint32_t step, std::uint32_t keys) {
    std::string text;
    for (std::uint32_t i = first; i < keys; i += step) {
        text += "VALUE " + numbered_key(i) + " 0 100\r\n" + kValue + "\r\n";
    }
    return text + "END\r\n";
}
std::string redis_mget_of(std::uint32_t keys) {
    std::string text = "*" + std::to_string(keys + 1) + "\r\n$4\r\nMGET\r\n";
    for (std::uint32_t i = 0; i < keys; ++i) {
        text += "$18\r\n" + numbered_key(i) + "\r\n";
    }
    return text;
}
std::string redis_hits_of(std::uint32_t first, std::uint32_t step, std::uint32_t keys) {
    return "*" + std::to_string((keys - first + step - 1) / step) + "\r\n" +
           repeated(redis_hit(), static_cast<int>((keys - first + step - 1) / step));
}

void write_parts(benchmark::State& state, const Protocol& protocol, const std::string& request,
                 std::uint32_t keys) {
    RequestFrame frame;
    Resume resume;
    protocol.client.frame_request(request, {.value_bytes_max = 1 << 20}, resume, frame);
    CHECK(frame.keys.size() == keys);
    std::vector<std::uint32_t> indices(keys / kParts);
    std::iota(indices.begin(), indices.end(), 0);
    ringside::base::ByteBuffer out;
    for (auto _ : state) {
        for (std::uint32_t part = 0; part < kParts; ++part) {
            protocol.node().append_part(frame, request, indices, out);
        }
        benchmark::DoNotOptimize(out);
        out.clear();
    }
    state.SetItemsProcessed(state.iterations() * keys);
}

void merge(benchmark::State& state, const Protocol& protocol, const std::string& request,
           std::string (*hits_of)(std::uint32_t, std::uint32_t, std::uint32_t)) {
    RequestFrame frame;
    Resume resume;
    protocol.client.frame_request(request, {.value_bytes_max = 1 << 20}, resume, frame);
    const auto keys = static_cast<std::uint32_t>(frame.keys.size());
    ringside::base::ByteBuffer expectation;
    protocol.node().append_expectation(frame, request, {}, expectation);
    std::vector<std::uint32_t> owners(keys);
    for (std::uint32_t i = 0; i < keys; ++i) {
        owners[i] = i % kParts;
    }
    std::array<std::string, kParts> answers;
    std::array<PartReply, kParts> parts;
    for (std::uint32_t part = 0; part < kParts; ++part) {
        answers[part] = hits_of(part, kParts, keys);
        parts[part].bytes = answers[part];
    }
    ringside::base::ByteBuffer out;
    for (auto _ : state) {
        CHECK(protocol.client.merge({.command = *frame.command,
                                     .expectation = expectation.view(),
                                     .owners = owners,
                                     .parts = parts},
                                    out));
        benchmark::DoNotOptimize(out);
        out.clear();
    }
    state.SetItemsProcessed(state.iterations() * keys);
}

const Protocol& memcache = ringside::protocol::memcached();
const Protocol& redis = ringside::protocol::redis();

BENCHMARK_CAPTURE(frame_requests, memcache_get, memcache, memcache_get());
BENCHMARK_CAPTURE(frame_requests, memcache_set_100, memcache, memcache_set());
BENCHMARK_CAPTURE(frame_requests, memcache_get_x16, memcache, repeated(memcache_get(), 16));
BENCHMARK_CAPTURE(frame_reply, memcache_hit_100, memcache, memcache_get(), memcache_hit());
BENCHMARK_CAPTURE(frame_reply, memcache_miss, memcache, memcache_get(), "END\r\n");
BENCHMARK_CAPTURE(frame_reply, memcache_stored, memcache, memcache_set(), "STORED\r\n");
BENCHMARK_CAPTURE(frame_requests, redis_get, redis, redis_get());
BENCHMARK_CAPTURE(frame_requests, redis_set_100, redis, redis_set());
BENCHMARK_CAPTURE(frame_requests, redis_get_x16, redis, repeated(redis_get(), 16));
BENCHMARK_CAPTURE(frame_reply, redis_hit_100, redis, redis_get(), redis_hit());
BENCHMARK_CAPTURE(frame_requests, memcache_get_100_keys, memcache, memcache_get_of(100));
BENCHMARK_CAPTURE(write_parts, memcache_get_100_keys, memcache, memcache_get_of(100), 100u);
BENCHMARK_CAPTURE(merge, memcache_get_100_keys, memcache, memcache_get_of(100), memcache_hits_of);
BENCHMARK_CAPTURE(frame_reply, memcache_hits_25, memcache, memcache_get_of(25),
                  memcache_hits_of(0, 1, 25));
BENCHMARK_CAPTURE(frame_requests, redis_mget_100_keys, redis, redis_mget_of(100));
BENCHMARK_CAPTURE(write_parts, redis_mget_100_keys, redis, redis_mget_of(100), 100u);
BENCHMARK_CAPTURE(frame_reply, redis_hits_25, redis, redis_mget_of(25), redis_hits_of(0, 1, 25));
BENCHMARK_CAPTURE(merge, redis_mget_100_keys, redis, redis_mget_of(100), redis_hits_of);

}  // namespace
