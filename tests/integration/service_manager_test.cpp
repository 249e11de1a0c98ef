// What a service manager hears of a running ringside, on a socket as systemd has one.
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Manager {
  public:
    explicit Manager(const std::string& path) {
        sockaddr_un place{};
        place.sun_family = AF_UNIX;
        path.copy(place.sun_path, path.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof(place)), 0);
    }
    ~Manager() { ::close(socket_); }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // All that it was told so far, each datagram with a blank line behind it.
    const std::string& heard() {
        std::array<char, 4096> block{};
        for (;;) {
            const ssize_t size = ::recv(socket_, block.data(), block.size(), 0);
            if (size < 0) {
                return heard_;
            }
            heard_.append(block.data(), static_cast<std::size_t>(size)).append("\n\n");
        }
    }

    // From here on.
    void forget() {
        heard();
        heard_.clear();
    }

  private:
    const int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    std::string heard_;
};

class ServiceManager : public ::testing::Test {
  protected:
    std::string write_config(std::string_view pools) const {
        return directory_.write(
            "ringside.yml",
            fmt::format("ringside: {{admin: {}, stats: off, workers: 1, watch_config: false, "
                        "drain: {{grace: 300ms}}}}\n{}",
                        directory_.file("admin.sock"), pools));
    }
    Process start(std::string_view pools, std::string watchdog = "0") {
        return Process(
            {program("ringside"), "-c", write_config(pools)},
            {"NOTIFY_SOCKET=" + directory_.file("notify"), "WATCHDOG_USEC=" + std::move(watchdog)});
    }
    std::string pool() const {
        return to_yaml({.listen = directory_.file("pool.sock"), .servers = {"127.0.0.1:1:1"}});
    }
    void wait_for(Process& process, std::string_view text) {
        process.wait_until([&] { return manager_.heard().find(text) != std::string::npos; }, text);
    }

    TemporaryDirectory directory_;
    Manager manager_{directory_.file("notify")};
};

TEST_F(ServiceManager, hears_that_it_is_ready_reloads_and_ends) {
    Process process = start(pool());
    wait_for(process, "READY=1\n");
    EXPECT_TRUE(accepts(directory_.file("pool.sock")));
    EXPECT_THAT(manager_.heard(), HasSubstr("STATUS=1 pool, all is well\n"));

    manager_.forget();
    process.signal(SIGHUP);
    wait_for(process, "READY=1\n");
    EXPECT_THAT(manager_.heard(), HasSubstr("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_THAT(manager_.heard(), Not(HasSubstr("WATCHDOG")));

    manager_.forget();
    EXPECT_EQ(process.stop(), 0);
    EXPECT_THAT(manager_.heard(), HasSubstr("STOPPING=1\nEXTEND_TIMEOUT_USEC=15300000\n"));
}

TEST_F(ServiceManager, hears_why_a_configuration_is_refused) {
    Process process = start(pool());
    wait_for(process, "READY=1\n");
    manager_.forget();

    write_config("pool: {listen: 1}\n");
    process.signal(SIGHUP);

    wait_for(process, "STATUS=configuration not loaded: ");
    EXPECT_THAT(manager_.heard(), HasSubstr("READY=1\n"));
    EXPECT_EQ(process.stop(), 0);
}

TEST_F(ServiceManager, hears_signs_of_life_while_it_drains_too) {
    Process process = start(pool(), "100000");
    wait_for(process, "WATCHDOG=1\n");
    process.signal(SIGTERM);
    wait_for(process, "STOPPING=1\n");
    manager_.forget();

    wait_for(process, "WATCHDOG=1\n");

    EXPECT_EQ(process.wait_for_exit(), 0);
}

TEST_F(ServiceManager, that_is_not_there_is_a_warning_and_nothing_else) {
    Process process({program("ringside"), "-c", write_config(pool())},
                    {"NOTIFY_SOCKET=" + directory_.file("nobody")});
    process.wait_for_text("the service manager cannot be told how the process fares: No such file");

    EXPECT_TRUE(accepts(directory_.file("pool.sock")));
    EXPECT_EQ(process.stop(), 0);
}

}  // namespace
}  // namespace ringside::testing
