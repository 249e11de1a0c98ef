#include "app/admin_listeners.h"

#include "discovery/controller.h"
#include "metrics/metrics.h"
#include "support/captured_log.h"
#include "unit/app/app_harness.h"

#include <filesystem>
#include <optional>
#include <string>

namespace ringside::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class AdminListenersTest : public testing::Test {
  protected:
    AdminListenersTest()
        : path_(testing::TempDir() + "ringside_admin." + std::to_string(::getpid())) {}
    ~AdminListenersTest() override { std::filesystem::remove(path_); }

    static config::Listen free_port() {
        return {.address = {"127.0.0.1", 0}, .mode = std::nullopt, .text = "127.0.0.1:0"};
    }
    static config::Listen at(std::uint16_t port) {
        return {.address = {"127.0.0.1", port}, .mode = std::nullopt, .text = "127.0.0.1:taken"};
    }

    admin::AdminContext context() {
        return {.controller = controller_,
                .registry = registry_,
                .events = events_,
                .access = access_,
                .version = "1.2.3",
                .started = {},
                .workers = [] { return std::vector<admin::WorkerView>{}; },
                .listeners = [] { return std::vector<admin::ListenerView>(); },
                .control_lag = [] { return metrics::Histogram::Values{}; },
                .config = [] { return admin::ConfigView{}; },
                .is_ending = [] { return false; },
                .listen_problems = [] { return std::vector<std::string>(); },
                .reload = [](const admin::OnReloaded&) {},
                .ready_since = [] { return std::chrono::system_clock::time_point{}; }};
    }

    const std::string path_;
    io::EventLoop loop_;
    metrics::Registry registry_;
    admin::Events events_{loop_};
    admin::Access access_;
    discovery::Controller controller_{{}};
    const ClientRoom room_{0, 1};
    AdminListeners listeners_{loop_, context()};
};

TEST_F(AdminListenersTest, opens_those_that_are_wanted_and_says_where_they_are) {
    config::ProcessConfig process;
    process.admin = free_port();
    process.stats.reset();
    process.probes = free_port();

    ASSERT_TRUE(listeners_.open(process, room_, {}));

    EXPECT_NE(listeners_.admin_port(), 0);
    ASSERT_EQ(listeners_.views().size(), 2U);
    EXPECT_EQ(listeners_.views()[0].name, "admin");
    EXPECT_EQ(listeners_.views()[1].name, "probes");
    base::CapturedLog captured;
    listeners_.log_start(process);
    const std::string text = captured.take();
    EXPECT_THAT(text, HasSubstr("admin API on 127.0.0.1:0"));
    EXPECT_THAT(text, HasSubstr("probes on 127.0.0.1:0"));
    EXPECT_THAT(text, Not(HasSubstr("statistics on")));
}

TEST_F(AdminListenersTest, a_taken_address_is_only_a_warning_if_nobody_has_chosen_it) {
    config::ProcessConfig process;
    process.admin = free_port();
    process.stats.reset();
    ASSERT_TRUE(listeners_.open(process, room_, {}));
    process.admin = at(listeners_.admin_port());
    AdminListeners second(loop_, context());

    process.admin_is_default = false;
    const base::Status chosen = second.open(process, room_, {});
    ASSERT_FALSE(chosen);
    EXPECT_THAT(chosen.error().message, HasSubstr("admin: cannot listen on 127.0.0.1:taken: "));

    process.admin_is_default = true;
    base::CapturedLog captured;
    EXPECT_TRUE(second.open(process, room_, {}));
    EXPECT_EQ(second.admin_port(), 0);
    EXPECT_THAT(captured.take(), HasSubstr("set ringside.admin to have it elsewhere"));
}

TEST_F(AdminListenersTest, a_unix_socket_that_somebody_has_removed_is_made_anew) {
    config::ProcessConfig process;
    process.admin = {.address = {path_, 0}, .mode = std::nullopt, .text = path_};
    process.stats.reset();
    ASSERT_TRUE(listeners_.open(process, room_, {}));
    std::filesystem::remove(path_);

    listeners_.renew_if_lost();

    EXPECT_TRUE(static_cast<bool>(io::start_connect(*io::numeric_address({path_, 0}))));
}

}  // namespace
}  // namespace ringside::app::test
