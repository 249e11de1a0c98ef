#include "app/listen_names.h"

#include "base/limits.h"
#include "io/file_descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ringside::app {
namespace {

using io::FoundAddresses;
using io::LookupProblem;
using testing::ElementsAre;
using testing::Key;

config::Config config_that_listens_on(const std::vector<routing::Address>& addresses) {
    config::Config config;
    for (const routing::Address& address : addresses) {
        config.pools.emplace_back().listen.address = address;
    }
    return config;
}

FoundAddresses found(std::vector<std::string> ips) {
    return {.ips = std::move(ips), .ttl = base::seconds(1)};
}

TEST(ListenNames, are_the_hosts_that_are_neither_an_ip_nor_a_path) {
    config::Config config = config_that_listens_on({{"b.test", 1},
                                                    {"127.0.0.1", 2},
                                                    {"::1", 3},
                                                    {"/run/a.sock", 0},
                                                    {"a.test", 4},
                                                    {"b.test", 5}});
    config.process.admin.address = {"admin.test", 6};
    config.process.stats->address = {"a.test", 7};
    config.process.probes.emplace().address = {"probes.test", 8};

    EXPECT_THAT(pool_names(config), ElementsAre("a.test", "b.test"));
    EXPECT_THAT(all_names(config), ElementsAre("a.test", "admin.test", "b.test", "probes.test"));
}

TEST(ListenNames, without_an_admin_name_there_are_those_of_the_pools) {
    config::Config config = config_that_listens_on({{"a.test", 1}});
    config.process.stats.reset();

    EXPECT_THAT(all_names(config), ElementsAre("a.test"));
}

TEST(BindAddress, is_what_is_configured_if_that_needs_no_lookup) {
    for (const routing::Address& address :
         {routing::Address{"127.0.0.1", 1}, {"::1", 2}, {"/run/a.sock", 0}}) {
        const auto result = bind_address(address, {});

        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(*result, address);
    }
}

TEST(BindAddress, is_the_first_that_was_found_of_a_name) {
    const FoundNames names{{"a.test", found({"10.0.0.1", "10.0.0.2"})}};

    EXPECT_EQ(*bind_address({"a.test", 7}, names), (routing::Address{"10.0.0.1", 7}));
}

TEST(BindAddress, is_the_one_that_is_held_whatever_the_order) {
    const FoundNames names{{"a.test", found({"10.0.0.1", "10.0.0.2"})}};
    const auto is_held = [](const routing::Address& address) {
        return address == routing::Address{"10.0.0.2", 7};
    };

    EXPECT_EQ(*bind_address({"a.test", 7}, names, is_held), (routing::Address{"10.0.0.2", 7}));
    EXPECT_EQ(*bind_address({"a.test", 8}, names, is_held), (routing::Address{"10.0.0.1", 8}));
}

TEST(BindAddress, says_why_a_name_has_none) {
    const FoundNames names{{"a.test", LookupProblem::not_found}};

    EXPECT_EQ(bind_address({"a.test", 1}, names).error().message, "host a.test: no such host name");
    EXPECT_EQ(bind_address({"b.test", 1}, names).error().message,
              "host b.test: name lookup timed out");
}

TEST(ListenNames, are_asked_of_the_nameservers_of_the_settings) {
    config::ProcessConfig process;
    EXPECT_EQ(resolver_options(process).servers, "");

    process.nameservers = {{"127.0.0.1", 5353}, {"::1", 53}};

    EXPECT_EQ(resolver_options(process).servers, "127.0.0.1:5353,[::1]:53");
}

// With a nameserver that never answers, and a hosts file that knows a.test and b.test.
class NameRoundTest : public testing::Test {
  protected:
    NameRoundTest() : silent_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(silent_.get(), generic, size), 0);
        EXPECT_EQ(::getsockname(silent_.get(), generic, &size), 0);
        std::ofstream(hosts_) << "10.0.0.1 a.test\n10.0.0.2 b.test\n";
        resolver_.emplace(loop_,
                          io::NameResolver::Options{
                              .resolv_conf = hosts_,  // says nothing
                              .hosts = hosts_,
                              .servers = "127.0.0.1:" + std::to_string(ntohs(address.sin_port))});
    }
    ~NameRoundTest() override { std::filesystem::remove(hosts_); }

    std::shared_ptr<NameRound> begin(std::set<std::string> hosts, base::milliseconds limit) {
        return NameRound::begin(loop_, *resolver_, {std::move(hosts), limit},
                                [this](const FoundNames& names) {
                                    ++told_;
                                    found_ = names;
                                    loop_.stop();
                                });
    }

    const std::string hosts_ =
        testing::TempDir() + "ringside_listen_names." + std::to_string(::getpid());
    const io::FileDescriptor silent_;
    io::EventLoop loop_;
    std::optional<io::NameResolver> resolver_;
    int told_ = 0;
    FoundNames found_;
};

TEST_F(NameRoundTest, is_over_when_every_name_has_its_answer) {
    const auto round = begin({"a.test", "b.test", "no name"}, base::seconds(10));
    EXPECT_EQ(told_, 0) << "inside begin()";

    loop_.run();

    EXPECT_EQ(told_, 1);
    EXPECT_THAT(found_, ElementsAre(Key("a.test"), Key("b.test"), Key("no name")));
    EXPECT_EQ(std::get<FoundAddresses>(found_.at("b.test")).ips,
              std::vector<std::string>{"10.0.0.2"});
    EXPECT_EQ(std::get<LookupProblem>(found_.at("no name")),
              LookupProblem::too_long_or_invalid_name);
}

TEST_F(NameRoundTest, ends_at_its_limit_with_what_there_is) {
    const auto round = begin({"a.test", "slow.test"}, base::milliseconds(10));

    loop_.run();

    EXPECT_EQ(told_, 1);
    EXPECT_TRUE(std::holds_alternative<FoundAddresses>(found_.at("a.test")));
    EXPECT_EQ(std::get<LookupProblem>(found_.at("slow.test")), LookupProblem::timed_out);
}

TEST_F(NameRoundTest, tells_nobody_once_it_was_dropped) {
    auto round = begin({"a.test", "slow.test"}, base::milliseconds(10));

    round.reset();
    io::EventLoop::Timer later(loop_);
    later.arm(base::Clock::now() + base::milliseconds(30), [this] { loop_.stop(); });
    loop_.run();

    EXPECT_EQ(told_, 0);
}

TEST_F(NameRoundTest, does_not_begin_without_a_name) {
    EXPECT_EQ(begin({}, base::seconds(10)), nullptr);
}

}  // namespace
}  // namespace ringside::app
