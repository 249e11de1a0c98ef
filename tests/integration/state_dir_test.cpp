// What outlives the process (`state_dir`), on real nodes and with a real nameserver that is away
// when the process comes back.
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using Names = std::set<std::string>;

constexpr int kKeys = 200;

// A memcached at another address of this host than 127.0.0.1, which listens when it is there.
class NodeAt {
  public:
    NodeAt(const std::string& ip, std::uint16_t port)
        : process_({"memcached", "-l", ip, "-p", std::to_string(port), "-u", "root"}) {
        process_.wait_until([&] { return accepts_at(ip, port); }, "memcached at " + ip);
    }

  private:
    Process process_;
};

class StateDir : public ::testing::Test {
  protected:
    void answer(const Names& ips, std::string_view name = "cache.test") {
        std::vector<std::string> records;
        for (const std::string& ip : ips) {
            records.push_back(fmt::format("--host-record={},{},1", name, ip));
        }
        names_.reset();
        names_ = std::make_unique<NameServer>(dns_port_, records);
    }
    void start(bool wait_until_ready = true) {
        proxy_.reset();
        proxy_ = std::make_unique<Proxy>(ProxyOptions{
            .pools = pools_,
            .settings = fmt::format("  workers: 2\n  nameservers: 127.0.0.1:{}\n  state_dir: {}\n",
                                    dns_port_, state_dir_),
            .wait_until_ready = wait_until_ready});
    }
    void kill_proxy() {
        proxy_->process().signal(SIGKILL);
        proxy_->process().wait_for_exit();
        proxy_.reset();
    }

    std::string state() const {
        std::ifstream file(state_file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string state_file() const { return state_dir_ + "/ringside.state"; }
    void wait_for_state(std::string_view text) {
        proxy_->wait_until([&] { return state().find(text) != std::string::npos; },
                           fmt::format("'{}' in the state", text));
    }
    void write_state(std::string_view text) {
        std::ofstream(state_file(), std::ios::binary) << text;
    }

    Json pool() { return Json::parse(proxy_->get("/pools/pool").body); }
    Json state_view() { return Json::parse(proxy_->get("/snapshot").body).at("state"); }
    // Names of the nodes that own keys, without their port.
    Names ring() {
        Names ips;
        const Json document = pool();
        for (const Json& node : document.at("nodes")) {
            if (node.at("state") == "in_ring") {
                const std::string address = node.at("address");
                ips.insert(address.substr(0, address.rfind(':')));
            }
        }
        return ips;
    }
    void wait_for_ring(const Names& ips) {
        proxy_->wait_until([&] { return ring() == ips && pool().at("converged") == true; },
                           fmt::format("{}", fmt::join(ips, ", ")));
    }
    void eject(const std::string& ip, std::string_view how = "") {
        const HttpAnswer answer =
            proxy_->post(fmt::format("/pools/pool/nodes/{}%3A{}/eject{}", ip, node_.port(), how));
        ASSERT_EQ(answer.status, 200) << answer.body;
    }

    void set_keys() {
        Client client(port_);
        for (int i = 0; i < kKeys; ++i) {
            EXPECT_EQ(client.ask(fmt::format("set k{} 0 0 4\r\nv{:03}\r\n", i, i), "\r\n"),
                      "STORED\r\n");
        }
    }
    // How many of them are where the ring looks for them.
    int hits() {
        Client client(port_);
        int hits = 0;
        for (int i = 0; i < kKeys; ++i) {
            const std::string answer = client.ask(fmt::format("get k{}\r\n", i), "END\r\n");
            hits += answer == fmt::format("VALUE k{} 0 4\r\nv{:03}\r\nEND\r\n", i, i) ? 1 : 0;
        }
        return hits;
    }

    const TemporaryDirectory directory_;
    std::string state_dir_ = directory_.path();
    const MemcachedNode node_;  // at 127.0.0.1
    const std::uint16_t dns_port_ = free_port();
    const std::uint16_t port_ = free_port();
    std::string pools_ = fmt::format(
        "pool:\n  listen: 127.0.0.1:{}\n  timeout: 5000\n  returns_max: 0\n  discovery:\n"
        "    dns: {{name: \"cache.test.:{}\", ttl_min: 100ms, ttl_max: 200ms, timeout: 1s}}\n",
        port_, node_.port());
    std::unique_ptr<NameServer> names_;
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(StateDir, a_process_that_comes_back_while_dns_is_down_serves_at_once_from_the_last_list) {
    const NodeAt second("127.0.0.2", node_.port());
    const NodeAt third("127.0.0.3", node_.port());
    answer({"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    start();
    wait_for_ring({"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    EXPECT_EQ(pool().at("source").at("stale"), false);
    eject("127.0.0.3");
    set_keys();
    const std::string fingerprint = pool().at("fingerprint");
    wait_for_state(fmt::format("\"node\": \"127.0.0.3:{}\"", node_.port()));
    kill_proxy();
    names_->kill();

    start();

    EXPECT_EQ(hits(), kKeys);
    EXPECT_EQ(ring(), (Names{"127.0.0.1", "127.0.0.2"})) << "the ejection is still there";
    EXPECT_EQ(pool().at("fingerprint"), fingerprint);
    EXPECT_EQ(pool().at("source").at("stale"), true);
    const Json discovery = Json::parse(proxy_->get("/pools/pool/discovery").body);
    EXPECT_EQ(discovery.at("stale"), true);
    EXPECT_TRUE(discovery.at("stale_since").is_string());
    EXPECT_THAT(proxy_->get("/readyz?verbose").body,
                HasSubstr("[+]pool pool ok, with a saved list: its source has not answered yet"));
    EXPECT_THAT(proxy_->ringctl({"discovery", "pool"}).output,
                HasSubstr("stale         a list from before the start"));
    EXPECT_THAT(proxy_->ringctl({"pool", "pool"}).output,
                HasSubstr("stale         a list from before the start"));
    EXPECT_THAT(proxy_->process().errors(),
                HasSubstr(fmt::format("pool pool: serves the 3 nodes that dns cache.test.:{} "
                                      "listed last, saved on ",
                                      node_.port())));
    EXPECT_THAT(proxy_->get("/pools/pool/history").body, HasSubstr("\"saved list\""));

    answer({"127.0.0.2", "127.0.0.3"});
    wait_for_ring({"127.0.0.2"});

    EXPECT_EQ(pool().at("source").at("stale"), false);
    EXPECT_THAT(proxy_->process().errors(),
                HasSubstr("has answered: the saved list is not needed any more"));
    EXPECT_THAT(proxy_->get("/readyz?verbose").body, Not(HasSubstr("saved list")));
    wait_for_state("\"127.0.0.2\"");
    proxy_->wait_until([this] { return state().find("\"127.0.0.1\"") == std::string::npos; },
                       "the new list in the state");
}

TEST_F(StateDir, host_names_of_nodes_lead_where_they_led_last_while_dns_is_down) {
    const TemporaryDirectory lists;
    const std::string list =
        lists.write("nodes.yml", fmt::format("- n.test:{}:1 first\n", node_.port()));
    pools_ = fmt::format("pool:\n  listen: 127.0.0.1:{}\n  discovery:\n    file: {{path: {}}}\n",
                         port_, list);
    answer({"127.0.0.1"}, "n.test");
    start();
    set_keys();
    wait_for_state("\"127.0.0.1\"");
    kill_proxy();
    names_->kill();
    std::filesystem::remove(list);

    start();

    EXPECT_EQ(hits(), kKeys);
    EXPECT_EQ(pool().at("source").at("stale"), true);
}

TEST_F(StateDir, what_is_ejected_of_a_list_in_the_configuration_stays_so_until_its_time_is_over) {
    const NodeAt second("127.0.0.2", node_.port());
    pools_ = fmt::format(
        "pool:\n  listen: 127.0.0.1:{0}\n  servers:\n  - 127.0.0.1:{1}:1\n  - 127.0.0.2:{1}:1\n",
        port_, node_.port());
    start();
    eject("127.0.0.2", "?for=5s");
    EXPECT_EQ(proxy_->process().stop(), 0) << "an orderly end writes it, too";

    start();

    EXPECT_EQ(ring(), Names{"127.0.0.1"});
    EXPECT_EQ(pool().at("source").at("stale"), false);
    wait_for_ring({"127.0.0.1", "127.0.0.2"});
    proxy_->wait_until([this] { return state().find("127.0.0.2") == std::string::npos; },
                       "its end in the state");
}

TEST_F(StateDir, a_file_of_no_use_is_ignored_with_a_line_and_written_anew) {
    answer({"127.0.0.1"});
    start();
    wait_for_state("\"members\"");
    EXPECT_EQ(proxy_->process().stop(), 0);
    const std::string good = state();
    std::string flipped = good;
    flipped[good.size() / 2] ^= 1;
    const std::string version_99 = "ringside-state 99 " + good.substr(good.find(' ', 16) + 1);
    names_->kill();

    for (const auto& [bad, why] :
         std::vector<std::pair<std::string, std::string>>{{flipped, "its checksum is wrong"},
                                                          {version_99, "it is of version 99"},
                                                          {"", "it is empty"},
                                                          {good.substr(0, 99), "checksum"}}) {
        write_state(bad);

        start(false);

        EXPECT_EQ(proxy_->get("/readyz").status, 503) << why;
        proxy_->process().wait_for_text("it is ignored");
        EXPECT_THAT(
            proxy_->process().errors(),
            ::testing::ContainsRegex("state .*/ringside.state: .*" + why + ".*; it is ignored"));
        EXPECT_THAT(std::string(state_view().at("read")), HasSubstr(why));
        proxy_->wait_until([this] { return state_view().at("writes") == 1; }, "a write");
    }
}

TEST_F(StateDir, a_directory_that_cannot_be_written_costs_nothing_but_a_line) {
    state_dir_ = directory_.file("missing");
    answer({"127.0.0.1"});

    start();
    proxy_->wait_until([this] { return state_view().at("failures") >= 1; }, "a failure");
    set_keys();

    EXPECT_EQ(hits(), kKeys);
    EXPECT_THAT(std::string(state_view().at("last_failure")),
                HasSubstr("cannot be written: its directory: No such file or directory"));
    EXPECT_THAT(proxy_->process().errors(),
                HasSubstr("state " + state_file() + ": cannot be written"));
    EXPECT_EQ(proxy_->process().stop(), 0);
    EXPECT_THAT(proxy_->process().errors(), HasSubstr("not written at the end"));
}

TEST_F(StateDir, a_path_that_is_not_absolute_is_refused_by_name) {
    const std::string file =
        directory_.write("relative.yml", "ringside:\n  state_dir: state\n" + pools_);

    const Outcome tested = run({program("ringside"), "-t", "-c", file});

    EXPECT_NE(tested.exit_code, 0);
    EXPECT_THAT(tested.errors + tested.output,
                HasSubstr("relative.yml:2:14: ringside.state_dir: \"state\" is not an absolute "
                          "path"));
}

}  // namespace
}  // namespace ringside::testing
