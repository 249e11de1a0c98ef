// The resolver of names with a real nameserver: dnsmasq.
#include "io/name_resolver.h"

#include "integration/support/name_server.h"
#include "integration/support/temporary_directory.h"
#include "io/look_up.h"
#include "support/lookup_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using io::FoundAddresses;
using io::LookupProblem;
using io::LookupResult;
using io::NameResolver;
using io::test::text_of;
using ::testing::AnyOf;

class NameResolverWithDnsmasq : public ::testing::Test {
  protected:
    NameResolverWithDnsmasq() {
        options_.resolv_conf = directory_.write("resolv.conf", "search a.test test\n");
        options_.hosts = directory_.write("hosts", "");
    }

    NameResolver& resolver() {
        if (!resolver_) {
            resolver_.emplace(loop_, options_);
        }
        return *resolver_;
    }
    // Asks for all of them at once, and waits until each of `wanted` has its answer.
    std::map<std::string, LookupResult> ask(const std::vector<std::string>& names,
                                            std::size_t wanted) {
        std::map<std::string, LookupResult> answers;
        std::vector<NameResolver::QuestionPtr> questions;
        for (const std::string& name : names) {
            questions.push_back(resolver().ask(name, [&, name](const LookupResult& result) {
                answers[name] = result;
                if (answers.size() == wanted) {
                    loop_.stop();
                }
            }));
        }
        run_at_most(kPatience);
        EXPECT_EQ(answers.size(), wanted);
        return answers;
    }
    LookupResult ask(const std::string& name) { return ask({name}, 1)[name]; }
    std::string text(const std::string& name) { return text_of(ask(name)); }
    void run_at_most(base::milliseconds time) {
        io::EventLoop::Timer patience(loop_);
        patience.arm(base::Clock::now() + time, [this] { loop_.stop(); });
        loop_.run();
    }

    TemporaryDirectory directory_;
    io::EventLoop loop_;
    NameResolver::Options options_;
    std::optional<NameResolver> resolver_;
};

TEST_F(NameResolverWithDnsmasq, finds_records_with_their_ttl_and_says_why_there_are_none) {
    const NameServer server({"--host-record=both.test,10.0.0.1,fd00::1,25",
                             "--host-record=four.test,10.0.0.2,35", "--txt-record=text.test,x",
                             "--cname=alias.test,four.test,15"});
    options_.servers = server.address();

    const LookupResult both = ask("both.test");
    EXPECT_THAT(text_of(both), AnyOf("10.0.0.1 fd00::1", "fd00::1 10.0.0.1"));
    EXPECT_EQ(std::get<FoundAddresses>(both).ttl, base::seconds(25));
    const LookupResult alias = ask("alias.test");
    EXPECT_EQ(text_of(alias), "10.0.0.2");
    EXPECT_EQ(std::get<FoundAddresses>(alias).ttl, base::seconds(15));

    EXPECT_EQ(text("none.test."), "no such host name");
    EXPECT_EQ(text("text.test."), "host name has no address");
    EXPECT_EQ(text("elsewhere.example."), "name server failed");  // REFUSED
}

TEST_F(NameResolverWithDnsmasq, names_are_completed_by_the_search_domains) {
    const NameServer server({"--host-record=one.a.test,10.0.0.1,5",  //
                             "--host-record=two.test,10.0.0.2,5"});
    options_.servers = server.address();

    EXPECT_EQ(text("one"), "10.0.0.1");
    EXPECT_EQ(text("two"), "10.0.0.2");
    EXPECT_EQ(text("one.a"), "10.0.0.1");
    // Unknown in both domains; without one it is refused, and that says less of it.
    EXPECT_EQ(text("three"), "name server failed");
}

TEST_F(NameResolverWithDnsmasq, follows_a_changed_record_after_its_ttl) {
    auto server =
        std::make_unique<NameServer>(std::vector<std::string>{"--host-record=c.test,10.0.0.1,1"});
    options_.servers = server->address();
    EXPECT_EQ(text("c.test"), "10.0.0.1");

    const std::uint16_t port = server->port();
    server.reset();
    server = std::make_unique<NameServer>(
        port, std::vector<std::string>{"--host-record=c.test,10.0.0.2,1"});
    run_at_most(base::kNameTtlMin + base::milliseconds(20));

    EXPECT_EQ(text("c.test"), "10.0.0.2");
}

TEST_F(NameResolverWithDnsmasq, takes_200_addresses_over_tcp) {
    std::vector<std::string> records;
    for (int i = 0; i < 200; ++i) {
        records.push_back("--host-record=many.test,10.0.1." + std::to_string(i) + ",60");
    }
    const NameServer server(records);
    options_.servers = server.address();

    const LookupResult result = ask("many.test");

    ASSERT_TRUE(std::holds_alternative<FoundAddresses>(result)) << text_of(result);
    EXPECT_EQ(std::get<FoundAddresses>(result).ips.size(), 200U);
}

TEST_F(NameResolverWithDnsmasq, the_second_answers_when_the_first_is_silent) {
    NameServer first({"--host-record=c.test,10.0.0.1,60"});
    const NameServer second({"--host-record=c.test,10.0.0.2,60"});
    options_.servers = first.address() + "," + second.address();
    first.pause();
    const auto start = base::Clock::now();

    EXPECT_EQ(text("c.test"), "10.0.0.2");

    EXPECT_LT(base::Clock::now() - start, base::seconds(10));
    first.resume();
}

TEST_F(NameResolverWithDnsmasq, a_silent_server_is_a_timeout_and_it_counts_when_it_is_back) {
    options_.try_timeout = base::milliseconds(50);
    NameServer server({"--host-record=c.test,10.0.0.1,60"});
    options_.servers = server.address();
    server.pause();
    EXPECT_EQ(text("c.test"), "name lookup timed out");

    server.resume();
    run_at_most(base::kNameTtlMin + base::milliseconds(20));

    EXPECT_EQ(text("c.test"), "10.0.0.1");
}

TEST_F(NameResolverWithDnsmasq, survives_the_restart_of_its_server) {
    options_.try_timeout = base::milliseconds(50);
    NameServer server({"--host-record=c.test,10.0.0.1,60", "--host-record=d.test,10.0.0.2,60"});
    options_.servers = server.address();
    EXPECT_EQ(text("c.test"), "10.0.0.1");

    server.kill();
    EXPECT_THAT(text("d.test"), AnyOf("name server failed", "name lookup timed out"));
    server.restart();
    run_at_most(base::kNameTtlMin + base::milliseconds(20));

    EXPECT_EQ(text("d.test"), "10.0.0.2");
}

// A zone whose server never answers, asked through the one server that all use.
TEST_F(NameResolverWithDnsmasq, a_name_that_is_never_answered_holds_up_no_other) {
    NameServer silent({});
    silent.pause();
    std::vector<std::string> records{"--server=/silent/127.0.0.1#" + std::to_string(silent.port())};
    std::vector<std::string> names{"never.silent."};
    for (int i = 0; i < 50; ++i) {
        const std::string name = "n" + std::to_string(i) + ".test";
        records.push_back("--host-record=" + name + ",10.0.0.1,60");
        names.push_back(name);
    }
    const NameServer server(records);
    options_.servers = server.address();
    const auto start = base::Clock::now();

    const auto answers = ask(names, 50);

    EXPECT_EQ(answers.count("never.silent."), 0U);
    EXPECT_LT(base::Clock::now() - start, base::seconds(10));
    silent.resume();
}

TEST_F(NameResolverWithDnsmasq, who_may_wait_looks_a_name_up_in_one_call) {
    const NameServer server({"--host-record=c.test,10.0.0.1,60"});
    options_.servers = server.address();

    const auto found = io::look_up({"c", 11211}, options_);

    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->size(), 1U);
    EXPECT_EQ(io::look_up({"none.test.", 1}, options_).error().message,
              "host none.test.: no such host name");
}

}  // namespace
}  // namespace ringside::testing
