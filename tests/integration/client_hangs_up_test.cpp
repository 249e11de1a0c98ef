// A client that has sent its requests and leaves: all of them are done, however it leaves.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

enum class Transport { tcp, unix_socket };
enum class Requests { noreply_set, noreply_delete, set, redis_set };
// How the client leaves; it never reads an answer. With unread answers a close is a reset, which
// is sure to be one if an answer has come before.
enum class Leaving { closes, closes_its_half_first, resets };

constexpr std::array kTransports{Transport::tcp, Transport::unix_socket};
constexpr std::array kTransportNames{"tcp", "unix"};
constexpr std::array kRequestNames{"noreply_set", "noreply_delete", "set", "redis_set"};
constexpr std::array kLeavingNames{"closes", "closes_its_half_first", "resets"};

struct Load {
    std::size_t requests;
    std::size_t value_bytes;
};

// 17 is one more than are taken from a client at once before its answers are known.
constexpr std::array kLoads{Load{17, 1}, Load{300, 1}, Load{1'000, 10}, Load{3'000, 10},
                            Load{40, 50'000}};

// What the receiver's kernel is sure to take over TCP before anybody reads: 125 KiB on a machine
// with 128 KiB as the second value of tcp_rmem (tcp(7)); half of that is safe.
constexpr std::size_t kTakenUnreadBytes = 60'000;

// Of the client, of the node.
using Case = std::tuple<Transport, Transport, Requests, Leaving>;

// A pool for each kind of client before each kind of node.
class World {
  public:
    Client connect(Transport client, Transport node, bool is_redis) const {
        const std::size_t pool = index(client, node, is_redis);
        return client == Transport::tcp ? Client(ports_[pool]) : Client(path(pool));
    }
    Server& server(Transport node, bool is_redis) {
        return node == Transport::tcp ? is_redis ? static_cast<Server&>(redis_) : memcached_
               : is_redis             ? static_cast<Server&>(redis_at_path_)
                                      : memcached_at_path_;
    }
    void wait_until(const std::function<bool()>& condition, const std::string& what) {
        proxy_.wait_until(condition, what);
    }

  private:
    static std::size_t index(Transport client, Transport node, bool is_redis) {
        return std::size_t(client) + 2 * std::size_t(node) + (is_redis ? 4 : 0);
    }
    std::string path(std::size_t pool) const {
        return directory_.file(fmt::format("{}.sock", pool));
    }
    std::string pools() {
        std::string text;
        for (const bool is_redis : {false, true}) {
            for (const Transport node : kTransports) {
                for (const Transport client : kTransports) {
                    const std::size_t pool = index(client, node, is_redis);
                    text += to_yaml(
                        {.name = fmt::format("pool-{}", pool),
                         .listen = client == Transport::tcp
                                       ? fmt::format("127.0.0.1:{}", ports_[pool])
                                       : path(pool),
                         .servers = {server_line(server(node, is_redis).address(), 1, "node")},
                         .settings = {fmt::format("redis: {}", is_redis)}});
                }
            }
        }
        return text;
    }

    TemporaryDirectory directory_;
    std::array<std::uint16_t, 8> ports_{free_port(), free_port(), free_port(), free_port(),
                                        free_port(), free_port(), free_port(), free_port()};
    MemcachedNode memcached_;
    MemcachedNode memcached_at_path_ = MemcachedNode::at_path(directory_.file("memcached"));
    RedisNode redis_;
    RedisNode redis_at_path_ = RedisNode::at_path(directory_.file("redis"));
    Proxy proxy_{{.pools = pools()}};
};

class ClientHangsUp : public ::testing::TestWithParam<Case> {
  protected:
    static void SetUpTestSuite() { world_ = std::make_unique<World>(); }
    static void TearDownTestSuite() { world_.reset(); }

    bool over_tcp() const { return std::get<0>(GetParam()) == Transport::tcp; }
    Requests requests() const { return std::get<2>(GetParam()); }
    bool is_redis() const { return requests() == Requests::redis_set; }
    Leaving leaving() const { return std::get<3>(GetParam()); }
    Server& node() const { return world_->server(std::get<1>(GetParam()), is_redis()); }

    // Nobody else has had such a key.
    static std::string key(std::size_t i) { return fmt::format("key-{}-{}", round_, i); }
    static std::string set(std::string_view key, const std::string& value, bool is_noreply) {
        return fmt::format("set {} 0 0 {}{}\r\n{}\r\n", key, value.size(),
                           is_noreply ? " noreply" : "", value);
    }
    std::string request(std::string_view key, const std::string& value) const {
        switch (requests()) {
            case Requests::noreply_set:
                return set(key, value, true);
            case Requests::noreply_delete:
                return fmt::format("delete {} noreply\r\n", key);
            case Requests::set:
                return set(key, value, false);
            case Requests::redis_set:
                break;
        }
        return fmt::format("*3\r\n$3\r\nSET\r\n${}\r\n{}\r\n${}\r\n{}\r\n", key.size(), key,
                           value.size(), value);
    }
    std::string all_requests(const Load& load) const {
        const std::string value(load.value_bytes, 'v');
        std::string bytes;
        for (std::size_t i = 0; i < load.requests; ++i) {
            bytes += request(key(i), value);
        }
        return bytes;
    }
    // Over TCP an answer to a client that is gone brings a reset, which takes with it what the
    // client's kernel has not sent yet: nobody can do that. On a unix socket all is with the
    // receiver, if it has room for it when the client leaves.
    bool arrives_whole(const Load& load) const {
        const bool is_answered = requests() == Requests::set || requests() == Requests::redis_set;
        const std::size_t bytes = all_requests(load).size();
        if (leaving() == Leaving::resets) {
            return bytes < kTakenUnreadBytes;
        }
        return !(over_tcp() && is_answered && bytes > kTakenUnreadBytes);
    }
    std::size_t stored() const {
        if (is_redis()) {
            return std::stoul(node().client().ask("DBSIZE\r\n", "\r\n").substr(1));
        }
        const std::string stats = node().client().ask("stats\r\n", "END\r\n");
        constexpr std::string_view kItems = "STAT curr_items ";
        return std::stoul(stats.substr(stats.find(kItems) + kItems.size()));
    }
    // What is to be deleted is there before.
    void begin_round(const Load& load) {
        ++round_;
        before_ = stored();
        if (requests() == Requests::noreply_delete) {
            std::string sets;
            for (std::size_t i = 0; i < load.requests; ++i) {
                sets += set(key(i), std::string(load.value_bytes, 'v'), true);
            }
            node().client().ask(sets + "get k\r\n", "END\r\n");
            ASSERT_EQ(stored(), before_ + load.requests);
        }
    }
    Client connect() const {
        Client client =
            world_->connect(std::get<0>(GetParam()), std::get<1>(GetParam()), is_redis());
        if (leaving() == Leaving::resets) {
            client.send(is_redis() ? "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" : "get k\r\n");
            client.wait_without_reading();
        }
        return client;
    }
    // The client leaves with all its requests sent.
    void send_and_leave(Client client, const Load& load) const {
        client.send(all_requests(load));
        if (leaving() == Leaving::closes_its_half_first) {
            client.finish_sending();
        }
    }
    void expect_all_done(const Load& load) const {
        const bool is_delete = requests() == Requests::noreply_delete;
        const std::size_t expected = before_ + (is_delete ? 0 : load.requests);
        world_->wait_until([&] { return stored() == expected; },
                           fmt::format("{} requests of {} bytes", load.requests, load.value_bytes));
    }

    static std::unique_ptr<World> world_;
    static int round_;
    std::size_t before_ = 0;  // keys on the node
};

std::unique_ptr<World> ClientHangsUp::world_;
int ClientHangsUp::round_ = 0;

TEST_P(ClientHangsUp, and_all_that_it_has_sent_is_done) {
    for (const Load& load : kLoads) {
        if (!arrives_whole(load)) {
            continue;
        }
        SCOPED_TRACE(::testing::Message() << load.requests << " of " << load.value_bytes);
        begin_round(load);

        send_and_leave(connect(), load);

        expect_all_done(load);
    }
}

TEST_P(ClientHangsUp, while_the_node_is_slow) {
    constexpr Load kLoad{300, 30};
    begin_round(kLoad);
    Client client = connect();
    node().pause();

    send_and_leave(std::move(client), kLoad);
    node().resume();

    expect_all_done(kLoad);
}

std::string name_of(const ::testing::TestParamInfo<Case>& tested) {
    const auto [client, node, requests, leaving] = tested.param;
    return fmt::format("{}_to_{}_{}_{}", kTransportNames[std::size_t(client)],
                       kTransportNames[std::size_t(node)], kRequestNames[std::size_t(requests)],
                       kLeavingNames[std::size_t(leaving)]);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ClientHangsUp,
    ::testing::Combine(::testing::ValuesIn(kTransports), ::testing::ValuesIn(kTransports),
                       ::testing::Values(Requests::noreply_set, Requests::noreply_delete,
                                         Requests::set, Requests::redis_set),
                       ::testing::Values(Leaving::closes, Leaving::closes_its_half_first,
                                         Leaving::resets)),
    name_of);

}  // namespace
}  // namespace ringside::testing
