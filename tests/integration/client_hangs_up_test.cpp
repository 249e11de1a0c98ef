// A client that has sent its requests and leaves: all of them are done, however it leaves.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ringside::testing {
namespace {

enum class Transport { tcp, unix_socket };
enum class Requests { memcached_noreply, memcached, redis };
// How the client leaves; it never reads an answer. With unread answers a close is a reset.
enum class Leaving { closes, closes_its_half_first };

struct Load {
    std::size_t requests;
    std::size_t value_bytes;
};

// 17 is one more than are taken from a client at once before its answers are known.
constexpr std::array kLoads{Load{17, 1}, Load{300, 1}, Load{3'000, 10}, Load{40, 50'000}};

using Case = std::tuple<Transport, Requests, Leaving>;

class ClientHangsUp : public ::testing::TestWithParam<Case> {
  protected:
    bool is_redis() const { return std::get<1>(GetParam()) == Requests::redis; }
    Client connect() {
        const bool over_tcp = std::get<0>(GetParam()) == Transport::tcp;
        if (is_redis()) {
            return over_tcp ? Client(redis_port_) : Client(directory_.file("redis.sock"));
        }
        return over_tcp ? Client(port_) : Client(directory_.file("memcached.sock"));
    }
    std::string request(std::string_view key, const std::string& value) const {
        if (is_redis()) {
            return fmt::format("*3\r\n$3\r\nSET\r\n${}\r\n{}\r\n${}\r\n{}\r\n", key.size(), key,
                               value.size(), value);
        }
        const bool noreply = std::get<1>(GetParam()) == Requests::memcached_noreply;
        return fmt::format("set {} 0 0 {}{}\r\n{}\r\n", key, value.size(),
                           noreply ? " noreply" : "", value);
    }
    // Over TCP an answer to a client that is gone brings a reset, which takes with it what the
    // client's kernel has not sent yet: nobody can do that. On a unix socket all is with the
    // receiver.
    bool arrives_whole(const Load& load) const {
        const bool is_answered = std::get<1>(GetParam()) != Requests::memcached_noreply;
        const bool over_tcp = std::get<0>(GetParam()) == Transport::tcp;
        return !(over_tcp && is_answered && load.requests * load.value_bytes > 100'000);
    }
    std::size_t stored() {
        if (is_redis()) {
            return std::stoul(redis_.client().ask("DBSIZE\r\n", "\r\n").substr(1));
        }
        const std::string stats = node_.client().ask("stats\r\n", "END\r\n");
        constexpr std::string_view kItems = "STAT curr_items ";
        return std::stoul(stats.substr(stats.find(kItems) + kItems.size()));
    }
    void forget_everything() {
        if (is_redis()) {
            redis_.client().ask("FLUSHALL\r\n", "+OK\r\n");
        } else {
            node_.restart();
        }
    }
    // The client leaves with all its requests sent.
    void send_and_leave(const Load& load) {
        const std::string value(load.value_bytes, 'v');
        std::string requests;
        for (std::size_t i = 0; i < load.requests; ++i) {
            requests += request(fmt::format("key-{}", i), value);
        }
        Client client = connect();
        client.send(requests);
        if (std::get<2>(GetParam()) == Leaving::closes_its_half_first) {
            client.finish_sending();
        }
    }
    void expect_all_stored(const Load& load) {
        proxy_.wait_until([this, &load] { return stored() >= load.requests; },
                          fmt::format("{} requests of {} bytes", load.requests, load.value_bytes));
        EXPECT_EQ(stored(), load.requests);
    }

    TemporaryDirectory directory_;
    MemcachedNode node_;
    RedisNode redis_;
    std::uint16_t port_ = free_port();
    std::uint16_t redis_port_ = free_port();
    Proxy proxy_{
        {.pools = pool_text("tcp", fmt::format("127.0.0.1:{}", port_), node_, "") +
                  pool_text("unix", directory_.file("memcached.sock"), node_, "") +
                  pool_text("redis-tcp", fmt::format("127.0.0.1:{}", redis_port_), redis_,
                            "redis: true") +
                  pool_text("redis-unix", directory_.file("redis.sock"), redis_, "redis: true")}};

  private:
    static std::string pool_text(std::string name, std::string listen, const Server& server,
                                 std::string setting) {
        PoolText pool{.name = std::move(name), .listen = std::move(listen)};
        pool.servers = {server_line(server.address())};
        if (!setting.empty()) {
            pool.settings = {std::move(setting)};
        }
        return to_yaml(pool);
    }
};

TEST_P(ClientHangsUp, and_all_that_it_has_sent_is_done) {
    for (const Load& load : kLoads) {
        if (!arrives_whole(load)) {
            continue;
        }
        SCOPED_TRACE(::testing::Message() << load.requests << " of " << load.value_bytes);

        send_and_leave(load);

        expect_all_stored(load);
        forget_everything();
    }
}

TEST_P(ClientHangsUp, while_the_node_is_slow) {
    constexpr Load kLoad{300, 100};
    Server& server = is_redis() ? static_cast<Server&>(redis_) : node_;
    server.pause();

    send_and_leave(kLoad);
    server.resume();

    expect_all_stored(kLoad);
}

std::string name_of(const ::testing::TestParamInfo<Case>& tested) {
    constexpr std::array kTransports{"tcp", "unix"};
    constexpr std::array kRequests{"memcached_noreply", "memcached", "redis"};
    constexpr std::array kLeavings{"closes", "closes_its_half_first"};
    const auto [transport, requests, leaving] = tested.param;
    return fmt::format("{}_{}_{}", kTransports[std::size_t(transport)],
                       kRequests[std::size_t(requests)], kLeavings[std::size_t(leaving)]);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ClientHangsUp,
    ::testing::Combine(::testing::Values(Transport::tcp, Transport::unix_socket),
                       ::testing::Values(Requests::memcached_noreply, Requests::memcached,
                                         Requests::redis),
                       ::testing::Values(Leaving::closes, Leaving::closes_its_half_first)),
    name_of);

}  // namespace
}  // namespace ringside::testing
