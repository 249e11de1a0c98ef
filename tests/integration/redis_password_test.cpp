// Passwords that come, change and go while clients are there: the proxy, by reload, and a real
// Redis, by CONFIG SET, ask the same clients for them.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kNone = "$-1\r\n";
constexpr const char* kOk = "+OK\r\n";
constexpr const char* kLocked = "-NOAUTH Authentication required.\r\n";

// A Redis node and a proxy before it, whose passwords change together. Each client is one of both,
// which have to answer the same.
class RedisPasswordChange : public ::testing::Test {
  protected:
    std::string pool(const std::string& password) const {
        std::vector<std::string> settings{"redis: true"};
        if (!password.empty()) {
            settings.push_back("redis_auth: " + password);
        }
        return pool_before(nodes_, port_, settings);
    }
    void set_password(const std::string& password) {
        ASSERT_EQ(ask(operator_, {"CONFIG", "SET", "requirepass", password}).raw, kOk);
        proxy_.reload(pool(password));
    }
    void connect(const std::string& name) {
        clients_.emplace(name, std::pair<Client, Client>(Client(port_), nodes_[0].client()));
    }
    std::string answer(const std::string& name, const Words& request) {
        auto& [of_proxy, of_redis] = clients_.at(name);
        std::string answer = ask(of_proxy, request).raw;
        EXPECT_EQ(answer, ask(of_redis, request).raw) << name << ": " << request.front();
        return answer;
    }

    std::array<RedisNode, 1> nodes_;
    Client operator_ = nodes_[0].client();  // came when there was no password
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool("")}};
    std::map<std::string, std::pair<Client, Client>> clients_;
};

TEST_F(RedisPasswordChange, a_password_that_comes_locks_out_nobody_who_was_there) {
    connect("early");
    set_password("one");
    connect("late");

    EXPECT_EQ(answer("early", {"GET", "k"}), kNone);
    EXPECT_EQ(answer("late", {"GET", "k"}), kLocked);
    EXPECT_EQ(answer("late", {"AUTH", "one"}), kOk);
    EXPECT_EQ(answer("late", {"GET", "k"}), kNone);
}

TEST(RedisPasswordFile, is_read_again_when_it_has_changed) {
    const TemporaryDirectory directory;
    const std::string file = directory.write("password", "one\n");
    std::array<RedisNode, 1> nodes;
    Client operator_of_node = nodes[0].client();
    const auto set_on_node = [&operator_of_node](const std::string& password) {
        ASSERT_EQ(ask(operator_of_node, {"CONFIG", "SET", "requirepass", password}).raw, kOk);
    };
    set_on_node("one");
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "redis_auth_file: " + file})});
    const auto is_let_in = [port](const std::string& password) {
        Client client(port);
        return ask(client, {"AUTH", password}).raw == kOk && ask(client, {"GET", "k"}).raw == kNone;
    };
    Client early(port);
    EXPECT_EQ(ask(early, {"AUTH", "one"}).raw, kOk);
    EXPECT_EQ(ask(early, {"GET", "k"}).raw, kNone);

    set_on_node("two");
    directory.write("password", "two\n");

    proxy.wait_until([&is_let_in] { return is_let_in("two"); }, "the new password to hold");
    EXPECT_FALSE(is_let_in("one"));
    EXPECT_EQ(ask(early, {"GET", "k"}).raw, kNone);  // over a new link; it was let in before
    EXPECT_THAT(proxy.get("/config").body, ::testing::Not(HasSubstr("two")));
}

TEST(RedisPasswordFile, that_cannot_be_read_is_named_and_the_old_one_stays) {
    const TemporaryDirectory directory;
    std::array<RedisNode, 1> nodes;
    const std::uint16_t port = free_port();
    const auto pools = [&](const std::string& setting) {
        return pool_before(nodes, port, {"redis: true", setting});
    };
    Proxy proxy({.pools = pools("redis_auth: one")});

    for (const auto& [content, problem] : std::map<std::string, std::string>{
             {"", "a password is 1 to 1024 bytes"}, {std::string(1'025, 'x'), "1 to 1024"}}) {
        proxy.write_config(pools("redis_auth_file: " + directory.write("password", content)));
        const HttpAnswer answer = proxy.post("/config/reload");
        EXPECT_EQ(answer.status, 409);
        EXPECT_THAT(answer.body, HasSubstr(problem));
    }
    proxy.write_config(pools("redis_auth_file: " + directory.file("missing")));
    EXPECT_THAT(proxy.post("/config/reload").body, HasSubstr("No such file"));
    proxy.write_config(pools("redis_auth: a\n  redis_auth_file: /b"));
    EXPECT_THAT(proxy.post("/config/reload").body, HasSubstr("leave one of them out"));
    Client client(port);
    EXPECT_EQ(ask(client, {"AUTH", "one"}).raw, kOk);
}

TEST_F(RedisPasswordChange, hello_without_auth_goes_by_whether_the_client_was_let_in) {
    connect("early");
    set_password("one");
    connect("late");

    EXPECT_THAT(ask(clients_.at("early").first, {"HELLO", "3"}).raw, HasSubstr("role"));
    // The end of it is that of Redis 7.2, which the node need not be.
    EXPECT_THAT(ask(clients_.at("late").first, {"HELLO", "3"}).raw,
                HasSubstr("NOAUTH HELLO must be called"));
    EXPECT_EQ(ask(clients_.at("early").first, {"GET", "k"}).raw, "_\r\n");
}

TEST_F(RedisPasswordChange, a_changed_password_asks_nothing_of_who_gave_the_old_one) {
    set_password("one");
    connect("client");
    ASSERT_EQ(answer("client", {"AUTH", "one"}), kOk);

    set_password("two");

    EXPECT_EQ(answer("client", {"GET", "k"}), kNone);
    connect("other");
    EXPECT_EQ(answer("other", {"AUTH", "one"}),
              "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    EXPECT_EQ(answer("other", {"AUTH", "two"}), kOk);
}

TEST_F(RedisPasswordChange, reset_makes_a_client_as_new) {
    connect("early");
    set_password("one");

    EXPECT_EQ(answer("early", {"RESET"}), "+RESET\r\n");
    EXPECT_EQ(answer("early", {"GET", "k"}), kLocked);

    set_password("");
    EXPECT_EQ(answer("early", {"RESET"}), "+RESET\r\n");
    set_password("two");
    EXPECT_EQ(answer("early", {"GET", "k"}), kNone);
}

TEST_F(RedisPasswordChange, a_removed_password_lets_everybody_in_until_there_is_one_again) {
    set_password("one");
    connect("never asked");
    EXPECT_EQ(answer("never asked", {"GET", "k"}), kLocked);

    set_password("");
    connect("free");
    EXPECT_EQ(answer("never asked", {"GET", "k"}), kNone);
    EXPECT_EQ(answer("free", {"GET", "k"}), kNone);

    set_password("two");
    EXPECT_EQ(answer("never asked", {"GET", "k"}), kLocked);
    EXPECT_EQ(answer("free", {"GET", "k"}), kNone);
}

TEST(RedisPasswords, a_client_may_try_ten) {
    std::array<RedisNode, 1> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true", "redis_auth: secret"})});
    Client client(port);

    for (int i = 0; i < 9; ++i) {
        const Words guess = i % 2 == 0 ? Words{"AUTH", "x"} : Words{"HELLO", "3", "AUTH", "a", "b"};
        ASSERT_EQ(ask(client, guess).raw,
                  "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    }
    EXPECT_EQ(ask(client, {"AUTH", "x"}).raw,
              "-WRONGPASS 10 wrong passwords on this connection: it is closed.\r\n");
    EXPECT_TRUE(client.closed_by_peer());

    proxy.wait_for_body("/pools/pool", "\"client_locked_out\": 1");
    Client other(port);
    EXPECT_EQ(ask(other, {"AUTH", "secret"}).raw, kOk);
}

}  // namespace
}  // namespace ringside::testing
