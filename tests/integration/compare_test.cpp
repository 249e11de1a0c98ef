// ringctl compare: a configuration beside a running proxy, and beside another configuration.
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// A proxy before node-0, node-1 and node-2, and configurations in the directory beside it.
class Compare : public ::testing::Test {
  protected:
    // The proxy's own pool with other settings, or the first `count` of its nodes.
    std::string pool(std::vector<std::string> settings = {}, std::size_t count = 3,
                     const std::string& name = "pool") const {
        PoolText text{.name = name,
                      .listen = directory_.file(name + ".sock"),
                      .settings = std::move(settings)};
        for (std::size_t i = 0; i < count; ++i) {
            text.servers.push_back(server_line(nodes_[i].address(), 1, fmt::format("node-{}", i)));
        }
        return to_yaml(text);
    }
    std::string write(const std::string& yaml) const {
        return directory_.write("nutcracker.yml", yaml);
    }
    Outcome compare(const std::string& yaml, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words{"compare", "--with", write(yaml)};
        words.insert(words.end(), more.begin(), more.end());
        return proxy_.ringctl(std::move(words));
    }

    TemporaryDirectory directory_;
    std::array<MemcachedNode, 3> nodes_;
    Proxy proxy_{{.pools = pool({"hash: murmur", "hash_tag: \"{}\""})}};
};

TEST_F(Compare, the_file_that_the_proxy_runs_by_moves_no_key) {
    const Outcome outcome = compare(pool({"hash: murmur", "hash_tag: \"{}\""}));

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.output, fmt::format("from {}\nto   the proxy at 127.0.0.1:{}\n\n"
                                          "pool: 0 of 10000 keys (0.00 %) live on another node\n",
                                          directory_.file("nutcracker.yml"), proxy_.admin_port()));
}

TEST_F(Compare, tells_what_differs_and_where_the_proxy_really_has_the_keys) {
    const Outcome outcome = compare(pool({"hash: md5"}, 2), {"--json"});

    ASSERT_EQ(outcome.exit_code, 1) << outcome.errors;
    const Json report = Json::parse(outcome.output).at("pools").at(0);
    EXPECT_GT(report.at("moved"), 1000);
    EXPECT_EQ(report.at("keys"), 10'000);
    EXPECT_EQ(report.at("differences").dump(),
              fmt::format(R"([{{"from":"md5","to":"murmur","what":"hash"}},)"
                          R"({{"from":"-","to":"{{}}","what":"hash_tag"}},)"
                          R"({{"from":"-","to":"{}:1","what":"node node-2"}}])",
                          nodes_[2].address()));
    ASSERT_EQ(report.at("examples").size(), 5U);
    for (const Json& move : report.at("examples")) {
        const std::string key = move.at("key");
        const Outcome located = proxy_.ringctl({"--json", "locate", "pool", key});
        EXPECT_EQ(Json::parse(located.output).at("node"), move.at("to")) << key;
        EXPECT_NE(move.at("from"), move.at("to")) << key;
    }
}

TEST_F(Compare, takes_the_keys_of_a_file) {
    const std::string keys = directory_.write("keys", "one\n\ntwo\nthree{four}");

    const Outcome outcome = compare(pool({"hash: murmur"}), {"--key-file", keys});

    EXPECT_THAT(outcome.output, HasSubstr("pool: "));
    EXPECT_THAT(outcome.output, HasSubstr(" of 3 keys ("));
    EXPECT_THAT(outcome.output, HasSubstr("  hash_tag: - -> {}\n"));
    EXPECT_EQ(
        compare(pool(), {"--key-file", directory_.write("none", "\n\n")}).errors,
        fmt::format("ringctl: {}: holds no keys; write one per line\n", directory_.file("none")));
}

TEST_F(Compare, an_ejected_node_still_counts_as_in_the_ring) {
    ASSERT_EQ(proxy_.post("/pools/pool/nodes/node-1/eject").status, 200);

    const Outcome outcome = compare(pool({"hash: murmur", "hash_tag: \"{}\""}));

    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, EndsWith("  note: node node-1 is ejected_by_operator at present, "
                                         "but counts as in the ring\n"));
}

TEST_F(Compare, does_not_pass_over_what_it_cannot_compare) {
    const Outcome outcome = compare(
        "found:\n"
        "  listen: 127.0.0.1:11211\n"
        "  discovery: {elasticache: {endpoint: \"cache.test:11211\"}}\n");

    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("pool: not compared: it is only in the proxy at 127.0.0.1:"),
                      HasSubstr("nutcracker.yml: its nodes are discovered; ")));
}

TEST_F(Compare, two_files_need_no_proxy_and_one_pool_may_be_picked) {
    const std::string later = directory_.write("later.yml", pool() + pool({}, 3, "new"));
    const std::string now = write(pool());
    const auto ringctl = [](std::vector<std::string> words) {
        words.insert(words.begin(), {program("ringctl"), "compare", "--admin", "/nowhere.sock"});
        return run(std::move(words));
    };

    EXPECT_EQ(ringctl({"--with", now, "--file", later}).exit_code, 2);
    const Outcome picked = ringctl({"--with", now, "--file", later, "--pool", "pool"});
    EXPECT_EQ(picked.exit_code, 0) << picked.errors;
    EXPECT_THAT(picked.output, Not(HasSubstr("new")));
    EXPECT_EQ(ringctl({"--with", now}).exit_code, 3);
}

TEST_F(Compare, one_pool_may_be_picked_of_a_proxy_too) {
    const std::string two = pool({"hash: murmur", "hash_tag: \"{}\""}) + pool({}, 3, "more");

    const Outcome picked = compare(two, {"--pool", "pool"});
    const Outcome absent = compare(two, {"--pool", "more"});

    EXPECT_EQ(picked.exit_code, 0) << picked.errors;
    EXPECT_THAT(picked.output, Not(HasSubstr("more")));
    EXPECT_EQ(absent.exit_code, 2);
    EXPECT_THAT(absent.output, HasSubstr("more: not compared: it is only in "));
    EXPECT_THAT(compare(two, {"--pool", "none"}).errors, HasSubstr("there is no pool 'none' in "));
}

TEST_F(Compare, the_statistics_port_is_not_taken_for_a_proxy_without_the_pool) {
    const Outcome outcome =
        run({program("ringctl"), "--admin", fmt::format("127.0.0.1:{}", proxy_.stats_port()),
             "compare", "--with", write(pool()), "--pool", "pool"});

    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr("no such path on this listener"));
}

// An admin API with one pool, of which it says `pool`, and `list` of all.
ScriptedPeer::Script api_with(std::string pool,
                              std::string list = R"({"pools": [{"name": "pool"}]})") {
    return [pool = std::move(pool), list = std::move(list),
            body = std::string()](std::string_view line) mutable -> std::optional<std::string> {
        if (line.starts_with("GET ")) {
            body = line.starts_with("GET /pools/") ? pool : list;
        }
        if (!line.empty()) {
            return "";  // more of the request is to come
        }
        return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
    };
}

TEST_F(Compare, says_what_it_does_not_understand_of_a_proxy) {
    static constexpr const char* kPool =
        R"({{"policy": {{"distribution": "{}", "hash": "{}", "hash_tag": "{}"}}, "nodes": {}}})";
    static constexpr const char* kNode =
        R"([{{"name": "n", "address": "{}", "weight": {}, "state": "in_ring"}}])";
    const auto pool_with_node = [](std::string_view address, int weight) {
        return fmt::format(kPool, "ketama", "md5", "", fmt::format(kNode, address, weight));
    };
    const struct {
        std::string pool;
        std::string_view said;
    } cases[] = {
        {fmt::format(kPool, "maglev", "md5", "", "[]"), "with distribution 'maglev', which this"},
        {fmt::format(kPool, "ketama", "xxh3", "", "[]"), "with hash 'xxh3', which this"},
        {fmt::format(kPool, "ketama", "md5", "{", "[]"), "with hash_tag '{', which this"},
        {pool_with_node("nowhere", 1), "with address 'nowhere', which this"},
        {pool_with_node("127.0.0.1:1", 0), "with weight '0', which this"},
        {"[]", "not an answer of the admin API: "},
        {"{", "not an answer of the admin API: "},
        {fmt::format(kPool, "ketama", "md5", "", "[]"), ""},  // said of the pool, in the report
    };
    const std::string file = write(pool());
    for (const auto& each : cases) {
        const ScriptedPeer api(api_with(each.pool));

        const Outcome outcome =
            run({program("ringctl"), "--admin", api.address(), "compare", "--with", file});

        EXPECT_EQ(outcome.exit_code, 2) << each.pool;
        EXPECT_THAT(outcome.errors, HasSubstr(each.said)) << each.pool;
        EXPECT_EQ(outcome.errors.empty(), each.said.empty()) << outcome.output;
    }
}

TEST_F(Compare, a_proxy_is_asked_for_nothing_but_the_pool_that_is_picked) {
    const ScriptedPeer api(
        api_with(R"({"policy": {"distribution": "ketama", "hash": "md5", "hash_tag": ""}, "nodes":)"
                 R"( [{"name": "n", "address": "127.0.0.1:1", "weight": 1, "state": "in_ring"}]})",
                 "no list"));
    const std::vector<std::string> words{program("ringctl"), "--admin", api.address(),
                                         "compare",          "--with",  write(pool({}, 1))};
    std::vector<std::string> picked = words;
    picked.insert(picked.end(), {"--pool", "pool"});

    EXPECT_EQ(run(words).exit_code, 2);
    EXPECT_EQ(run(picked).exit_code, 1);  // all keys live on another node
}

TEST_F(Compare, tells_wrong_usage) {
    EXPECT_EQ(proxy_.ringctl({"compare"}).errors, "ringctl: compare needs --with FILE\n");
    EXPECT_EQ(compare(pool(), {"--pool", "other"}).exit_code, 2);
    EXPECT_EQ(compare(pool(), {"--keys", "0"}).errors,
              "ringctl: --keys: '0' is not a number from 1 to 1000000\n");
    EXPECT_EQ(compare(pool(), {"--keys", "9", "--key-file", "keys"}).errors,
              "ringctl: --keys and --key-file exclude each other\n");
    EXPECT_THAT(compare("pool: {listen: nowhere}\n").errors,
                HasSubstr("nutcracker.yml:1:16: pool.listen: "));
    EXPECT_EQ(proxy_.ringctl({"pools", "--with", "file"}).exit_code, 2);
}

}  // namespace
}  // namespace ringside::testing
