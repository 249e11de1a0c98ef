// Random changes of the nodes, told over each source's own wire: no reply is
// wrong, none is an error, and what is stored on a node that stays is found.
//
// RINGSIDE_CHANGES=200 makes so many of each instead of a few.
#include "integration/support/kubernetes_api.h"
#include "integration/support/load.h"
#include "integration/support/name_server.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"
#include "routing/moved_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kProcesses = 7;
constexpr int kKeys = 300;

// A memcached as a source lists it: which of them, by which of its addresses,
// how heavy.
struct Listed {
    int process = 0;
    int address = 1;  // 127.0.0.1 or 127.0.0.2: the same process
    std::uint32_t weight = 1;
};
using List = std::vector<Listed>;

std::string ip_of(const Listed& node) {
    return fmt::format("127.0.0.{}", node.address);
}

// A source with what stands behind it.
class Wire {
  public:
    explicit Wire(const std::vector<std::uint16_t>& ports) : ports_(ports) {}
    virtual ~Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    virtual std::string discovery() const = 0;
    virtual std::string settings() const { return ""; }
    virtual std::string ring_name(const Listed& node) const = 0;
    virtual bool has_weights() const { return false; }
    // What a weight of 1 in the ring is in the list.
    virtual std::uint32_t weight_unit(const List& /*list*/) const { return 1; }
    virtual bool has_addresses() const { return true; }
    // The list from now on.
    virtual void say(const List& list) = 0;

  protected:
    std::uint16_t port(const Listed& node) const {
        return ports_[static_cast<std::size_t>(node.process)];
    }

  private:
    std::vector<std::uint16_t> ports_;
};

class FileWire : public Wire {
  public:
    using Wire::Wire;
    std::string discovery() const override {
        return fmt::format("file: {{path: \"{}\"}}", folder_.file("nodes.yml"));
    }
    std::string ring_name(const Listed& node) const override {
        return fmt::format("n{}", node.process);
    }
    bool has_weights() const override { return true; }
    void say(const List& list) override {
        std::string text;
        for (const Listed& node : list) {
            text += fmt::format("- {}:{}:{} {}\n", ip_of(node), port(node), node.weight,
                                ring_name(node));
        }
        fs::rename(folder_.write(".new", text), folder_.file("nodes.yml"));
    }

  private:
    TemporaryDirectory folder_;
};

// dnsmasq, which is started anew for other records.
class DnsmasqWire : public Wire {
  public:
    using Wire::Wire;
    std::string settings() const override {
        return fmt::format("  nameservers: 127.0.0.1:{}\n", names_->port());
    }

  protected:
    void answer(const std::vector<std::string>& records) {
        const std::uint16_t port = names_ ? names_->port() : 0;
        names_.reset();
        names_ = port == 0 ? std::make_unique<NameServer>(records)
                           : std::make_unique<NameServer>(port, records);
    }

  private:
    std::unique_ptr<NameServer> names_;
};

class SrvWire : public DnsmasqWire {
  public:
    using DnsmasqWire::DnsmasqWire;
    std::string discovery() const override {
        return "srv: {name: _memcached._tcp.cache.test., ttl_min: 100ms, ttl_max: "
               "100ms, "
               "weights: true}";
    }
    std::string ring_name(const Listed& node) const override {
        return fmt::format("n{}.test:{}", node.process, port(node));
    }
    bool has_weights() const override { return true; }
    // Weights of records are proportions.
    std::uint32_t weight_unit(const List& list) const override {
        std::uint32_t unit = 0;
        for (const Listed& node : list) {
            unit = std::gcd(unit, node.weight);
        }
        return unit;
    }
    void say(const List& list) override {
        std::vector<std::string> records;
        for (const Listed& node : list) {
            const std::string host = fmt::format("n{}.test", node.process);
            records.push_back(fmt::format("--srv-host=_memcached._tcp.cache.test,{},{},0,{}", host,
                                          port(node), node.weight));
            records.push_back(fmt::format("--host-record={},{},1", host, ip_of(node)));
        }
        answer(records);
    }
};

// Each node has a name of its own here, as one port belongs to all addresses of
// a name.
class DnsWire : public DnsmasqWire {
  public:
    using DnsmasqWire::DnsmasqWire;
    std::string discovery() const override {
        return fmt::format("dns: {{name: \"cache.test.:{}\", ttl_min: 100ms, ttl_max: 100ms}}",
                           port({}));
    }
    std::string ring_name(const Listed& node) const override {
        return fmt::format("127.0.1.{}:{}", node.process + 1, port({}));
    }
    bool has_addresses() const override { return false; }  // an address is the node
    void say(const List& list) override {
        std::vector<std::string> records;
        for (const Listed& node : list) {
            records.push_back(
                fmt::format("--host-record=cache.test,127.0.1.{},1", node.process + 1));
        }
        answer(records);
    }
};

class ElastiCacheWire : public Wire {
  public:
    using Wire::Wire;
    std::string discovery() const override {
        return fmt::format("elasticache: {{endpoint: \"{}\", interval: 100ms}}",
                           endpoint_.address());
    }
    std::string ring_name(const Listed& node) const override {
        return fmt::format("n{}.test:{}", node.process, port(node));
    }
    void say(const List& list) override {
        std::string data = fmt::format("{}\n", ++version_);
        for (const Listed& node : list) {
            data += fmt::format("{}n{}.test|{}|{}", data.back() == '\n' ? "" : " ", node.process,
                                ip_of(node), port(node));
        }
        data += '\n';
        const std::scoped_lock lock(mutex_);
        answer_ = fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
    }

  private:
    std::mutex mutex_;
    std::string answer_;
    int version_ = 0;
    ScriptedPeer endpoint_{[this](std::string_view) -> std::optional<std::string> {
        const std::scoped_lock lock(mutex_);
        return answer_;
    }};
};

class KubernetesWire : public Wire {
  public:
    using Wire::Wire;
    std::string discovery() const override {
        return fmt::format(
            "kubernetes: {{service: cache, namespace: app, port: memcached, "
            "api_server: \"localhost:{}\", token_file: {}, ca_file: {}}}",
            api_.port(), api_.token_file(), api_.ca_file());
    }
    std::string ring_name(const Listed& node) const override {
        return fmt::format("cache-{}", node.process);
    }
    void say(const List& list) override {
        for (int process = 0; process < kProcesses; ++process) {
            const auto found =
                std::find_if(list.begin(), list.end(),
                             [process](const Listed& node) { return node.process == process; });
            const auto name = fmt::format("slice-{}", process);
            const Json slice = found == list.end() ? Json() : slice_of(*found, name);
            Json& known = slices_[static_cast<std::size_t>(process)];
            if (slice == known) {
                continue;
            }
            if (slice.is_null()) {
                api_.remove(name);
            } else {
                api_.set(slice);
            }
            known = slice;
        }
    }

  private:
    Json slice_of(const Listed& node, const std::string& name) const {
        return {{"name", name},
                {"endpoints",
                 {{{"addresses", {ip_of(node)}},
                   {"conditions", {{"ready", true}, {"serving", true}}},
                   {"hostname", ring_name(node)}}}},
                {"ports", {{{"name", "memcached"}, {"protocol", "TCP"}, {"port", port(node)}}}}};
    }

    KubernetesApi api_;
    std::vector<Json> slices_ = std::vector<Json>(kProcesses);
};

enum class Source { file, dns, srv, elasticache, kubernetes };

class LosslessChange : public ::testing::TestWithParam<Source> {
  protected:
    LosslessChange() {
        // Of DNS all nodes have the same port, each at an address of its own.
        const std::uint16_t shared = free_port();
        for (int i = 0; i < kProcesses; ++i) {
            ports_.push_back(GetParam() == Source::dns ? shared : free_port());
            const std::string ips = GetParam() == Source::dns ? fmt::format("127.0.1.{}", i + 1)
                                                              : "127.0.0.1,127.0.0.2";
            processes_.emplace_back(std::vector<std::string>{
                "memcached", "-l", ips, "-p", std::to_string(ports_.back()), "-u", "root"});
            processes_.back().wait_until(
                [&] { return accepts_at(ips.substr(0, ips.find(',')), ports_.back()); }, ips);
        }
        wire_ = make_wire();
    }

    std::unique_ptr<Wire> make_wire() const {
        switch (GetParam()) {
            case Source::file:
                return std::make_unique<FileWire>(ports_);
            case Source::dns:
                return std::make_unique<DnsWire>(ports_);
            case Source::srv:
                return std::make_unique<SrvWire>(ports_);
            case Source::elasticache:
                return std::make_unique<ElastiCacheWire>(ports_);
            case Source::kubernetes:
                return std::make_unique<KubernetesWire>(ports_);
        }
        return nullptr;
    }

    void start_proxy() {
        proxy_ = std::make_unique<Proxy>(
            ProxyOptions{.pools = fmt::format("pool:\n  listen: 127.0.0.1:{}\n  timeout: 5000\n"
                                              "  returns_max: 0\n  change_max: 100\n"
                                              "  discovery:\n    {}\n",
                                              port_, wire_->discovery()),
                         .settings = "  workers: 2\n" + wire_->settings()});
    }

    // As the ring of a list has to be; the state of a proxy is not asked for it.
    routing::PoolPtr ring_of(const List& list) const {
        std::vector<routing::PoolNode> nodes;
        for (const Listed& node : list) {
            nodes.push_back({.node = {.name = wire_->ring_name(node),
                                      .address = {ip_of(node), 1},
                                      .weight = node.weight}});
        }
        return routing::build_pool(0, "pool", {}, std::move(nodes));
    }
    static const std::string& owner_of(const routing::Pool& pool, const std::string& key) {
        return pool.nodes[*pool.owner_of(key, 0)].node.name;
    }

    // Until all workers go by the list.
    void wait_for(const List& list) {
        std::vector<std::string> wanted;
        const routing::PoolPtr ring = ring_of(list);
        for (const routing::PoolNode& node : ring->nodes) {
            wanted.push_back(node.node.name);
        }
        proxy_->wait_until([&] { return is_there(list, wanted); },
                           fmt::format("{}", fmt::join(wanted, ", ")));
    }
    bool is_there(const List& list, const std::vector<std::string>& wanted) {
        const Json pool = Json::parse(proxy_->get("/pools/pool").body);
        std::vector<std::string> names;
        for (const Json& node : pool.at("nodes")) {
            names.push_back(node.at("name"));
            const auto listed = std::find_if(list.begin(), list.end(), [&](const Listed& each) {
                return wire_->ring_name(each) == names.back();
            });
            if (listed == list.end() ||
                node.at("weight") != listed->weight / wire_->weight_unit(list) ||
                (wire_->has_addresses() &&
                 node.at("addresses").dump().find(ip_of(*listed) + ':') == std::string::npos)) {
                return false;
            }
        }
        return names == wanted && pool.at("converged") == true;
    }

    // At random: one comes, one goes, one is another's, one moves, is heavier, or
    // the order is another one. At least two nodes stay.
    void change(List& list) {
        const auto below = [this](std::size_t limit) { return random_() % limit; };
        std::vector<int> unused;
        for (int process = 0; process < kProcesses; ++process) {
            if (std::none_of(list.begin(), list.end(),
                             [process](const Listed& node) { return node.process == process; })) {
                unused.push_back(process);
            }
        }
        Listed& any = list[below(list.size())];
        const std::size_t kind = below(6);
        if (kind == 0 && list.size() > 2) {
            list.erase(list.begin() + (&any - list.data()));
        } else if (kind == 1 && !unused.empty()) {
            any = {.process = unused[below(unused.size())]};
        } else if (kind == 2 && wire_->has_addresses()) {
            any.address = 3 - any.address;
        } else if (kind == 3 && wire_->has_weights()) {
            any.weight = any.weight % 3 + 1;
        } else if (kind == 4) {
            std::shuffle(list.begin(), list.end(), random_);
        } else if (!unused.empty()) {
            list.push_back({.process = unused[below(unused.size())]});
        }
    }

    // Each key is set or has its own value.
    bool ask(Client& client, const std::string& key) {
        const std::string value = "value of " + key;
        const std::string answer = client.ask("get " + key + "\r\n", "END\r\n");
        if (answer == "END\r\n") {
            EXPECT_EQ(client.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value),
                                 "\r\n"),
                      "STORED\r\n");
            return false;
        }
        EXPECT_EQ(answer, fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value));
        return true;
    }

    std::vector<std::uint16_t> ports_;
    std::list<Process> processes_;
    std::unique_ptr<Wire> wire_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Proxy> proxy_;
    std::mt19937 random_{static_cast<std::uint32_t>(GetParam())};
};

int changes_wanted() {
    constexpr int kOrdinarily = 8;
    const char* const wanted = std::getenv("RINGSIDE_CHANGES");
    return wanted == nullptr ? kOrdinarily : std::atoi(wanted);
}

TEST_P(LosslessChange, random_changes_lose_no_reply_and_keep_what_is_on_nodes_that_stay) {
    List list{{.process = 0}, {.process = 1}, {.process = 2}, {.process = 3}};
    wire_->say(list);
    start_proxy();
    wait_for(list);
    Client client(port_);
    std::vector<std::string> keys;
    for (int i = 0; i < kKeys; ++i) {
        keys.push_back(fmt::format("own:{}", i));
        ask(client, keys.back());
    }
    Load load(port_, {"--clients", "10", "--pipeline", "4", "--keys", "2000", "--seconds", "1000",
                      "--get-ratio", "0.7"});
    double adds = 0;
    double moved_shares = 0;  // of what an added node is due

    for (int i = 0; i < changes_wanted(); ++i) {
        const routing::PoolPtr before = ring_of(list);
        change(list);
        const routing::PoolPtr after = ring_of(list);
        wire_->say(list);
        wait_for(list);

        for (const std::string& key : keys) {
            const bool has_stayed = owner_of(*before, key) == owner_of(*after, key);
            const bool was_there = ask(client, key);
            EXPECT_TRUE(was_there || !has_stayed) << key << " after change " << i;
        }
        if (after->nodes.size() == before->nodes.size() + 1 && !wire_->has_weights()) {
            const auto moved = routing::moved_keys(*before, *after, 100);
            moved_shares += moved->share * static_cast<double>(after->nodes.size());
            adds += 1;
            for (const routing::KeyFlow& flow : moved->flows) {
                EXPECT_TRUE(std::none_of(
                    before->nodes.begin(), before->nodes.end(),
                    [&flow](const routing::PoolNode& old) { return old.node.name == flow.to; }))
                    << flow.from << " to " << flow.to;
            }
        }
    }
    const LoadReport report = load.stop();

    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.wrong + report.lost + report.errors, 0) << report.text;
    EXPECT_GT(report.hits, 0);
    if (adds >= 20) {
        EXPECT_LE(moved_shares / adds, 1.1);
    }
    std::printf("%lld requests, %.0f nodes added, each took %.2f of its fair share\n",
                static_cast<long long>(report.requests), adds, adds > 0 ? moved_shares / adds : 0);
}

std::string name_of(const ::testing::TestParamInfo<Source>& test) {
    switch (test.param) {
        case Source::file:
            return "file";
        case Source::dns:
            return "dns";
        case Source::srv:
            return "srv";
        case Source::elasticache:
            return "elasticache";
        case Source::kubernetes:
            return "kubernetes";
    }
    return "";
}

INSTANTIATE_TEST_SUITE_P(Sources, LosslessChange,
                         ::testing::Values(Source::file, Source::dns, Source::srv,
                                           Source::elasticache, Source::kubernetes),
                         name_of);

}  // namespace
}  // namespace ringside::testing
