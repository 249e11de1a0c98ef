// What an operator sees of where nodes come from: the routes, ringctl and `ringside --discover`,
// among a real nameserver, real nodes and files.
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A pool "moving" whose nodes stand in a file, and "fixed" with one in the configuration.
class Visible : public ::testing::Test {
  protected:
    Visible() { write_nodes({"a", "b"}); }

    void write_nodes(const std::vector<std::string>& names) {
        std::string text;
        for (const std::string& name : names) {
            text += fmt::format("- {}:1 {}\n", node_.address(), name);
        }
        std::filesystem::rename(folder_.write(".new", text), folder_.file("nodes.yml"));
    }
    // `name` begins the names of the sockets: two proxies need others.
    std::string pools(const std::string& name = "one") const {
        return fmt::format(
            "moving:\n  listen: {0}-moving.sock\n  discovery:\n"
            "    file: {{path: \"{1}\"}}\n"
            "fixed:\n  listen: {0}-fixed.sock\n"
            "  servers: [\"{2}:1 a\", \"{2}:1 b\"]\n",
            folder_.file(name), folder_.file("nodes.yml"), node_.address());
    }
    Outcome discover(const std::string& pool, const std::string& settings = {}) const {
        return run({program("ringside"), "-c", folder_.write("ringside.yml", settings + pools()),
                    "--discover", pool});
    }
    static Json json(const Proxy& proxy, const std::string& target) {
        return Json::parse(proxy.get(target).body);
    }

    MemcachedNode node_;
    TemporaryDirectory folder_;
};

TEST_F(Visible, a_change_stands_in_the_history_with_what_it_moved_and_who_adopted_it) {
    Proxy proxy({.pools = pools(), .settings = "  workers: 2\n"});

    write_nodes({"a", "b", "c"});
    proxy.wait_until(
        [&] {
            const Json history = json(proxy, "/pools/moving/history");
            return history.at("changes").size() == 2 &&
                   history.at("changes")[0].at("adopted_by_all") == true;
        },
        "the change in the history");

    const Json change = json(proxy, "/pools/moving/history").at("changes")[0];
    EXPECT_EQ(change.at("causes"), Json::array({"source answer"}));
    EXPECT_EQ(change.at("added").at("names"), Json::array({"c"}));
    EXPECT_NEAR(change.at("moved_percent").get<double>(), 33.3, 8);
    EXPECT_EQ(change.at("adopted").size(), 2U);
    proxy.process().wait_for_text("node c added; 3 of 3 nodes in the ring, version");
    EXPECT_THAT(proxy.process().errors(),
                HasSubstr(fmt::format("fingerprint {}, {:.2f} % of the keys moved",
                                      change.at("fingerprint").get<std::string>(),
                                      change.at("moved_percent").get<double>())));
    EXPECT_THAT(proxy.ringctl({"history", "moving"}).output,
                AllOf(HasSubstr("source answer"), HasSubstr("+c"), HasSubstr("2/2")));
}

TEST_F(Visible, the_fingerprint_is_the_same_in_two_processes_however_the_list_is_ordered) {
    Proxy one({.pools = pools()});
    const Json first = json(one, "/pools/moving");
    write_nodes({"b", "a"});
    Proxy other({.pools = pools("other")});

    EXPECT_EQ(json(other, "/pools/moving").at("fingerprint"), first.at("fingerprint"));
    EXPECT_EQ(json(other, "/pools/fixed").at("fingerprint"), first.at("fingerprint"));
}

TEST_F(Visible, discovery_shows_the_source_and_why_it_fails) {
    Proxy proxy({.pools = pools()});
    EXPECT_EQ(json(proxy, "/pools/moving/discovery").at("way"), "read whenever it changes");
    EXPECT_EQ(json(proxy, "/pools/moving/discovery").at("last_error"), nullptr);

    write_nodes({"a", "a"});
    const std::string body = proxy.wait_for_body("/pools/moving/discovery", "\"failing\": true");

    EXPECT_THAT(Json::parse(body).at("last_error").at("message"), HasSubstr("nodes.yml"));
    EXPECT_EQ(Json::parse(body).at("node_count"), 2);
    EXPECT_THAT(proxy.ringctl({"discovery", "moving"}).output, HasSubstr("read whenever"));
}

TEST_F(Visible, what_if_is_answered_alike_by_the_proxy_and_by_the_file) {
    Proxy proxy({.pools = pools()});
    const std::vector<std::string> wish{"--add", "10.0.0.9:11211:2 c", "--remove", "a"};
    std::vector<std::string> online{"what-if", "fixed"};
    online.insert(online.end(), wish.begin(), wish.end());
    std::vector<std::string> offline = online;
    offline.insert(offline.end(), {"--config", proxy.config_path()});

    const Outcome from_proxy = proxy.ringctl(online);
    const Outcome from_file = proxy.ringctl(offline);

    EXPECT_EQ(from_proxy.exit_code, 0) << from_proxy.errors;
    EXPECT_EQ(from_file.output, from_proxy.output);
    EXPECT_THAT(from_proxy.output,
                AllOf(HasSubstr("of the keys would live on another node"), HasSubstr("2 -> 2")));
    online.push_back("--json");
    offline.push_back("--json");
    EXPECT_EQ(Json::parse(proxy.ringctl(offline).output),
              Json::parse(proxy.ringctl(online).output));
    EXPECT_EQ(json(proxy, "/pools/fixed").at("nodes").size(), 2U);
}

TEST_F(Visible, what_if_that_cannot_be_says_why) {
    Proxy proxy({.pools = pools()});

    const Outcome unknown = proxy.ringctl({"what-if", "fixed", "--remove", "x"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.errors, HasSubstr("pool fixed has no node \"x\""));
    const Outcome discovered =
        proxy.ringctl({"what-if", "moving", "--remove", "a", "--config", proxy.config_path()});
    EXPECT_EQ(discovered.exit_code, 2);
    EXPECT_THAT(discovered.errors, HasSubstr("without --config the running proxy is asked"));
}

TEST_F(Visible, keys_that_move_though_the_nodes_stay_are_explained_by_compare) {
    Proxy proxy({.pools = pools()});
    const std::string plain =
        folder_.write("plain.yml", fmt::format("fixed:\n  listen: {}\n  servers: [\"{}:1\"]\n",
                                               folder_.file("x.sock"), node_.address()));

    const Outcome outcome = proxy.ringctl({"compare", "--with", plain, "--pool", "fixed"});

    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("at their addresses under other names"),
                                      HasSubstr("\"identity: address\"")));
}

TEST_F(Visible, discover_prints_what_a_file_says_and_ends) {
    const Outcome outcome = discover("moving");

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("file \"" + folder_.file("nodes.yml")),
                      HasSubstr("read whenever it changes"), HasSubstr("took"),
                      HasSubstr("nodes        2\n"), HasSubstr("a     " + node_.address())));
}

TEST_F(Visible, discover_prints_why_there_is_no_list) {
    std::filesystem::remove(folder_.file("nodes.yml"));
    const Outcome gone = discover("moving");
    EXPECT_NE(gone.exit_code, 0);
    EXPECT_THAT(gone.errors, AllOf(HasSubstr("gave no usable list"), HasSubstr("nodes.yml")));

    const Outcome fixed = discover("fixed");
    EXPECT_NE(fixed.exit_code, 0);
    EXPECT_THAT(fixed.errors, HasSubstr("has its nodes in the configuration"));
    EXPECT_THAT(discover("other").errors,
                HasSubstr("there is no pool other; those with a source to ask: moving"));
}

TEST_F(Visible, discover_asks_a_nameserver_and_shows_the_full_name_and_the_ttl) {
    const NameServer names({"--host-record=cache.test,127.0.0.1,7"});
    const std::string file = folder_.write(
        "dns.yml",
        fmt::format("ringside:\n  nameservers: 127.0.0.1:{}\n"
                    "cache:\n  listen: {}\n  discovery:\n    dns: {{name: \"cache.test.:11211\"}}\n"
                    "none:\n  listen: {}\n  discovery:\n    dns: {{name: \"none.test.:11211\"}}\n",
                    names.port(), folder_.file("c.sock"), folder_.file("n.sock")));

    const Outcome found = run({program("ringside"), "-c", file, "--discover", "cache"});
    const Outcome none = run({program("ringside"), "-c", file, "--discover", "none"});

    EXPECT_EQ(found.exit_code, 0) << found.errors;
    EXPECT_THAT(found.output, AllOf(HasSubstr("found as cache.test"),
                                    HasSubstr("ttl          7.0 s"), HasSubstr("127.0.0.1")));
    EXPECT_NE(none.exit_code, 0);
    EXPECT_THAT(none.errors, AllOf(HasSubstr("none.test: no such name"), HasSubstr("after")));
}

// What a proxy would not take is no success, whoever answered.
TEST_F(Visible, discover_judges_a_list_as_the_first_one_of_a_pool) {
    const std::uint16_t port = free_port();
    const auto discover_with = [&](const std::string& list, const std::string& rules) {
        const std::string nodes = folder_.write("judged.yml", list);
        const std::string file = folder_.write(
            "judging.yml",
            fmt::format("cache:\n  listen: 127.0.0.1:{}\n{}  discovery:\n    file: {{path: {}}}\n",
                        port, rules, nodes));
        return run({program("ringside"), "-c", file, "--discover", "cache"});
    };
    const auto expect_refused = [&](const Outcome& outcome, const std::string& rule) {
        EXPECT_EQ(outcome.exit_code, 1);
        EXPECT_EQ(outcome.output, "");
        EXPECT_THAT(outcome.errors, AllOf(HasSubstr("no proxy would take the list of file"),
                                          HasSubstr(rule), HasSubstr("NODE")));
    };

    EXPECT_EQ(discover_with("- 10.0.0.1:11211:1\n", "").exit_code, 0);
    expect_refused(discover_with("- 10.0.0.1:11211:1\n", "  nodes_min: 2\n"),
                   "the list has 1 nodes, and nodes_min is 2");
    expect_refused(discover_with("- 10.0.0.1:11211:1\n", "  allow: [10.1.0.0/16]\n"),
                   "node 10.0.0.1 is at 10.0.0.1:11211, outside of \"allow\" (10.1.0.0/16)");
    expect_refused(discover_with(fmt::format("- 127.0.0.1:{}:1\n", port), ""),
                   "where this process listens itself");
    expect_refused(
        discover_with("- 10.0.0.1:11211:1 a\n- 10.0.0.1:11211:1 b\n", "  identity: address\n"),
        "choose another \"identity\"");
}

TEST_F(Visible, discover_shows_where_a_name_must_not_lead) {
    const NameServer names(
        {"--host-record=inside.test,127.0.0.1,7", "--host-record=outside.test,127.0.1.1,7"});
    const std::string nodes =
        folder_.write("named.yml", "- inside.test:11211:1\n- outside.test:11211:1\n");
    const std::string file = folder_.write(
        "naming.yml", fmt::format("ringside:\n  nameservers: 127.0.0.1:{}\ncache:\n  listen: {}\n"
                                  "  allow: [127.0.0.0/24]\n  discovery:\n    file: {{path: {}}}\n",
                                  names.port(), folder_.file("c.sock"), nodes));

    const Outcome outcome = run({program("ringside"), "-c", file, "--discover", "cache"});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("1  127.0.0.1\n"),
                                      HasSubstr("all addresses of its name are outside")));
}

TEST_F(Visible, discover_says_that_it_waits_for_names_of_nodes) {
    NameServer names({"--host-record=a.test,127.0.0.1,7"});
    names.pause();
    const std::string nodes = folder_.write("named.yml", "- a.test:11211:1\n");
    const std::string file = folder_.write(
        "naming.yml", fmt::format("ringside:\n  nameservers: 127.0.0.1:{}\ncache:\n  listen: {}\n"
                                  "  discovery:\n    file: {{path: {}}}\n",
                                  names.port(), folder_.file("c.sock"), nodes));

    const Outcome outcome = run({program("ringside"), "-c", file, "--discover", "cache"});

    EXPECT_THAT(outcome.errors, AllOf(HasSubstr("waiting for the addresses of a.test, names of "
                                                "nodes that file"),
                                      Not(HasSubstr("to listen there"))));
}

// Each source's result is where it belongs, and it counts whether the pool would have nodes.
TEST_F(Visible, discover_tells_of_several_sources_which_one_would_decide) {
    const auto discover_both = [&](const std::string& first, const std::string& second) {
        const std::string file = folder_.write(
            "both.yml",
            fmt::format("cache:\n  listen: {}\n  discovery:\n    - file: {{path: {}}}\n    - {}\n",
                        folder_.file("c.sock"), folder_.file(first), second));
        return run({program("ringside"), "-c", file, "--discover", "cache"});
    };
    const std::string missing = fmt::format("file: {{path: {}}}", folder_.file("missing.yml"));
    const std::string there = fmt::format("file: {{path: {}}}", folder_.file("nodes.yml"));

    const Outcome first = discover_both("nodes.yml", missing);
    EXPECT_EQ(first.exit_code, 0) << first.errors;
    EXPECT_THAT(first.output, AllOf(HasSubstr("decides      file \"" + folder_.file("nodes.yml")),
                                    HasSubstr("nodes        2\n")));
    EXPECT_THAT(first.errors, AllOf(HasSubstr("missing.yml"), HasSubstr("gave no usable list"),
                                    Not(HasSubstr("nodes.yml"))));

    const Outcome second = discover_both("gone.yml", there);
    EXPECT_EQ(second.exit_code, 0) << second.errors;
    EXPECT_THAT(second.output, HasSubstr("decides      file \"" + folder_.file("nodes.yml")));
    EXPECT_THAT(second.errors, HasSubstr("gone.yml"));

    const Outcome listed = discover_both("gone.yml", "servers: [\"10.0.0.1:11211:1\"]");
    EXPECT_EQ(listed.exit_code, 0) << listed.errors;
    EXPECT_THAT(listed.output, HasSubstr("decides      static"));

    const Outcome none = discover_both("gone.yml", missing);
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_EQ(none.output, "");
    EXPECT_THAT(none.errors, AllOf(HasSubstr("gone.yml"), HasSubstr("missing.yml")));
}

}  // namespace
}  // namespace ringside::testing
