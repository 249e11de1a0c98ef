// The endpoints of a service of Kubernetes become the ring: by a list and a watch of an API server
// that is played over TLS, with real nodes behind them.
#include "integration/support/kubernetes_api.h"
#include "integration/support/load.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class KubernetesSource : public ::testing::Test {
  protected:
    KubernetesSource() {
        for (int i = 0; i < 4; ++i) {
            nodes_.emplace_back();
        }
    }

    std::string pool(std::string_view more = "") const {
        return pool_of(api_, "localhost", fmt::format("ca_file: {}\n{}", api_.ca_file(), more));
    }
    std::string pool_of(const KubernetesApi& api, std::string_view host,
                        std::string_view more) const {
        return fmt::format(
            "pool:\n  listen: 127.0.0.1:{}\n  timeout: 5000\n  returns_max: 0\n"
            "  discovery:\n    kubernetes:\n"
            "      service: cache\n      namespace: app\n      port: memcached\n"
            "      api_server: \"{}:{}\"\n      token_file: {}\n      {}",
            port_, host, api.port(), api.token_file(), more);
    }
    // The node behind cache-`index`. All nodes have one address, so each has a slice of its own.
    Json endpoint(int index, Json conditions = {{"ready", true}, {"serving", true}}) const {
        return {{"addresses", {"127.0.0.1"}},
                {"conditions", std::move(conditions)},
                {"hostname", fmt::format("cache-{}", index)},
                {"targetRef", {{"kind", "Pod"}, {"name", fmt::format("cache-{}", index)}}},
                {"zone", "zone-a"}};
    }
    Json slice(int index, const Json& endpoint) const {
        return {{"name", fmt::format("cache-slice-{}", index)},
                {"endpoints", {endpoint}},
                {"ports",
                 {{{"name", "memcached"}, {"protocol", "TCP"}, {"port", port_of(index)}},
                  {{"name", "metrics"}, {"protocol", "TCP"}, {"port", 9150}}}}};
    }
    void add(int index) { api_.set(slice(index, endpoint(index))); }
    void remove(int index) { api_.remove(fmt::format("cache-slice-{}", index)); }

    static Json source(const Proxy& proxy) {
        return Json::parse(proxy.get("/pools/pool").body).at("source");
    }
    static std::vector<std::string> names(const Proxy& proxy) {
        std::vector<std::string> result;
        const Json pool = Json::parse(proxy.get("/pools/pool").body);
        for (const Json& node : pool.at("nodes")) {
            result.push_back(node.at("name"));
        }
        return result;
    }
    // Returns how long it took until the workers have them.
    static base::milliseconds wait_for_nodes(Proxy& proxy, std::vector<std::string> wanted) {
        const auto begin = base::Clock::now();
        proxy.wait_until(
            [&] {
                const Json pool = Json::parse(proxy.get("/pools/pool").body);
                return pool.at("converged") == true && names(proxy) == wanted;
            },
            fmt::format("{} nodes", wanted.size()));
        return std::chrono::duration_cast<base::milliseconds>(base::Clock::now() - begin);
    }

    std::uint16_t port_of(int index) const { return std::next(nodes_.begin(), index)->port(); }

    std::list<MemcachedNode> nodes_;
    KubernetesApi api_;
    std::uint16_t port_ = free_port();
};

TEST_F(KubernetesSource, a_change_reaches_the_workers_within_a_second) {
    add(0);
    add(1);
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, {"cache-0", "cache-1"});
    Client client(port_);
    EXPECT_EQ(client.ask("set key 0 0 1\r\nx\r\n", "\r\n"), "STORED\r\n");

    std::vector<base::milliseconds> took;
    const auto change = [&](const auto& make, const std::vector<std::string>& wanted) {
        make();
        took.push_back(wait_for_nodes(proxy, wanted));
    };
    change([&] { add(2); }, {"cache-0", "cache-1", "cache-2"});
    change([&] { remove(1); }, {"cache-0", "cache-2"});
    change(
        [&] {
            api_.set(slice(2, endpoint(2, {{"ready", false}, {"serving", false}})));
        },
        {"cache-0"});
    change([&] { add(2); }, {"cache-0", "cache-2"});
    change(
        [&] {
            api_.set(slice(
                2, endpoint(2, {{"ready", false}, {"serving", true}, {"terminating", true}})));
        },
        {"cache-0"});

    for (const base::milliseconds each : took) {
        EXPECT_LT(each, base::milliseconds(1000));
        std::printf("a change took %d ms\n", static_cast<int>(each.count()));
    }
    EXPECT_EQ(source(proxy).at("failures"), 0);
    EXPECT_EQ(source(proxy).at("description"), "kubernetes app/cache");
}

TEST_F(KubernetesSource, changes_under_load_lose_no_request_and_corrupt_none) {
    for (int i = 0; i < 4; ++i) {
        add(i);
    }
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, {"cache-0", "cache-1", "cache-2", "cache-3"});
    Load load(port_, {"--clients", "20", "--pipeline", "4", "--keys", "3000"});

    for (int round = 0; round < 4; ++round) {
        remove(1);
        wait_for_nodes(proxy, {"cache-0", "cache-2", "cache-3"});
        remove(2);
        add(1);
        wait_for_nodes(proxy, {"cache-0", "cache-1", "cache-3"});
        add(2);
        wait_for_nodes(proxy, {"cache-0", "cache-1", "cache-2", "cache-3"});
    }
    const LoadReport report = load.stop();

    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.wrong + report.lost + report.errors, 0) << report.text;
    EXPECT_GT(report.hits, 0);
}

TEST_F(KubernetesSource, a_watch_that_is_cut_or_too_old_misses_nothing) {
    add(0);
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, {"cache-0"});

    api_.control("/cut");
    add(1);
    wait_for_nodes(proxy, {"cache-0", "cache-1"});
    api_.control("/forget");
    add(2);
    wait_for_nodes(proxy, {"cache-0", "cache-1", "cache-2"});

    EXPECT_THAT(proxy.process().errors(), HasSubstr("listing again"));
}

TEST_F(KubernetesSource, a_token_is_read_again_when_it_was_rotated) {
    add(0);
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, {"cache-0"});

    api_.control("/tokens", "second");
    api_.control("/cut");
    proxy.wait_for_body("/pools/pool", "refuses with 401: Unauthorized; the token is that of");
    EXPECT_THAT(names(proxy), ElementsAre("cache-0"));
    api_.write_token("second");
    add(1);
    wait_for_nodes(proxy, {"cache-0", "cache-1"});

    EXPECT_THAT(api_.requests(), HasSubstr("watch second /apis"));
    EXPECT_TRUE(source(proxy).at("last_failure").is_null());
    EXPECT_THAT(proxy.process().errors(), Not(HasSubstr("Bearer")));
}

TEST_F(KubernetesSource, is_listed_again_and_again_where_a_role_does_not_let_it_be_watched) {
    add(0);
    api_.control("/fault?watch_forbidden");
    Proxy proxy({.pools = pool()});
    wait_for_nodes(proxy, {"cache-0"});

    add(1);
    wait_for_nodes(proxy, {"cache-0", "cache-1"});

    EXPECT_TRUE(source(proxy).at("last_failure").is_null());
    EXPECT_THAT(proxy.process().errors(), HasSubstr("may be listed and not watched (403: User"));
}

struct Fault {
    const char* name;
    const char* problem;
};

class Faulty : public KubernetesSource, public ::testing::WithParamInterface<Fault> {};

TEST_P(Faulty, server_changes_nothing_and_is_visible) {
    add(0);
    add(1);
    Proxy proxy({.pools = pool("      timeout: 1s\n")});
    wait_for_nodes(proxy, {"cache-0", "cache-1"});

    api_.control(fmt::format("/fault?{}", GetParam().name));
    api_.control("/forget");  // the watch ends, and what follows is faulty
    proxy.wait_for_body("/pools/pool", GetParam().problem);

    EXPECT_THAT(names(proxy), ElementsAre("cache-0", "cache-1"));
    EXPECT_EQ(proxy.get("/readyz").status, 200);
    EXPECT_EQ(Client(port_).ask("set key 0 0 1\r\nx\r\n", "\r\n"), "STORED\r\n");
    EXPECT_LT(proxy.process().resident_bytes(), std::size_t{200} << 20);

    api_.control("/fault?none");
    add(2);
    EXPECT_LT(proxy.post("/pools/pool/refresh").status, 300);
    wait_for_nodes(proxy, {"cache-0", "cache-1", "cache-2"});
}

INSTANTIATE_TEST_SUITE_P(
    All, Faulty,
    ::testing::Values(Fault{"403", "refuses with 403: User \\\"viewer\\\" cannot list resource"},
                      Fault{"busy", "refuses with 429: too many requests"},
                      Fault{"500", "refuses with 500: etcdserver: no leader"},
                      Fault{"slow", "no whole answer within 1000 ms"},
                      Fault{"huge", "the answer is longer than 4194304 bytes"},
                      Fault{"silent", "within 1000 ms"}, Fault{"reset", "localhost:"},
                      Fault{"garbage", "no JSON at byte 1"},
                      Fault{"null", "service app/cache has no EndpointSlice"},
                      Fault{"no_watch", "the watch has ended as soon as it had begun"}),
    [](const auto& test) { return fmt::format("fault_{}", test.param.name); });

TEST_F(KubernetesSource, many_slices_come_in_pages_and_too_many_nodes_change_nothing) {
    const auto crowd = [](int from, int count) {
        Json endpoints = Json::array();
        for (int i = from; i < from + count; ++i) {
            endpoints.push_back(
                {{"addresses", {fmt::format("127.{}.{}.1", i / 200, i % 200 + 1)}}});
        }
        return endpoints;
    };
    for (int i = 0; i < 25; ++i) {
        api_.set({{"name", fmt::format("crowd-{:03}", i)},
                  {"endpoints", crowd(i * 100, 100)},
                  {"ports", {{{"name", "memcached"}, {"port", port_of(0)}}}}});
    }
    Proxy proxy({.pools = pool()});
    proxy.wait_until([&] { return names(proxy).size() == 2500; }, "2500 nodes");

    for (int i = 25; i < 100; ++i) {
        api_.set({{"name", fmt::format("crowd-{:03}", i)},
                  {"endpoints", crowd(i * 100, 100)},
                  {"ports", {{{"name", "memcached"}, {"port", port_of(0)}}}}});
    }

    proxy.wait_for_body("/pools/pool", "has 10000 nodes, more than 4096");
    EXPECT_LE(names(proxy).size(), 4096U);
}

TEST_F(KubernetesSource, whoever_cannot_prove_to_be_the_server_is_not_told_the_token) {
    add(0);
    const KubernetesApi stranger;
    std::filesystem::copy(stranger.ca_file(), api_.ca_file(),
                          std::filesystem::copy_options::overwrite_existing);

    Proxy proxy({.pools = pool(), .wait_until_ready = false});
    proxy.wait_for_body("/pools/pool", "tls: certificate of the other side");

    EXPECT_EQ(api_.requests(), "");
    EXPECT_EQ(proxy.get("/readyz").status, 503);
}

TEST_F(KubernetesSource, an_api_server_at_an_address_may_prove_another_name) {
    add(0);
    const std::string by_address =
        pool_of(api_, "127.0.0.1", fmt::format("tls: {{ca_file: {}}}\n", api_.ca_file()));
    const std::string by_name =
        pool_of(api_, "127.0.0.1",
                fmt::format("tls: {{ca_file: {}, server_name: localhost}}\n", api_.ca_file()));

    Proxy proxy({.pools = by_address, .wait_until_ready = false});
    proxy.wait_for_body("/pools/pool", "tls: certificate of the other side: IP address mismatch");
    EXPECT_EQ(api_.requests(), "");
    proxy.reload(by_name);

    wait_for_nodes(proxy, {"cache-0"});
}

TEST_F(KubernetesSource, who_demands_a_certificate_is_shown_one) {
    const KubernetesApi demanding(KubernetesApi::Clients::with_certificate);
    demanding.set(slice(0, endpoint(0)));
    const std::string without =
        pool_of(demanding, "localhost", fmt::format("tls: {{ca_file: {}}}\n", demanding.ca_file()));
    const std::string with = pool_of(
        demanding, "localhost",
        fmt::format("tls: {{ca_file: {}, cert_file: {}, key_file: {}}}\n", demanding.ca_file(),
                    demanding.client_cert_file(), demanding.client_key_file()));

    Proxy proxy({.pools = without, .wait_until_ready = false});
    proxy.wait_for_body("/pools/pool", "certificate required");
    proxy.reload(with);

    wait_for_nodes(proxy, {"cache-0"});
}

TEST_F(KubernetesSource, whom_nothing_is_demanded_of_is_believed_with_a_warning) {
    add(0);

    Proxy proxy({.pools = pool_of(api_, "127.0.0.1", "tls: {verify: false}\n")});

    wait_for_nodes(proxy, {"cache-0"});
    EXPECT_THAT(proxy.process().errors(),
                HasSubstr("pool pool: kubernetes app/cache: \"verify: false\""));
}

}  // namespace
}  // namespace ringside::testing
