// The statistics on their own port, beside those of nutcracker itself.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// As scrapers do it: connect, send nothing, read to the end.
template <typename Address>
std::string raw_stats(const Address& address) {
    return Client(address).read_to_end();
}

// Without what is another process's by its nature.
std::string comparable(const std::string& stats) {
    static const std::regex own(R"re("(source|version)":"[^"]*"|"(uptime|timestamp)":[0-9]+)re");
    return std::regex_replace(stats, own, "\"$1$2\":?");
}

// Sum of a counter over all nodes of a pool.
std::int64_t sum(const Json& stats, std::string_view pool, std::string_view counter) {
    std::int64_t total = 0;
    for (const auto& item : stats.at(std::string(pool)).items()) {
        if (item.value().is_object()) {
            total += item.value().at(std::string(counter)).get<std::int64_t>();
        }
    }
    return total;
}

// A memcached and a redis pool with two nodes each, on unix sockets of `directory`.
struct Pools {
    const std::array<MemcachedNode, 2>& memcached;
    const std::array<RedisNode, 2>& redis;
    const TemporaryDirectory& directory;

    std::string memcached_path() const { return directory.file("memcached.sock"); }
    std::string redis_path() const { return directory.file("redis.sock"); }

    std::string yaml() const {
        PoolText first{
            .name = "sessions", .listen = memcached_path(), .settings = {"hash: murmur"}};
        PoolText second{
            .name = "zset", .listen = redis_path(), .settings = {"hash: murmur", "redis: true"}};
        for (std::size_t i = 0; i < 2; ++i) {
            first.servers.push_back(server_line(memcached[i].address(), 1, fmt::format("mc{}", i)));
            second.servers.push_back(server_line(redis[i].address(), 2, i == 0 ? "r" : "redis-1"));
        }
        return to_yaml(first) + to_yaml(second);
    }
};

// 20 single commands for each pool, over both of its nodes.
void send_single_commands(Client& memcached, Client& redis) {
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(memcached.ask(fmt::format("set key{} 0 0 1\r\nx\r\n", i), "\r\n"), "STORED\r\n");
        ASSERT_EQ(memcached.ask(fmt::format("get key{}\r\n", i), "END\r\n"),
                  fmt::format("VALUE key{} 0 1\r\nx\r\nEND\r\n", i));
        ASSERT_EQ(
            redis.ask(fmt::format("*3\r\n$3\r\nSET\r\n$4\r\nkey{}\r\n$1\r\nx\r\n", i), "\r\n"),
            "+OK\r\n");
        ASSERT_EQ(redis.ask(fmt::format("*2\r\n$3\r\nGET\r\n$4\r\nkey{}\r\n", i), "x\r\n"),
                  "$1\r\nx\r\n");
    }
}

class Stats : public ::testing::Test {
  protected:
    std::array<MemcachedNode, 2> memcached_;
    std::array<RedisNode, 2> redis_;
    TemporaryDirectory directory_;
    Pools pools_{memcached_, redis_, directory_};
    Proxy proxy_{{.pools = pools_.yaml()}};

    Json stats() const { return Json::parse(raw_stats(proxy_.stats_port())); }

    // What curl gets. A machine that lets the request wait for 250 ms makes it a scraper.
    HttpAnswer over_http(std::string_view verb, std::string_view path) {
        HttpAnswer answer;
        const auto answered = [&] {
            try {
                answer = http(proxy_.stats_port(), verb, path);
                return true;
            } catch (const std::runtime_error&) {
                return false;
            }
        };
        proxy_.wait_until(answered, "an answer over HTTP");
        return answer;
    }

    std::string key_on_first_node() const {
        for (int i = 0; i < 100; ++i) {
            const std::string key = fmt::format("key{}", i);
            const HttpAnswer answer = proxy_.get("/pools/sessions/locate?key=" + key);
            if (Json::parse(answer.body).at("node") == "mc0") {
                return key;
            }
        }
        throw std::runtime_error("no key lives on mc0");
    }
};

// Beside nutcracker before the same nodes.
class StatsBesideNutcracker : public Stats {
  protected:
    // The harness has knocked at the last pool of each to see whether it listens.
    StatsBesideNutcracker() { EXPECT_TRUE(accepts(pools_.memcached_path())); }

    // Soon: nutcracker's are those of its last event, and ends of connections take their time.
    void expect_same_text(std::string_view when) {
        std::string its;
        std::string ours;
        const auto same = [&] {
            its = comparable(raw_stats(nutcracker_.stats_port()));
            ours = comparable(raw_stats(proxy_.stats_port()));
            return its == ours;
        };
        EXPECT_NO_THROW(proxy_.wait_until(same, "the same text")) << its << ours << when;
    }

    TemporaryDirectory its_directory_;
    Pools its_pools_{memcached_, redis_, its_directory_};
    // The pool with the longer name is the last one to listen.
    Nutcracker nutcracker_{its_pools_.yaml(), its_pools_.memcached_path()};
};

TEST_F(StatsBesideNutcracker, are_the_same_text_before_and_after_the_same_requests) {
    expect_same_text("at start");

    Client its_memcached(its_pools_.memcached_path());
    Client its_redis(its_pools_.redis_path());
    Client our_memcached(pools_.memcached_path());
    Client our_redis(pools_.redis_path());
    send_single_commands(its_memcached, its_redis);
    send_single_commands(our_memcached, our_redis);

    expect_same_text("after 40 requests");
}

TEST_F(StatsBesideNutcracker, are_the_same_text_when_a_node_is_lost) {
    Client its_client(its_pools_.memcached_path());
    Client our_client(pools_.memcached_path());
    const auto get_from_both = [&] {
        for (Client* client : {&its_client, &our_client}) {
            EXPECT_THAT(client->ask("get " + key_on_first_node() + "\r\n", "\r\n"),
                        AnyOf("END\r\n", StartsWith("SERVER_ERROR Connection refused")));
        }
    };
    get_from_both();
    expect_same_text("after an answer");

    memcached_[0].kill();
    expect_same_text("after the end of an idle connection");
    get_from_both();

    expect_same_text("after a request that was refused");
}

TEST_F(Stats, count_twenty_requests_and_answers_and_two_more_for_a_get_over_two_nodes) {
    Client memcached(pools_.memcached_path());
    Client redis(pools_.redis_path());
    send_single_commands(memcached, redis);
    const Json before = stats();

    const std::string answer =
        memcached.ask("get key0 key1 key2 key3 key4 key5 key6 key7 key8 key9\r\n", "END\r\n");

    const Json after = stats();
    for (const char* pool : {"sessions", "zset"}) {
        EXPECT_EQ(sum(before, pool, "requests"), 20) << pool;
        EXPECT_EQ(sum(before, pool, "responses"), 20) << pool;
        EXPECT_EQ(before[pool]["fragments"], 0) << pool;
    }
    EXPECT_THAT(answer, HasSubstr("VALUE key9 "));
    EXPECT_EQ(sum(after, "sessions", "requests"), 22);
    EXPECT_EQ(sum(after, "sessions", "responses"), 22);
    EXPECT_EQ(after["sessions"]["fragments"], 2);  // nutcracker says 0
}

TEST_F(Stats, tell_clients_that_leave_from_those_that_are_lost) {
    const auto pool = [this] { return stats()["zset"]; };

    // An error of the node is an answer like any other.
    Client stays(pools_.redis_path());
    EXPECT_EQ(stays.ask("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nx\r\n", "\r\n"), "+OK\r\n");
    EXPECT_THAT(stays.ask("*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n", "\r\n"), StartsWith("-ERR "));
    // Who leaves with an answer unread is lost, by the kernel's word.
    Client quits(pools_.redis_path());
    quits.send("*1\r\n$4\r\nQUIT\r\n");
    quits.read_to_end();
    Client(pools_.redis_path()).ask("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "x\r\n");
    proxy_.wait_until([&pool] { return pool()["client_eof"] == 2; }, "two that have left");
    EXPECT_EQ(pool()["client_err"], 0);
    EXPECT_EQ(pool()["client_connections"], 1);

    Client malformed(pools_.redis_path());
    malformed.send("*x\r\n");
    malformed.read_to_end();

    proxy_.wait_until([&pool] { return pool()["client_err"] == 1; }, "one that is lost");
    EXPECT_EQ(pool()["client_eof"], 2);
}

TEST_F(Stats, curl_gets_http_on_the_same_port) {
    for (const char* path : {"/", "/stats"}) {
        const HttpAnswer answer = over_http("GET", path);

        EXPECT_EQ(answer.status, 200);
        EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/json\r\n"));
        EXPECT_EQ(Json::parse(answer.body)["service"], "nutcracker");
    }
    EXPECT_EQ(over_http("POST", "/pools/zset/nodes/r/eject").status, 404);
    EXPECT_EQ(comparable(raw_stats(proxy_.stats_port())), comparable(proxy_.get("/stats").body));
}

TEST_F(Stats, two_hundred_scrapers_at_a_time_all_get_the_line) {
    std::vector<Client> scrapers;
    for (int i = 0; i < 200; ++i) {
        scrapers.emplace_back(proxy_.stats_port());
    }

    for (Client& scraper : scrapers) {
        EXPECT_EQ(Json::parse(scraper.read_to_end())["service"], "nutcracker");
    }

    const Json listener = Json::parse(proxy_.get("/snapshot").body)["stats"];
    EXPECT_GE(listener["raw_reads"], 200);
    EXPECT_EQ(listener["connections_refused"], 0);
}

// A configuration that leaves the statistics to the command line.
class StatsOptions : public ::testing::Test {
  protected:
    std::vector<std::string> command(std::vector<std::string> words) const {
        std::vector<std::string> result{program("ringside"), "-c", config_};
        result.insert(result.end(), words.begin(), words.end());
        return result;
    }

    TemporaryDirectory directory_;
    std::string config_ = directory_.write(
        "ringside.yml",
        fmt::format("ringside: {{admin: {}, workers: 1}}\npool: {{listen: {}, servers: [a:1:1]}}\n",
                    directory_.file("admin.sock"), directory_.file("pool.sock")));
};

TEST_F(StatsOptions, name_port_and_address) {
    const std::string port = std::to_string(free_port());
    Process process(command({"-a", "127.0.0.1", "-s", port}));
    const auto stats_port = static_cast<std::uint16_t>(std::stoi(port));
    process.wait_until([stats_port] { return accepts(stats_port); }, "the statistics");

    EXPECT_THAT(raw_stats(stats_port), StartsWith("{\"service\":\"nutcracker\", "));
}

TEST_F(StatsOptions, may_name_a_unix_socket) {
    const std::string path = directory_.file("stats.sock");
    Process process(command({"--stats-addr", path}));
    process.wait_until([&path] { return accepts(path); }, path);

    EXPECT_THAT(raw_stats(path), StartsWith("{\"service\":\"nutcracker\", "));
    EXPECT_EQ(process.stop(), 0);
    EXPECT_FALSE(accepts(path));
}

TEST_F(StatsOptions, that_name_a_port_in_use_end_the_start_with_its_name) {
    const MemcachedNode somebody;

    const Outcome outcome =
        run(command({"-a", "127.0.0.1", "-s", std::to_string(somebody.port())}));

    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.errors, HasSubstr("stats: cannot listen on " + somebody.address()));
}

}  // namespace
}  // namespace ringside::testing
