// The sources that ringlab plays, each asked by Ringside with the configuration that ringlab
// prints.
#include "integration/support/lab.h"
#include "integration/support/network.h"
#include "integration/support/proxy.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RinglabSource : public ::testing::TestWithParam<std::string_view> {
  protected:
    RinglabSource() : lab_(2, {"--source", std::string(GetParam()), "--linger", "100ms"}) {}

    // What ringlab says, listening on a port of the test.
    ProxyOptions options() {
        const std::string config = lab_.command({"config"});
        const std::size_t pools = config.find("cache:\n");
        constexpr std::string_view kListen = "127.0.0.1:11211";
        ProxyOptions result;
        result.pools = config.substr(pools);
        result.pools.replace(result.pools.find(kListen), kListen.size(),
                             fmt::format("127.0.0.1:{}", port_));
        constexpr std::string_view kProcess = "ringside:\n";
        if (pools > 0) {
            result.settings += config.substr(kProcess.size(), pools - kProcess.size());
        }
        return result;
    }
    static Json pool(const Proxy& proxy) { return Json::parse(proxy.get("/pools/cache").body); }
    // All of the lab's, at their addresses and with a name that is found.
    void wait_for_nodes(Proxy& proxy) {
        std::vector<std::string> wanted;
        for (const Lab::Node& node : lab_.status().nodes) {
            wanted.push_back(fmt::format("{}:{}", node.ip, node.port));
        }
        std::sort(wanted.begin(), wanted.end());
        proxy.wait_until(
            [&] {
                std::vector<std::string> found;
                const Json document = pool(proxy);
                for (const Json& node : document.at("nodes")) {
                    const Json& addresses = node.at("addresses");
                    found.push_back(addresses.empty() ? "" : addresses.at(0).get<std::string>());
                }
                std::sort(found.begin(), found.end());
                return found == wanted && document.at("converged") == true;
            },
            fmt::format("{} nodes", wanted.size()));
    }
    void wait_for_state(Proxy& proxy, std::string_view state) {
        proxy.wait_until([&] { return pool(proxy).at("source").at("state") == state; }, state);
    }

    Lab lab_;
    const std::uint16_t port_ = free_port();
};

TEST_P(RinglabSource, tells_ringside_of_each_change) {
    Proxy proxy(options());
    wait_for_nodes(proxy);
    Client client(port_);
    EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");

    lab_.add();
    wait_for_nodes(proxy);
    lab_.remove("node-0001");
    wait_for_nodes(proxy);
    lab_.command({"restart", "node-0002", "--new-ip"});
    wait_for_nodes(proxy);
    if (GetParam() != "dns") {
        lab_.command({"restart", "node-0003", "--new-port"});
        wait_for_nodes(proxy);
    }

    EXPECT_EQ(client.ask("set k 0 0 1\r\nv\r\n", "\r\n"), "STORED\r\n");
}

TEST_P(RinglabSource, misbehaves_as_its_kind_does) {
    Proxy proxy(options());
    wait_for_nodes(proxy);

    lab_.misbehave("empty");
    wait_for_state(proxy, "held");
    lab_.misbehave("closed");
    lab_.add();  // is told when it behaves again
    lab_.misbehave("normal");
    wait_for_state(proxy, "good");
    wait_for_nodes(proxy);

    EXPECT_EQ(pool(proxy).at("nodes").size(), 3U);
    const Outcome refused = lab_.try_command({"misbehave", "old-version"});
    EXPECT_THAT(refused.errors,
                StartsWith(fmt::format("ringlab: 'old-version' is nothing that {} can do; it has "
                                       "normal, empty, ",
                                       GetParam())));
}

TEST_P(RinglabSource, leaves_nothing_behind) {
    const auto status = Json::parse(lab_.command({"status", "--json"}));

    lab_.command({"stop"});

    EXPECT_EQ(lab_.process().wait_for_exit(), 0);
    EXPECT_EQ(status.at("source"), GetParam());
    if (status.contains("file")) {
        EXPECT_FALSE(std::filesystem::exists(status.at("file").get<std::string>()));
    } else {
        const std::string place =
            status.at(GetParam() == "kubernetes" ? "api_server" : "nameserver");
        const auto port = std::stoul(place.substr(place.find(':') + 1));
        EXPECT_FALSE(accepts(static_cast<std::uint16_t>(port)));
    }
}

class RinglabDiscover : public ::testing::TestWithParam<std::string_view> {};

TEST_P(RinglabDiscover, prints_what_each_source_tells) {
    const TemporaryDirectory directory;
    Lab lab(2, {"--source", std::string(GetParam())});
    const std::string file = directory.write("ringside.yml", lab.command({"config"}));

    const Outcome outcome = run({program("ringside"), "-c", file, "--discover", "cache"});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output,
                ::testing::AllOf(HasSubstr(fmt::format("source       {} ", GetParam())),
                                 HasSubstr("nodes        2\n")));
    for (const Lab::Node& node : lab.status().nodes) {
        EXPECT_THAT(outcome.output, HasSubstr(fmt::format(":{} ", node.port)));
        EXPECT_THAT(outcome.output, HasSubstr(node.ip));
    }

    lab.command({"stop"});
    lab.process().wait_for_exit();
    const Outcome gone = run({program("ringside"), "-c", file, "--discover", "cache"});
    EXPECT_EQ(gone.exit_code, 1);
    EXPECT_THAT(gone.errors, HasSubstr("gave no usable list"));
}

INSTANTIATE_TEST_SUITE_P(All, RinglabDiscover,
                         ::testing::Values("elasticache", "file", "dns", "srv", "kubernetes"),
                         [](const auto& each) { return std::string(each.param); });

INSTANTIATE_TEST_SUITE_P(All, RinglabSource, ::testing::Values("file", "dns", "srv", "kubernetes"),
                         [](const auto& each) { return std::string(each.param); });

TEST(RinglabSources, a_silent_nameserver_is_a_failure_that_changes_nothing) {
    Lab lab(2, {"--source", "srv"});

    lab.misbehave("silent");
    const auto status = Json::parse(lab.command({"status", "--json"}));
    lab.misbehave("normal");

    EXPECT_EQ(status.at("mode"), "silent");
    EXPECT_EQ(lab.status().mode, "normal");
}

TEST(RinglabSources, the_api_server_wants_its_token_and_proves_its_name) {
    const TemporaryDirectory directory;
    Lab lab(1, {"--source", "kubernetes"});
    const std::string config = lab.command({"config"});
    const auto value = [&config](std::string_view key) {
        const std::size_t begin = config.find('"', config.find(key)) + 1;
        return config.substr(begin, config.find('"', begin) - begin);
    };
    const auto ask = [&](const std::string& token_file) {
        std::string other = config;
        const std::string token = value("token_file");
        other.replace(other.find(token), token.size(), token_file);
        const std::string file = directory.write("discover.yml", other);
        return run({program("ringside"), "-c", file, "--discover", "cache"});
    };

    const Outcome right = ask(value("token_file"));
    const Outcome wrong = ask(directory.write("token", "another"));

    EXPECT_EQ(right.exit_code, 0) << right.errors;
    EXPECT_THAT(right.output, HasSubstr("node-0001"));
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(wrong.output + wrong.errors, HasSubstr("401"));
}

TEST(RinglabSources, a_file_can_be_cut_off_and_hold_nonsense) {
    Lab lab(2, {"--source", "file"});
    const std::string path = Json::parse(lab.command({"status", "--json"})).at("file");
    const auto text = [&path] {
        std::ifstream file(path);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string right = text();

    lab.misbehave("truncated");
    const std::string cut_off = text();
    lab.misbehave("garbage");
    const std::string garbage = text();
    lab.misbehave("closed");

    EXPECT_THAT(right, HasSubstr("\", name: node-0002}\n"));
    EXPECT_TRUE(right.starts_with(cut_off) && cut_off.size() < right.size());
    EXPECT_THAT(garbage, StartsWith("<html>"));
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RinglabSources, the_configuration_endpoint_has_a_configuration_too) {
    Lab lab(1);

    EXPECT_EQ(lab.command({"config"}),
              fmt::format("cache:\n  listen: 127.0.0.1:11211\n  discovery:\n    elasticache: "
                          "{{endpoint: \"{}\", interval: 2s}}\n",
                          lab.endpoint()));
}

TEST(RinglabSources, say_what_is_wrong) {
    const auto errors = [](std::vector<std::string> words) {
        const TemporaryDirectory directory;
        std::vector<std::string> command{program("ringlab"), "start", "--dir",
                                         directory.file("lab")};
        command.insert(command.end(), words.begin(), words.end());
        const Outcome outcome = run(std::move(command));
        EXPECT_NE(outcome.exit_code, 0);
        return outcome.errors;
    };

    EXPECT_EQ(errors({"--source", "consul"}),
              "ringlab: --source: 'consul': elasticache, file, dns, srv or kubernetes\n");
    EXPECT_EQ(errors({"--source", "file", "--hosts", "localhost"}),
              "ringlab: --hosts is for --source elasticache only\n");
    EXPECT_THAT(errors({"--source", "dns", "--nodes", "1", "--dnsmasq", "no-such-dnsmasq"}),
                HasSubstr("DNS is played by dnsmasq (Debian: dnsmasq-base)"));
    Lab lab(1, {"--source", "dns"});
    EXPECT_THAT(lab.try_command({"restart", "node-0001", "--new-port"}).errors,
                HasSubstr("all nodes have one port"));
    EXPECT_EQ(lab.status().nodes.at(0).state, "up");
}

TEST(RinglabSources, the_help_names_sources_and_what_each_can_do) {
    const std::string help = run({program("ringlab"), "--help"}).output;

    EXPECT_THAT(help, HasSubstr("--source KIND"));
    EXPECT_THAT(help, HasSubstr("Of these file has normal, empty, garbage, truncated, closed.\n"));
    EXPECT_THAT(help, HasSubstr("Of these kubernetes has normal, empty, error, silent, closed.\n"));
    EXPECT_THAT(help, HasSubstr("Of these dns has normal, empty, silent, closed.\n"));
}

}  // namespace
}  // namespace ringside::testing
