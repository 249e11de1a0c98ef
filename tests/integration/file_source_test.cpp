// A list of nodes in a file: changed by a rename or by the swap of a ConfigMap while clients work,
// and whatever else befalls the file.
#include "base/clock.h"
#include "integration/support/load.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FileSource : public ::testing::Test {
  protected:
    FileSource() {
        for (int i = 0; i < 4; ++i) {
            nodes_.emplace_back();
        }
    }

    std::string pool(std::string_view rules = "") const {
        return fmt::format(
            "pool:\n  listen: 127.0.0.1:{}\n  timeout: 5000\n{}  discovery:\n"
            "    file: {{path: \"{}\"}}\n",
            port_, rules, folder_.file("nodes.yml"));
    }
    static Json source(const Proxy& proxy) {
        return Json::parse(proxy.get("/pools/pool").body).at("source");
    }
    // The first `count` nodes, n0 and so on.
    std::string list(int count) const {
        std::string text;
        auto node = nodes_.begin();
        for (int i = 0; i < count; ++i, ++node) {
            text += fmt::format("- {}:1 n{}\n", node->address(), i);
        }
        return text;
    }
    void rename_over(const std::string& text) {
        fs::rename(folder_.write(".new", text), folder_.file("nodes.yml"));
    }
    // As the kubelet does it (pkg/volume/util/atomic_writer.go).
    void swap_config_map(const std::string& text) {
        const std::string before = fmt::format("..{}", swaps_);
        const std::string now = fmt::format("..{}", ++swaps_);
        fs::create_directory(folder_.file(now));
        folder_.write(now + "/nodes.yml", text);
        fs::create_symlink(now, folder_.file("..data_tmp"));
        fs::rename(folder_.file("..data_tmp"), folder_.file("..data"));
        if (!fs::exists(folder_.file("nodes.yml"))) {
            fs::create_symlink("..data/nodes.yml", folder_.file("nodes.yml"));
        }
        fs::remove_all(folder_.file(before));
    }
    static std::vector<std::string> names(const Proxy& proxy) {
        std::vector<std::string> result;
        const Json pool = Json::parse(proxy.get("/pools/pool").body);
        for (const Json& node : pool.at("nodes")) {
            result.push_back(node.at("name"));
        }
        return result;
    }
    static std::string key_of(const Proxy& proxy, const std::string& node) {
        for (int i = 0; i < 1000; ++i) {
            const std::string key = fmt::format("key-{}", i);
            const Json owner = Json::parse(proxy.get("/pools/pool/locate?key=" + key).body);
            if (owner.at("node") == node) {
                return key;
            }
        }
        return {};
    }
    static void wait_for_nodes(Proxy& proxy, std::size_t count) {
        proxy.wait_until(
            [&] {
                const Json pool = Json::parse(proxy.get("/pools/pool").body);
                return pool.at("nodes").size() == count && pool.at("converged") == true;
            },
            fmt::format("{} nodes", count));
    }
    // Changes the list again and again under load.
    template <typename Change>
    void expect_lossless(Change change) {
        Proxy proxy({.pools = pool("  returns_max: 0\n")});
        wait_for_nodes(proxy, 4);
        Load load(port_, {"--clients", "20", "--pipeline", "4", "--keys", "3000"});
        for (const int count : {3, 4, 2, 4, 1, 3, 4, 2, 3, 4}) {
            change(list(count));
            wait_for_nodes(proxy, static_cast<std::size_t>(count));
        }
        const LoadReport report = load.stop();
        EXPECT_EQ(report.exit_code, 0) << report.text;
        EXPECT_EQ(report.wrong + report.lost + report.errors, 0) << report.text;
        EXPECT_GT(report.hits, 0);
    }

    std::list<MemcachedNode> nodes_;
    TemporaryDirectory folder_;
    std::uint16_t port_ = free_port();
    int swaps_ = 0;
};

TEST_F(FileSource, changes_by_rename_lose_no_request_and_corrupt_none) {
    rename_over(list(4));

    expect_lossless([this](const std::string& text) { rename_over(text); });
}

TEST_F(FileSource, swaps_of_a_config_map_lose_no_request_and_corrupt_none) {
    swap_config_map(list(4));

    expect_lossless([this](const std::string& text) { swap_config_map(text); });
}

TEST_F(FileSource, a_node_that_leaves_may_answer_what_is_under_way_until_drain_timeout) {
    rename_over(list(3));
    Proxy proxy({.pools = pool("  drain_timeout: 1500ms\n  change_max: 100\n")});
    wait_for_nodes(proxy, 3);
    const std::string slow = key_of(proxy, "n2");
    const std::string silent = key_of(proxy, "n1");
    MemcachedNode& slow_node = *std::next(nodes_.begin(), 2);
    slow_node.pause();
    std::next(nodes_.begin())->pause();
    Client patient(port_);
    Client too_late(port_);
    patient.send("get " + slow + "\r\n");
    too_late.send("get " + silent + "\r\n");
    proxy.wait_until(
        [&] { return proxy.get("/stats").body.find("\"out_queue\":1") != std::string::npos; },
        "requests under way");

    rename_over(list(1));
    wait_for_nodes(proxy, 1);
    EXPECT_EQ(Client(port_).ask("get " + slow + "\r\n", "\r\n"), "END\r\n") << "n0 has it now";
    slow_node.resume();

    EXPECT_EQ(patient.read_line(), "END\r\n");
    EXPECT_THAT(too_late.read_line(), HasSubstr("drain_timeout is over"));
}

TEST_F(FileSource, what_cannot_be_read_changes_nothing_and_is_visible) {
    rename_over(list(3));
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, 3);

    for (const std::string& text : {list(2) + "- 127.0.0.1:1", std::string(), std::string("[]"),
                                    std::string(2'000'000, ' ')}) {
        const Json before = Json::parse(proxy.get("/pools/pool").body).at("source");
        rename_over(text);
        proxy.wait_until(
            [&] {
                return Json::parse(proxy.get("/pools/pool").body).at("source").at("failures") !=
                       before.at("failures");
            },
            "a failure");
        EXPECT_THAT(names(proxy), ElementsAre("n0", "n1", "n2"));
    }
    EXPECT_THAT(proxy.process().errors(),
                HasSubstr("nodes.yml:3:3: nodes[2]: \"127.0.0.1:1\" is not "));
    fs::remove(folder_.file("nodes.yml"));
    proxy.wait_for_body("/pools/pool", "cannot be read: No such file or directory");
    EXPECT_THAT(names(proxy), ElementsAre("n0", "n1", "n2"));
    EXPECT_EQ(proxy.get("/readyz").status, 200);

    rename_over(list(4));
    wait_for_nodes(proxy, 4);
    EXPECT_THAT(proxy.get("/pools/pool").body, HasSubstr("\"last_failure\": null"));
}

TEST_F(FileSource, many_nodes_leave_at_once_only_when_the_file_still_says_so_seconds_later) {
    rename_over(list(4));
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, 4);
    const auto before = base::Clock::now();

    rename_over(list(1));
    proxy.wait_for_body("/pools/pool",
                        "3 of 4 nodes would leave at once, more than change_max of "
                        "50%; 1 of 3 answers agree");
    EXPECT_THAT(names(proxy), ElementsAre("n0", "n1", "n2", "n3"));
    EXPECT_EQ(source(proxy).at("state"), "failing");
    wait_for_nodes(proxy, 1);

    EXPECT_GE(base::Clock::now() - before, base::seconds(2)) << "three answers, a second apart";
    EXPECT_EQ(source(proxy).at("state"), "good");
    EXPECT_EQ(source(proxy).at("last_removed"), Json::array({"n1", "n2", "n3"}));
    EXPECT_THAT(proxy.process().errors(),
                ::testing::AllOf(HasSubstr("3 of 4 nodes would leave at once"),
                                 HasSubstr("gives a usable list again"),
                                 HasSubstr("node n3 removed; 1 of 1 nodes in the ring")));
}

TEST_F(FileSource, an_empty_list_is_held_and_empties_the_pool_when_that_is_over) {
    rename_over(list(2));
    Proxy proxy({.pools = pool("  hold: 2s\n")});
    wait_for_nodes(proxy, 2);

    rename_over("servers: []\n");
    proxy.wait_for_body("/pools/pool", "\"state\": \"held\"");
    EXPECT_THAT(names(proxy), ElementsAre("n0", "n1"));
    proxy.wait_for_body("/pools/pool", "\"state\": \"empty\"");
    wait_for_nodes(proxy, 0);
    Client client(port_);
    EXPECT_THAT(client.ask("get key\r\n", "\r\n"),
                ::testing::MatchesRegex("SERVER_ERROR pool pool has no nodes: file .* says that "
                                        "there are none \\(.*\r\n"));
    EXPECT_THAT(proxy.get("/readyz?verbose").body, HasSubstr("[-]pool pool was ready"));

    rename_over(list(2));
    wait_for_nodes(proxy, 2);
    EXPECT_EQ(client.ask("get key\r\n", "\r\n"), "END\r\n");
    EXPECT_THAT(proxy.process().errors(),
                ::testing::AllOf(HasSubstr("says that there are no nodes"),
                                 HasSubstr("the 2 nodes that were held are dropped"),
                                 HasSubstr("names nodes again after")));
}

TEST_F(FileSource, a_node_that_comes_and_goes_is_kept_out) {
    rename_over(list(4));
    Proxy proxy({.pools = pool("  returns_max: 1\n")});
    wait_for_nodes(proxy, 4);

    for (const int count : {3, 4, 3}) {
        rename_over(list(count));
        wait_for_nodes(proxy, static_cast<std::size_t>(count));
    }
    rename_over(list(4));
    proxy.wait_for_body("/pools/pool", "\"returns\": 2");

    EXPECT_THAT(names(proxy), ElementsAre("n0", "n1", "n2"));
    EXPECT_EQ(source(proxy).at("kept_out").at(0).at("name"), "n3");
    EXPECT_THAT(proxy.process().errors(),
                HasSubstr("node n3 has come back 2 times within 600 s: it stays out of the ring"));
}

TEST_F(FileSource, a_file_that_comes_later_is_found) {
    Proxy proxy({.pools = pool(), .wait_until_ready = false});
    proxy.wait_for_body("/pools/pool", "cannot be read: No such file or directory");
    EXPECT_EQ(proxy.get("/readyz").status, 503);

    rename_over(list(2));
    wait_for_nodes(proxy, 2);

    EXPECT_EQ(proxy.get("/readyz").status, 200);
}

}  // namespace
}  // namespace ringside::testing
