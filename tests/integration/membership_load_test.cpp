// The list of nodes changes again and again while clients work: nobody notices.
#include "integration/support/lab.h"
#include "integration/support/load.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;

ProxyOptions discovering_proxy(const Lab& lab, std::uint16_t port, std::string workers) {
    ProxyOptions options;
    options.pools = fmt::format(
        "pool:\n"
        "  listen: 127.0.0.1:{}\n"
        "  timeout: 5000\n"
        "  returns_max: 0\n"
        "  discovery:\n"
        "    elasticache: {{endpoint: \"{}\", interval: 200ms}}\n",
        port, lab.endpoint());
    options.settings.clear();
    if (!workers.empty()) {
        options.environment = {"RINGSIDE_WORKERS=" + workers};
    }
    return options;
}

// Until every worker uses the list with this version.
void wait_for_version(Proxy& proxy, std::uint64_t version) {
    proxy.wait_until(
        [&proxy, version] {
            const Json pool = Json::parse(proxy.get("/pools/pool").body);
            return pool.at("source").at("version") == std::to_string(version) &&
                   pool.at("converged") == true;
        },
        fmt::format("version {} of the list", version));
}

class MembershipLoad : public ::testing::TestWithParam<const char*> {};

TEST_P(MembershipLoad, twenty_changes_lose_no_request_and_corrupt_none) {
    constexpr int kChanges = 20;
    Lab lab(4);
    const std::uint16_t port = free_port();
    Proxy proxy(discovering_proxy(lab, port, GetParam()));
    wait_for_version(proxy, lab.status().version);
    Load load(port, {"--clients", "20", "--pipeline", "4", "--keys", "3000", "--get-ratio", "0.7"});

    for (int change = 0; change < kChanges; ++change) {
        if (change % 2 == 0) {
            lab.add();
        } else {
            lab.remove(lab.status().nodes.front().name);
        }
        wait_for_version(proxy, lab.status().version);
    }
    const LoadReport report = load.stop();

    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_EQ(report.wrong, 0);
    EXPECT_EQ(report.lost, 0);
    EXPECT_EQ(report.errors, 0);
    EXPECT_GT(report.hits, 0);
    EXPECT_GT(report.requests, 1000);
}

TEST_P(MembershipLoad, a_multi_get_is_split_by_one_list_of_nodes_and_never_by_two) {
    constexpr int kChanges = 6;
    Lab lab(4);
    const std::uint16_t port = free_port();
    Proxy proxy(discovering_proxy(lab, port, GetParam()));
    Load load(port, {"--clients", "10", "--multi-get", "20", "--keys", "2000"});

    for (int change = 0; change < kChanges; ++change) {
        if (change % 2 == 0) {
            lab.remove(lab.status().nodes.front().name);
        } else {
            lab.add();
        }
        wait_for_version(proxy, lab.status().version);
    }
    const LoadReport report = load.stop();

    EXPECT_EQ(report.exit_code, 0) << report.text;
    EXPECT_GT(report.hits, 0);
}

INSTANTIATE_TEST_SUITE_P(Workers, MembershipLoad, ::testing::Values("", "1", "3"),
                         [](const auto& test) {
                             return *test.param == '\0' ? std::string("auto")
                                                        : std::string(test.param);
                         });

}  // namespace
}  // namespace ringside::testing
