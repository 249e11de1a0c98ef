// Host names in `listen`, `admin` and `probes`, with a real nameserver: only who needs the name
// waits for it.
#include "integration/support/load.h"
#include "integration/support/name_server.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr const char* kGet = "get k\r\n";
constexpr const char* kMiss = "END\r\n";

// What must not wait for a nameserver is answered long before.
constexpr base::seconds kAtOnce{2};

std::string record(std::string_view name, std::string_view ip) {
    return fmt::format("--host-record={},{},1", name, ip);
}

class ListenNames : public ::testing::Test {
  protected:
    // A pool that listens on a name or an IP.
    std::string pool(std::string_view name, std::string_view host, std::uint16_t port,
                     std::vector<std::string> settings = {}) const {
        return to_yaml({.name = std::string(name),
                        .listen = fmt::format("{}:{}", host, port),
                        .servers = {server_line(node_.address(), 1, "node")},
                        .settings = std::move(settings)});
    }
    std::string steady() const { return pool("steady", "127.0.0.1", steady_port_); }
    std::string settings() const {
        return fmt::format("  workers: 1\n  watch_config: false\n  nameservers: 127.0.0.1:{}\n",
                           names_->port());
    }
    void start_names(const std::vector<std::string>& records) {
        const std::uint16_t port = names_ ? names_->port() : free_port();
        names_.reset();
        names_ = std::make_unique<NameServer>(port, records);
    }
    void start_proxy(std::string pools) {
        proxy_ = std::make_unique<Proxy>(
            ProxyOptions{.pools = std::move(pools), .settings = settings()});
    }
    // Returns when the load has begun.
    void begin_reload(const std::string& pools) {
        proxy_->write_config(pools);
        proxy_->process().signal(SIGHUP);
        proxy_->process().wait_for_text("the configuration is loaded next");
        proxy_->get("/livez");  // by the control thread, when it has read the file
    }
    Json config() const { return Json::parse(proxy_->get("/config").body); }

    const MemcachedNode node_;
    const std::uint16_t steady_port_ = free_port();
    const std::uint16_t port_ = free_port();  // of the pool with a name
    std::unique_ptr<NameServer> names_;
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(ListenNames, a_silent_nameserver_holds_up_the_reload_and_nothing_else) {
    start_names({});
    names_->pause();
    start_proxy(steady());
    Load load(steady_port_, {"--clients", "10", "--pipeline", "4"});

    begin_reload(steady() + pool("slow", "slow.test", port_));

    int answers = 0;
    base::Duration longest{};
    for (bool is_over = false; !is_over; ++answers) {
        const base::TimePoint before = base::Clock::now();
        EXPECT_EQ(proxy_->get("/livez").status, 200);
        EXPECT_EQ(Client(steady_port_).ask(kGet, "END\r\n"), kMiss);
        is_over = config().at("refused") == 1;
        longest = std::max(longest, base::Clock::now() - before);
    }
    EXPECT_GT(answers, 10);
    EXPECT_LT(longest, kAtOnce);
    const std::string reason = fmt::format(
        "pool slow: cannot listen on slow.test:{}: host slow.test: name lookup timed out", port_);
    EXPECT_EQ(config().at("last_attempt").at("reason"), reason);
    EXPECT_EQ(config().at("generation"), 1);
    EXPECT_THAT(proxy_->process().errors(),
                AllOf(HasSubstr("waiting for the addresses of slow.test, to listen there"),
                      HasSubstr("the old one stays: " + reason)));
    EXPECT_FALSE(accepts(port_));
    const LoadReport report = load.stop();
    EXPECT_EQ(report.lost + report.errors + report.wrong, 0) << report.text;
    EXPECT_GT(report.requests, 0);
}

TEST_F(ListenNames, a_reload_that_waits_is_ended_by_sigterm) {
    start_names({});
    names_->pause();
    start_proxy(steady());
    begin_reload(steady() + pool("slow", "slow.test", port_));

    proxy_->process().signal(SIGTERM);

    EXPECT_EQ(proxy_->process().wait_for_exit(kAtOnce), 0);
    EXPECT_THAT(proxy_->process().errors(), HasSubstr("the process is about to end"));
}

TEST_F(ListenNames, a_reload_by_ringctl_is_told_the_outcome_when_it_is_known) {
    start_names({record("a.test", "127.0.0.1")});
    start_proxy(steady());

    proxy_->write_config(steady() + pool("named", "a.test", port_));
    const Outcome found = proxy_->ringctl({"reload"});
    EXPECT_EQ(found.exit_code, 0) << found.errors;
    EXPECT_THAT(found.output, HasSubstr("generation    2"));
    EXPECT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);

    proxy_->write_config(steady() + pool("named", "b.test", port_));
    const Outcome unknown = proxy_->ringctl({"reload"});
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_THAT(unknown.errors, HasSubstr("host b.test: no such host name"));
    EXPECT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);

    names_->pause();
    proxy_->write_config(steady() + pool("named", "c.test", port_));
    const Outcome late = proxy_->ringctl({"reload"});
    EXPECT_EQ(late.exit_code, 1);
    EXPECT_THAT(late.errors, HasSubstr("host c.test: name lookup timed out"));
}

TEST_F(ListenNames, reloads_that_are_asked_for_meanwhile_are_one_more) {
    start_names({});
    names_->pause();
    start_proxy(steady());
    begin_reload(steady() + pool("slow", "slow.test", port_));

    proxy_->write_config(steady() + pool("other", "127.0.0.1", port_));
    proxy_->process().signal(SIGHUP);
    const Outcome second = proxy_->ringctl({"--timeout", "30s", "reload"});

    EXPECT_EQ(second.exit_code, 0) << second.errors;
    EXPECT_THAT(second.output, HasSubstr("generation    2"));
    EXPECT_EQ(config().at("refused"), 1);
    EXPECT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);
}

TEST_F(ListenNames, a_reload_follows_a_name_and_does_without_it_where_it_listens_already) {
    start_names({record("a.test", "127.0.0.1")});
    start_proxy(pool("named", "a.test", port_));
    Client client(port_);
    ASSERT_EQ(client.ask(kGet, "END\r\n"), kMiss);
    const auto reload = [this](std::vector<std::string> settings) {
        proxy_->write_config(pool("named", "a.test", port_, std::move(settings)));
        return proxy_->post("/config/reload").status;
    };

    start_names({record("b.test", "127.0.0.1")});  // knows a.test no more
    proxy_->wait_until(
        [&] {
            EXPECT_EQ(reload({"timeout: 1000"}), 200);
            return proxy_->process().errors().find("; going on at ") != std::string::npos;
        },
        "the answer that was kept to be over");
    EXPECT_THAT(
        proxy_->process().errors(),
        HasSubstr(fmt::format("pool named: listen: host a.test: no such host name; going on "
                              "at 127.0.0.1:{}",
                              port_)));
    EXPECT_EQ(Client(port_).ask(kGet, "END\r\n"), kMiss);

    start_names({record("a.test", "127.0.0.2")});
    proxy_->wait_until(
        [&] {
            EXPECT_EQ(reload({"timeout: 2000"}), 200);
            return !accepts(port_);
        },
        "the other address");
    EXPECT_EQ(client.ask(kGet, "END\r\n"), kMiss) << "who was connected stays";
}

// Starts before its nameserver answers.
class StartWithNames : public ListenNames {
  protected:
    StartWithNames() {
        start_names({record("a.test", "127.0.0.1")});
        names_->pause();
        process_ = std::make_unique<Process>(std::vector<std::string>{
            program("ringside"), "-c",
            directory_.write("ringside.yml",
                             fmt::format("ringside:\n  admin: a.test:{}\n  stats: off\n{}",
                                         admin_port_, settings()) +
                                 pool("named", "a.test", port_))});
        process_->wait_for_text("waiting for the addresses of a.test, to listen there");
    }

    TemporaryDirectory directory_;
    const std::uint16_t admin_port_ = free_port();
    std::unique_ptr<Process> process_;
};

TEST_F(StartWithNames, listens_as_soon_as_its_names_are_known) {
    EXPECT_FALSE(accepts(port_));

    names_->resume();

    process_->wait_until([this] { return accepts(port_) && accepts(admin_port_); }, "listeners");
    EXPECT_EQ(http(admin_port_, "GET", "/livez").status, 200);
    EXPECT_EQ(process_->stop(), 0);
}

TEST_F(StartWithNames, ends_by_sigterm) {
    process_->signal(SIGTERM);

    EXPECT_EQ(process_->wait_for_exit(kAtOnce), 1);
    EXPECT_THAT(process_->errors(), HasSubstr("told to stop while it waited for names"));
}

TEST_F(StartWithNames, a_sighup_meanwhile_is_a_load_afterwards) {
    process_->signal(SIGHUP);
    EXPECT_THAT(process_->errors(), Not(HasSubstr("the configuration is loaded next")));

    names_->resume();

    process_->wait_for_text("loaded (SIGHUP), generation 2");
}

}  // namespace
}  // namespace ringside::testing
