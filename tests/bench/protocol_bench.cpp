// What it costs to frame one request or one answer: the work that every byte through the proxy
// pays for.
#include "base/byte_buffer.h"
#include "base/check.h"
#include "protocol/codec.h"

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

namespace {

using ringside::protocol::Codec;
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
void frame_requests(benchmark::State& state, const Codec& codec, const std::string& bytes) {
    RequestFrame frame;
    std::int64_t requests = 0;
    for (auto _ : state) {
        for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(frame.size)) {
            Resume resume;
            codec.frame_request(rest, {.value_bytes_max = 1 << 20}, resume, frame);
            CHECK(frame.status == RequestStatus::complete);
            benchmark::DoNotOptimize(frame);
            ++requests;
        }
    }
    state.SetItemsProcessed(requests);
}

void frame_reply(benchmark::State& state, const Codec& codec, const std::string& request,
                 const std::string& reply) {
    RequestFrame frame;
    Resume resume;
    codec.frame_request(request, {.value_bytes_max = 1 << 20}, resume, frame);
    ringside::base::ByteBuffer expectation;
    codec.append_expectation(frame, request, {}, expectation);
    for (auto _ : state) {
        resume = {};
        const auto found = codec.frame_reply(*frame.command, expectation.view(), reply, resume);
        CHECK(found.status == ReplyStatus::complete);
        benchmark::DoNotOptimize(found);
    }
    state.SetItemsProcessed(state.iterations());
}

const Codec& memcache = ringside::protocol::memcache_codec();
const Codec& redis = ringside::protocol::redis_codec();

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

}  // namespace
