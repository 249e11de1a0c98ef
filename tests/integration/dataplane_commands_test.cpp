// Every memcached command through Ringside to three memcached nodes.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::StartsWith;

class DataPlaneCommands : public ::testing::Test {
  protected:
    std::array<MemcachedNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_)}};
    Client client_{port_};

    // Asks and expects, one after another on one connection.
    void expect(const std::vector<std::pair<std::string_view, std::string_view>>& dialogue) {
        for (const auto& [request, answer] : dialogue) {
            EXPECT_EQ(client_.ask(request, answer.size()), answer) << request;
        }
        EXPECT_EQ(client_.surplus(), "");
    }

    // How many nodes have at least one of these keys.
    std::size_t nodes_with(const std::vector<std::string>& keys) {
        return static_cast<std::size_t>(
            std::count_if(nodes_.begin(), nodes_.end(), [&keys](const MemcachedNode& node) {
                Client client = node.client();
                std::string get = "get";
                for (const std::string& key : keys) {
                    get += " " + key;
                }
                return client.ask(get + "\r\n", "END\r\n") != "END\r\n";
            }));
    }
};

// The number comes first: fnv1a keeps keys that differ only in their last byte close together.
std::vector<std::string> numbered_keys(int count) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) {
        keys.push_back(fmt::format("{}-key", i));
    }
    return keys;
}

TEST_F(DataPlaneCommands, stores_and_changes_values) {
    expect({{"get k\r\n", "END\r\n"},
            {"set k 7 0 3\r\nabc\r\n", "STORED\r\n"},
            {"get k\r\n", "VALUE k 7 3\r\nabc\r\nEND\r\n"},
            {"add k 0 0 1\r\nx\r\n", "NOT_STORED\r\n"},
            {"add other 0 0 1\r\nx\r\n", "STORED\r\n"},
            {"replace k 1 0 2\r\nde\r\n", "STORED\r\n"},
            {"replace none 1 0 2\r\nde\r\n", "NOT_STORED\r\n"},
            {"append k 0 0 1\r\n>\r\n", "STORED\r\n"},
            {"prepend k 0 0 1\r\n<\r\n", "STORED\r\n"},
            {"get k\r\n", "VALUE k 1 4\r\n<de>\r\nEND\r\n"},
            {"append none 0 0 1\r\n>\r\n", "NOT_STORED\r\n"},
            {"touch k 100\r\n", "TOUCHED\r\n"},
            {"touch none 100\r\n", "NOT_FOUND\r\n"},
            {"delete k\r\n", "DELETED\r\n"},
            {"delete k\r\n", "NOT_FOUND\r\n"},
            {"set empty 0 0 0\r\n\r\n", "STORED\r\n"},
            {"get empty\r\n", "VALUE empty 0 0\r\n\r\nEND\r\n"}});
}

TEST_F(DataPlaneCommands, counts_up_and_down) {
    expect({{"incr n 1\r\n", "NOT_FOUND\r\n"},
            {"set n 0 0 2\r\n10\r\n", "STORED\r\n"},
            {"incr n 5\r\n", "15\r\n"},
            {"decr n 20\r\n", "0\r\n"},
            {"set n 0 0 1\r\nx\r\n", "STORED\r\n"},
            {"incr n 1\r\n", "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"},
            {"incr n x\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n"}});
}

TEST_F(DataPlaneCommands, changes_a_value_only_if_its_unique_number_is_current) {
    client_.ask("set k 0 0 1\r\na\r\n", "\r\n");
    const std::string answer = client_.ask("gets k\r\n", "END\r\n");
    ASSERT_THAT(answer, StartsWith("VALUE k 0 1 "));
    const std::string unique = answer.substr(12, answer.find('\r') - 12);

    const std::string first = client_.ask(fmt::format("cas k 0 0 1 {}\r\nb\r\n", unique), "\r\n");
    const std::string second = client_.ask(fmt::format("cas k 0 0 1 {}\r\nc\r\n", unique), "\r\n");
    const std::string missing = client_.ask("cas none 0 0 1 1\r\nc\r\n", "\r\n");

    EXPECT_EQ(first, "STORED\r\n");
    EXPECT_EQ(second, "EXISTS\r\n");
    EXPECT_EQ(missing, "NOT_FOUND\r\n");
    EXPECT_EQ(client_.ask("get k\r\n", "END\r\n"), "VALUE k 0 1\r\nb\r\nEND\r\n");
}

TEST_F(DataPlaneCommands, answers_nothing_to_noreply_and_stays_in_step) {
    expect(
        {{"set k 0 0 1 noreply\r\na\r\nget k\r\n", "VALUE k 0 1\r\na\r\nEND\r\n"},
         {"add k 0 0 1 noreply\r\nb\r\nget k\r\n", "VALUE k 0 1\r\na\r\nEND\r\n"},
         {"replace k 0 0 1 noreply\r\nc\r\nget k\r\n", "VALUE k 0 1\r\nc\r\nEND\r\n"},
         {"append k 0 0 1 noreply\r\nd\r\nget k\r\n", "VALUE k 0 2\r\ncd\r\nEND\r\n"},
         {"prepend k 0 0 1 noreply\r\nb\r\nget k\r\n", "VALUE k 0 3\r\nbcd\r\nEND\r\n"},
         {"cas k 0 0 1 999999 noreply\r\nx\r\nget k\r\n", "VALUE k 0 3\r\nbcd\r\nEND\r\n"},
         {"incr k 1 noreply\r\ntouch k 50 noreply\r\nget k\r\n", "VALUE k 0 3\r\nbcd\r\nEND\r\n"},
         {"set n 0 0 1 noreply\r\n5\r\nincr n 2 noreply\r\ndecr n 1 noreply\r\nget n\r\n",
          "VALUE n 0 1\r\n6\r\nEND\r\n"},
         {"delete k noreply\r\ndelete k noreply\r\nget k\r\n", "END\r\n"}});
}

TEST_F(DataPlaneCommands, merges_a_multi_get_in_the_order_of_its_keys) {
    const auto keys = numbered_keys(30);
    std::string request = "get";
    std::string expected;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string value = fmt::format("value {}", i);
        const std::string found =
            fmt::format("VALUE {} 0 {}\r\n{}\r\n", keys[i], value.size(), value);
        if (i % 3 != 0) {
            ASSERT_EQ(
                client_.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", keys[i], value.size(), value),
                            "\r\n"),
                "STORED\r\n");
            expected += found;
        }
        request += " " + keys[i];
        if (i % 7 == 5 && i % 3 != 0) {  // asked for twice
            request += " " + keys[i];
            expected += found;
        }
    }
    ASSERT_EQ(nodes_with(keys), nodes_.size());

    const std::string answer = client_.ask(request + "\r\n", "END\r\n");

    EXPECT_EQ(answer, expected + "END\r\n");
}

TEST_F(DataPlaneCommands, gives_each_value_of_a_gets_the_unique_number_of_its_node) {
    const auto keys = numbered_keys(12);
    std::string request = "gets";
    for (const std::string& key : keys) {
        ASSERT_EQ(client_.ask(fmt::format("set {} 0 0 1\r\nx\r\n", key), "\r\n"), "STORED\r\n");
        request += " " + key;
    }
    ASSERT_GT(nodes_with(keys), 1U);

    client_.send(request + "\r\n");
    for (const std::string& key : keys) {
        const std::string line = client_.read_line();
        ASSERT_THAT(line, StartsWith(fmt::format("VALUE {} 0 1 ", key)));
        const std::string unique =
            line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 3);
        ASSERT_EQ(client_.read_line(), "x\r\n");
        Client second(port_);
        EXPECT_EQ(second.ask(fmt::format("cas {} 0 0 1 {}\r\ny\r\n", key, unique), "\r\n"),
                  "STORED\r\n");
    }
    EXPECT_EQ(client_.read_line(), "END\r\n");
}

TEST_F(DataPlaneCommands, carries_values_up_to_the_limit_of_memcached) {
    const std::string value(1'000'000, 'v');

    EXPECT_EQ(client_.ask(fmt::format("set big 0 0 {}\r\n{}\r\n", value.size(), value), "\r\n"),
              "STORED\r\n");

    const std::string expected =
        fmt::format("VALUE big 0 {}\r\n{}\r\nEND\r\n", value.size(), value);
    EXPECT_TRUE(client_.ask("get big\r\n", expected.size()) == expected);
}

TEST_F(DataPlaneCommands, passes_on_what_memcached_says_of_a_value_that_is_a_little_too_large) {
    const std::string value(1 << 20, 'v');  // the limit of the pool, above that of memcached

    EXPECT_EQ(client_.ask(fmt::format("set big 0 0 {}\r\n{}\r\n", value.size(), value), "\r\n"),
              "SERVER_ERROR object too large for cache\r\n");

    expect({{"set big 0 0 1\r\nx\r\n", "STORED\r\n"}});
}

TEST_F(DataPlaneCommands, refuses_a_value_above_the_limit_and_keeps_the_connection) {
    const std::string value(3 << 20, 'v');
    client_.ask("set big 0 0 3\r\nold\r\n", "\r\n");

    client_.send(fmt::format("set big 0 0 {}\r\n{}\r\nget big\r\n", value.size(), value));

    EXPECT_EQ(client_.read_line(), "SERVER_ERROR object too large for cache\r\n");
    EXPECT_EQ(client_.read_line(), "END\r\n");
    expect({{"set k 0 0 1\r\na\r\n", "STORED\r\n"}});
}

// memcached does it so, and a reader would rather have no value than one that was replaced.
TEST_F(DataPlaneCommands, a_set_that_is_too_large_removes_the_old_value_and_an_append_does_not) {
    const std::string value(3 << 20, 'v');
    for (const std::string_view command : {"set", "append"}) {
        client_.ask("set big 0 0 3\r\nold\r\n", "\r\n");
        client_.send(fmt::format("{} big 0 0 {} noreply\r\n{}\r\n", command, value.size(), value));

        EXPECT_EQ(client_.ask("get big\r\n", "END\r\n"),
                  command == "set" ? "END\r\n" : "VALUE big 0 3\r\nold\r\nEND\r\n");
    }
    EXPECT_EQ(client_.surplus(), "");
}

TEST_F(DataPlaneCommands, accepts_what_old_and_careless_clients_send) {
    expect({{"set k 0 0 1\na\r\n", "STORED\r\n"},
            {"get k\n", "VALUE k 0 1\r\na\r\nEND\r\n"},
            {"  get   k  none \r\n", "VALUE k 0 1\r\na\r\nEND\r\n"},
            {"delete k 0\r\n", "DELETED\r\n"},
            {"set k 0 -1 1\r\na\r\n", "STORED\r\n"},
            {"get k\r\n", "END\r\n"},
            {"delete k 0 noreply\r\nget k\r\n", "END\r\n"}});
}

TEST_F(DataPlaneCommands, answers_errors_in_the_words_of_memcached_and_goes_on) {
    expect({{"dance\r\n", "ERROR\r\n"},
            {"get\r\n", "ERROR\r\n"},
            {"GET k\r\n", "ERROR\r\n"},
            {"mg k v\r\n", "ERROR\r\n"},
            {"set k x 0 1\r\na\r\n", "CLIENT_ERROR bad command line format\r\n"},
            {"touch k x\r\n", "CLIENT_ERROR invalid exptime argument\r\n"},
            {"get k\r\n", "END\r\n"}});
    const std::string long_key(251, 'k');
    EXPECT_EQ(client_.ask(fmt::format("get {}\r\n", long_key), "\r\n"),
              "CLIENT_ERROR bad command line format\r\n");
    expect({{"get k\r\n", "END\r\n"}});
}

TEST_F(DataPlaneCommands, tells_the_version_of_a_node_and_ends_on_quit) {
    const std::string version = nodes_[0].client().ask("version\r\n", "\r\n");

    client_.send("version\r\nget k\r\nquit\r\nget k\r\n");

    EXPECT_EQ(client_.read_to_end(), version + "END\r\n");
}

TEST_F(DataPlaneCommands, answers_a_pipeline_of_ten_thousand_in_order) {
    constexpr int kRequests = 10'000;
    constexpr int kKeys = 97;
    std::string sets;
    std::string gets;
    std::string expected;
    for (int i = 0; i < kKeys; ++i) {
        sets += fmt::format("set key{} 0 0 4 noreply\r\n{:04}\r\n", i, i);
    }
    for (int i = 0; i < kRequests; ++i) {
        gets += fmt::format("get key{}\r\n", i % kKeys);
        expected += fmt::format("VALUE key{0} 0 4\r\n{0:04}\r\nEND\r\n", i % kKeys);
    }

    client_.send(sets + gets);

    EXPECT_TRUE(client_.read_exactly(expected.size()) == expected);
    EXPECT_EQ(client_.surplus(), "");
}

}  // namespace
}  // namespace ringside::testing
