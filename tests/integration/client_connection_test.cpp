// Clients that send byte by byte, leave in the middle, or speak something else altogether.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

using namespace std::string_literals;

class ClientConnection : public ::testing::Test {
  protected:
    void expect_to_serve() {
        EXPECT_EQ(Client(port_).ask("set k 0 0 1\r\na\r\nget k\r\n", "END\r\n"),
                  "STORED\r\nVALUE k 0 1\r\na\r\nEND\r\n");
        EXPECT_EQ(
            Client(redis_port_).ask("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\na\r\nGET k\r\n", "a\r\n"),
            "+OK\r\n$1\r\na\r\n");
    }

    std::array<MemcachedNode, 2> nodes_;
    RedisNode redis_;
    std::uint16_t port_ = free_port();
    std::uint16_t redis_port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_) +
                           to_yaml({.name = "redis",
                                    .listen = fmt::format("127.0.0.1:{}", redis_port_),
                                    .servers = {server_line(redis_.address())},
                                    .settings = {"redis: true"}})}};
};

TEST_F(ClientConnection, may_send_one_byte_at_a_time) {
    constexpr std::string_view kRequests =
        "set k 0 0 4\r\n\r\nab\r\nget k none k\r\ngets none\r\nincr k 1\r\nquit\r\n";
    constexpr std::string_view kRedisRequests =
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\nab\r\n*2\r\n$4\r\nMGET\r\n$"
        "1\r\nk\r\nPING\r\nQUIT\r\n";
    Client client(port_);
    Client redis_client(redis_port_);

    for (const char byte : kRequests) {
        client.send({&byte, 1});
    }
    for (const char byte : kRedisRequests) {
        redis_client.send({&byte, 1});
    }

    EXPECT_EQ(client.read_to_end(),
              "STORED\r\nVALUE k 0 4\r\n\r\nab\r\nVALUE k 0 4\r\n\r\nab\r\nEND\r\nEND\r\n"
              "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
    EXPECT_EQ(redis_client.read_to_end(), "+OK\r\n*1\r\n$4\r\n\r\nab\r\n+PONG\r\n+OK\r\n");
}

TEST_F(ClientConnection, gets_its_answers_after_it_has_finished_sending) {
    Client client(port_);
    client.send("set k 0 0 1\r\na\r\nget k\r\nget k none\r\nget unfinis");
    client.finish_sending();
    Client redis_client(redis_port_);
    redis_client.send("SET k a\r\nGET k\r\n*2\r\n$3\r\nGET\r\n$10\r\nunf");
    redis_client.finish_sending();

    EXPECT_EQ(client.read_to_end(),
              "STORED\r\nVALUE k 0 1\r\na\r\nEND\r\nVALUE k 0 1\r\na\r\nEND\r\n");
    EXPECT_EQ(redis_client.read_to_end(), "+OK\r\n$1\r\na\r\n");
}

TEST_F(ClientConnection, ends_when_its_first_bytes_are_of_another_protocol) {
    const std::string http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string post =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\nset k 0 0 1\r\nx\r\n\r\n";
    const std::string tls = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(200, 'r');
    const std::string binary =
        "\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"s + std::string(12, '\0') + "k";
    for (const std::string& bytes : {http, post, tls, binary}) {
        for (const std::uint16_t port : {port_, redis_port_}) {
            Client client(port);
            client.send(bytes);
            EXPECT_TRUE(client.closed_by_peer()) << bytes.substr(0, 4) << " on port " << port;
        }
    }
    EXPECT_EQ(Client(port_).ask("get k\r\n", "\r\n"), "END\r\n");
    expect_to_serve();
}

TEST_F(ClientConnection, may_leave_at_any_byte_without_harm_to_others) {
    constexpr std::string_view kRequests =
        "set left 0 0 5\r\nhello\r\nget left other left\r\nincr left 1\r\n";
    constexpr std::string_view kRedisRequests =
        "*3\r\n$4\r\nMGET\r\n$4\r\nleft\r\n$5\r\nother\r\nSET left x\r\n";
    Client bystander(port_);
    Client redis_bystander(redis_port_);
    const auto leave_after = [](std::uint16_t port, std::string_view bytes) {
        Client(port).send(bytes);
    };

    for (std::size_t size = 0; size <= kRequests.size(); ++size) {
        leave_after(port_, kRequests.substr(0, size));
        const std::string key = fmt::format("own{}", size);
        ASSERT_EQ(
            bystander.ask(fmt::format("set {0} 0 0 {1}\r\n{0}\r\nget {0}\r\n", key, key.size()),
                          "END\r\n"),
            fmt::format("STORED\r\nVALUE {0} 0 {1}\r\n{0}\r\nEND\r\n", key, key.size()));
    }
    for (std::size_t size = 0; size <= kRedisRequests.size(); ++size) {
        leave_after(redis_port_, kRedisRequests.substr(0, size));
        const std::string value = fmt::format("own{}\r\n", size);
        ASSERT_EQ(redis_bystander.ask(fmt::format("SET own own{0}\r\nGET own\r\n", size), value),
                  fmt::format("+OK\r\n${}\r\n{}", value.size() - 2, value));
    }
}

TEST_F(ClientConnection, may_leave_without_reading_what_it_has_asked_for) {
    Client bystander(port_);
    const std::string value(50'000, 'v');
    ASSERT_EQ(bystander.ask(fmt::format("set big 0 0 {}\r\n{}\r\n", value.size(), value), "\r\n"),
              "STORED\r\n");

    for (int i = 0; i < 100; ++i) {
        Client client(port_);
        for (int j = 0; j < 20; ++j) {
            client.offer("get big none big\r\n");
        }
        ASSERT_EQ(bystander.ask("get none\r\n", "\r\n"), "END\r\n");
    }

    expect_to_serve();
}

TEST_F(ClientConnection, may_send_anything_at_all) {
    constexpr std::uint32_t kSeeds = 300;
    for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
        std::mt19937 random(seed);
        constexpr std::array<std::string_view, 10> kWords{"get ",   "set ",   "k ",  "0 ", "\r\n",
                                                          "*2\r\n", "$3\r\n", "GET", "\n", "-1"};
        std::string bytes;
        for (int i = 0; i < 200; ++i) {
            bytes += random() % 2 == 0 ? std::string(1, static_cast<char>(random() % 256))
                                       : std::string(kWords[random() % kWords.size()]);
        }
        Client client(seed % 2 == 0 ? port_ : redis_port_);
        client.offer(bytes);
        client.finish_sending();
        client.read_to_end();
    }
    expect_to_serve();
}

}  // namespace
}  // namespace ringside::testing
