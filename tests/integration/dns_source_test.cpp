// Nodes from DNS, with a real nameserver whose records change.
#include "integration/support/load.h"
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Json = nlohmann::json;
using Names = std::set<std::string>;

std::vector<std::string> records(const std::vector<std::string>& ips,
                                 std::string_view name = "cache.test") {
    std::vector<std::string> lines;
    for (const std::string& ip : ips) {
        lines.push_back(fmt::format("--host-record={},{},1", name, ip));
    }
    return lines;
}

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

// What a pool and its process have beside the source.
struct More {
    std::string resolvers{};  // behind the first: ",IP:PORT"
    std::string rules{};      // a line of the pool
    std::string family = "prefer_ipv4";
    std::string settings{};  // a line of the process
};

class DnsSourceOnDnsmasq : public ::testing::Test {
  protected:
    void start_names(const std::vector<std::string>& lines) {
        names_ = std::make_unique<NameServer>(lines);
    }
    void change_names(const std::vector<std::string>& lines) {
        const std::uint16_t port = names_->port();
        names_.reset();
        names_ = std::make_unique<NameServer>(port, lines);
    }
    // A pool whose nodes are all addresses of the name, asked for again after a fifth of a second.
    void start_proxy(std::string_view name, std::vector<std::string> environment = {},
                     const More& more = {}) {
        port_ = free_port();
        proxy_ = std::make_unique<Proxy>(ProxyOptions{
            .pools = fmt::format("pool:\n"
                                 "  listen: 127.0.0.1:{}\n"
                                 "  timeout: 5000\n"
                                 "  returns_max: 0\n"
                                 "  {}\n"
                                 "  discovery:\n"
                                 "    dns: {{name: \"{}:{}\", ttl_min: 100ms, ttl_max: 200ms, "
                                 "timeout: 1s, family: {}}}\n",
                                 port_, more.rules, name, node_.port(), more.family),
            .settings = fmt::format("  workers: 2\n  nameservers: 127.0.0.1:{}{}\n{}",
                                    names_->port(), more.resolvers, more.settings),
            .environment = std::move(environment)});
    }

    Json pool() { return Json::parse(proxy_->get("/pools/pool").body); }
    // The IPs of the nodes.
    Names nodes() {
        Names ips;
        const Json document = pool();
        for (const Json& node : document.at("nodes")) {
            const std::string address = node.at("address");
            ips.insert(address.substr(0, address.rfind(':')));
        }
        return ips;
    }
    void wait_for_nodes(const Names& ips) {
        proxy_->wait_until([&] { return nodes() == ips && pool().at("converged") == true; },
                           fmt::format("{}", fmt::join(ips, ", ")));
    }
    // Until the source has failed after this moment.
    void wait_for_failure() {
        const std::uint64_t before = pool().at("source").at("failures");
        proxy_->wait_until([&] { return pool().at("source").at("failures") > before + 1; },
                           "a failure");
    }
    std::string set() { return Client(port_).ask("set k 0 0 1\r\nv\r\n", "\r\n"); }

    const MemcachedNode node_;  // at 127.0.0.1
    std::unique_ptr<NameServer> names_;
    std::uint16_t port_ = 0;  // of the pool
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(DnsSourceOnDnsmasq, nodes_come_and_go_by_their_records_while_clients_work) {
    const NodeAt second("127.0.0.2", node_.port());
    const NodeAt third("127.0.0.3", node_.port());
    start_names(records({"127.0.0.1", "127.0.0.2"}));
    start_proxy("cache.test.");
    wait_for_nodes({"127.0.0.1", "127.0.0.2"});
    Load load(port_, {"--clients", "10", "--pipeline", "4", "--keys", "2000"});

    const std::vector<Names> changes{{"127.0.0.1", "127.0.0.2", "127.0.0.3"},
                                     {"127.0.0.2", "127.0.0.3"},
                                     {"127.0.0.1", "127.0.0.3"},
                                     {"127.0.0.1"},
                                     {"127.0.0.1", "127.0.0.2", "127.0.0.3"},
                                     {"127.0.0.2"}};
    for (const Names& ips : changes) {
        change_names(records({ips.begin(), ips.end()}));
        wait_for_nodes(ips);
    }
    const LoadReport report = load.stop();

    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.wrong, 0);
    EXPECT_EQ(report.lost, 0);
    EXPECT_EQ(report.errors, 0);
    EXPECT_GT(report.hits, 0);
    EXPECT_GT(report.requests, 1000);
}

TEST_F(DnsSourceOnDnsmasq, an_answer_that_is_too_long_for_udp_is_read_in_full) {
    std::vector<std::string> ips{"127.0.0.1"};
    for (int i = 1; i < 200; ++i) {
        ips.push_back(fmt::format("127.0.7.{}", i));
    }
    start_names(records(ips));

    start_proxy("cache.test.");

    EXPECT_THAT(nodes(), SizeIs(200));
    EXPECT_EQ(pool().at("source").at("description"),
              fmt::format("dns cache.test.:{}", node_.port()));
}

// What a nameserver may do instead of giving addresses.
enum class Answers { gone, silent, name_unknown, refused, metadata_service };

class DnsSourceInTrouble : public DnsSourceOnDnsmasq,
                           public ::testing::WithParamInterface<Answers> {
  protected:
    void make_trouble() {
        switch (GetParam()) {
            case Answers::gone:
                names_->kill();
                return;
            case Answers::silent:
                names_->pause();
                return;
            case Answers::name_unknown:
                change_names(records({"127.0.0.1"}, "other.test"));
                return;
            case Answers::refused:
                change_names({"--host-record=other,127.0.0.1"});
                return;
            case Answers::metadata_service:
                change_names(records({"127.0.0.1", "169.254.169.254"}));
                return;
        }
    }
};

TEST_P(DnsSourceInTrouble, the_ring_stays_and_it_is_shown) {
    // Names that are not below "test" and have no record are refused.
    const std::string name = GetParam() == Answers::refused ? "cache.example" : "cache.test";
    start_names(records({"127.0.0.1", "127.0.0.2"}, name));
    start_proxy(name + ".");
    const std::string ring = pool().at("nodes").dump();
    ASSERT_THAT(nodes(), SizeIs(2));

    make_trouble();
    wait_for_failure();

    EXPECT_THAT(nodes(), SizeIs(2));
    EXPECT_THAT(std::string(pool().at("source").at("last_failure")), HasSubstr(name + ": "));
    const char* const said = GetParam() == Answers::name_unknown ? "says that there are no nodes"
                                                                 : "gave no usable list";
    EXPECT_THAT(proxy_->process().errors(),
                HasSubstr(fmt::format("dns {}.:{} {}: {}: ", name, node_.port(), said, name)));
    EXPECT_EQ(pool().at("source").at("state"),
              GetParam() == Answers::name_unknown ? "held" : "failing");
    EXPECT_EQ(pool().at("source").at("discovered"), true);
}

INSTANTIATE_TEST_SUITE_P(Nameserver, DnsSourceInTrouble,
                         ::testing::Values(Answers::gone, Answers::silent, Answers::name_unknown,
                                           Answers::refused, Answers::metadata_service));

// The first of two nameservers has lost the records, as one whose zone was not copied.
TEST_F(DnsSourceOnDnsmasq, one_nameserver_that_knows_of_nothing_empties_no_pool) {
    const NodeAt other("127.0.0.2", node_.port());
    start_names(records({"127.0.0.1", "127.0.0.2"}));
    const NameServer second(records({"127.0.0.1", "127.0.0.2"}));
    start_proxy("cache.test.", {},
                {.resolvers = fmt::format(",127.0.0.1:{}", second.port()), .rules = "hold: 1s"});
    wait_for_nodes({"127.0.0.1", "127.0.0.2"});

    change_names(records({"127.0.0.1"}, "other.test"));
    const std::uint64_t before = pool().at("source").at("answers");
    proxy_->wait_until([&] { return pool().at("source").at("answers") > before + 10; },
                       "some answers for longer than the hold");

    EXPECT_THAT(nodes(), SizeIs(2));
    EXPECT_EQ(pool().at("source").at("state"), "good");
    EXPECT_THAT(proxy_->process().errors(), Not(HasSubstr("says that there are no nodes")));
    EXPECT_EQ(set(), "STORED\r\n");
}

// It is asked to confirm itself, as the only one that answers.
TEST_F(DnsSourceOnDnsmasq, nor_does_it_while_the_other_one_is_down) {
    start_names(records({"127.0.0.1"}));
    NameServer second(records({"127.0.0.1"}));
    start_proxy("cache.test.", {},
                {.resolvers = fmt::format(",127.0.0.1:{}", second.port()), .rules = "hold: 1s"});
    wait_for_nodes({"127.0.0.1"});

    second.kill();
    change_names(records({"127.0.0.1"}, "other.test"));
    wait_for_failure();

    EXPECT_THAT(nodes(), SizeIs(1));
    EXPECT_EQ(pool().at("source").at("state"), "failing");
    EXPECT_THAT(
        std::string(pool().at("source").at("last_failure")),
        HasSubstr(fmt::format("it was asked to confirm what 127.0.0.1:{} says", names_->port())));
    EXPECT_EQ(set(), "STORED\r\n");
}

// The list from before the restart is no less than one that the process has heard itself.
TEST_F(DnsSourceOnDnsmasq, nor_does_it_take_a_saved_node_away_after_a_restart) {
    const NodeAt other("127.0.0.2", node_.port());
    start_names(records({"127.0.0.1", "127.0.0.2"}));
    const NameServer second(records({"127.0.0.1", "127.0.0.2"}));
    const TemporaryDirectory state;
    const More more{.resolvers = fmt::format(",127.0.0.1:{}", second.port()),
                    .settings = fmt::format("  state_dir: {}\n", state.path())};
    start_proxy("cache.test.", {}, more);
    wait_for_nodes({"127.0.0.1", "127.0.0.2"});
    const auto is_saved = [&] {
        std::ifstream file(state.file("ringside.state"));
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        return text.find("127.0.0.2") != std::string::npos;
    };
    proxy_->wait_until(is_saved, "the saved list");

    proxy_.reset();
    change_names(records({"127.0.0.1"}));
    start_proxy("cache.test.", {}, more);
    proxy_->wait_until([&] { return pool().at("source").at("answers") > 3; }, "some answers");

    EXPECT_THAT(nodes(), SizeIs(2));
    EXPECT_THAT(proxy_->process().errors(), Not(HasSubstr(" removed")));
}

// `options rotate`: the questions for A and for AAAA are answered by different nameservers.
TEST_F(DnsSourceOnDnsmasq, nodes_leave_though_each_question_goes_to_the_next_nameserver) {
    const NodeAt other("127.0.0.2", node_.port());
    start_names(records({"127.0.0.1", "127.0.0.2"}));
    auto second = std::make_unique<NameServer>(records({"127.0.0.1", "127.0.0.2"}));
    start_proxy("cache.test.", {"RES_OPTIONS=rotate"},
                {.resolvers = fmt::format(",127.0.0.1:{}", second->port()),
                 .rules = "hold: 1s",
                 .family = "both"});
    wait_for_nodes({"127.0.0.1", "127.0.0.2"});
    const auto change_both = [&](const std::vector<std::string>& lines) {
        change_names(lines);
        const std::uint16_t port = second->port();
        second.reset();
        second = std::make_unique<NameServer>(port, lines);
    };

    change_both(records({"127.0.0.1"}));
    wait_for_nodes({"127.0.0.1"});

    change_both(records({"127.0.0.1"}, "other.test"));
    wait_for_nodes({});
    EXPECT_EQ(pool().at("source").at("state"), "empty");
}

// A source that is new to the pool knows of the nodes that its answer would take away.
TEST_F(DnsSourceOnDnsmasq, nor_does_it_if_the_nodes_are_those_of_another_source) {
    start_names(records({"127.0.0.1"}, "other.test"));
    const NameServer second(records({"127.0.0.1"}));
    port_ = free_port();
    const std::string head = fmt::format("pool:\n  listen: 127.0.0.1:{}\n", port_);
    proxy_ = std::make_unique<Proxy>(ProxyOptions{
        .pools = head + fmt::format("  servers: [127.0.0.1:{}:1 fixed]\n", node_.port()),
        .settings = fmt::format("  workers: 1\n  nameservers: 127.0.0.1:{},127.0.0.1:{}\n",
                                names_->port(), second.port())});

    proxy_->reload(head + fmt::format("  hold: 1s\n  discovery:\n"
                                      "    dns: {{name: \"cache.test.:{}\"}}\n",
                                      node_.port()));
    const std::string name = fmt::format("127.0.0.1:{}", node_.port());
    proxy_->wait_until(
        [&] {
            const Json nodes = pool().at("nodes");
            return nodes.size() == 1 && nodes.at(0).at("name") == name;
        },
        "the list of DNS");

    EXPECT_EQ(pool().at("source").at("failures"), 0);
    EXPECT_THAT(proxy_->process().errors(), Not(HasSubstr("says that there are no nodes")));
}

TEST_F(DnsSourceOnDnsmasq, a_pods_search_list_is_gone_through_once) {
    start_names(records({"127.0.0.1"}, "cache.app.svc.test"));

    start_proxy("cache.app",
                {"LOCALDOMAIN=web.svc.test svc.test cluster.test", "RES_OPTIONS=ndots:5"});

    EXPECT_EQ(set(), "STORED\r\n");
    EXPECT_THAT(proxy_->process().errors(),
                HasSubstr("dns cache.app: found as cache.app.svc.test, behind 1 other full names"));
    change_names(records({"127.0.0.9"}, "cache.app.cluster.test"));
    wait_for_failure();
    EXPECT_EQ(nodes(), Names{"127.0.0.1"}) << "another full name is another service";
    EXPECT_THAT(std::string(pool().at("source").at("last_failure")),
                HasSubstr("cache.app.svc.test: no such name (NXDOMAIN)"));
}

TEST_F(DnsSourceOnDnsmasq, a_pool_waits_for_its_first_list_and_serves_as_soon_as_it_is_there) {
    start_names({});
    port_ = free_port();
    Proxy proxy(
        {.pools = fmt::format("pool:\n  listen: 127.0.0.1:{}\n  discovery:\n"
                              "    dns: {{names: [\"a.test.:{}\", \"b.test.:{}\"]}}\n",
                              port_, node_.port(), node_.port()),
         .settings = fmt::format("  workers: 1\n  nameservers: 127.0.0.1:{}\n", names_->port()),
         .wait_until_ready = false});
    proxy.wait_for_body("/readyz", "a.test: no such name (NXDOMAIN); and 1 other names");

    std::vector<std::string> both = records({"127.0.0.1"}, "a.test");
    both.push_back("--host-record=b.test,127.0.0.1,1");
    change_names(both);
    proxy.wait_until([&] { return proxy.get("/readyz").status == 200; }, "the list");

    EXPECT_EQ(set(), "STORED\r\n");
}

}  // namespace
}  // namespace ringside::testing
