// How Ringside begins and ends as a process: daemon, pid file, signals, log.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class ProcessLife : public ::testing::Test {
  protected:
    std::string socket() const { return directory_.file("pool.sock"); }
    std::string log_file() const { return directory_.file("log"); }
    std::string pid_file() const { return directory_.file("pid"); }

    // A configuration that needs no port. Nobody is asked for anything, so no node is there.
    std::string config(std::string_view more = {}) const {
        return directory_.write("ringside.yml",
                                fmt::format("ringside: {{admin: {}, stats: off, workers: 1}}\n",
                                            directory_.file("admin.sock")) +
                                    to_yaml({.listen = socket(), .servers = {"127.0.0.1:1:1"}}) +
                                    std::string(more));
    }
    std::vector<std::string> command(std::vector<std::string> more) const {
        std::vector<std::string> words = {program("ringside"), "-c", config()};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }

    TemporaryDirectory directory_;
};

class EndBySignal : public ProcessLife, public ::testing::WithParamInterface<int> {};

TEST_P(EndBySignal, removes_pid_file_and_sockets_and_is_no_failure) {
    Process process(command({"-p", pid_file()}));
    process.wait_until([this] { return accepts(socket()); }, "the pool");
    EXPECT_EQ(content(pid_file()), std::to_string(process.pid()));

    process.signal(GetParam());

    EXPECT_EQ(process.wait_for_exit(), 0);
    EXPECT_FALSE(fs::exists(pid_file()));
    EXPECT_FALSE(fs::exists(socket()));
    EXPECT_FALSE(fs::exists(directory_.file("admin.sock")));
    EXPECT_THAT(process.errors(), HasSubstr(GetParam() == SIGQUIT ? "SIGQUIT" : "SIG"));
}

INSTANTIATE_TEST_SUITE_P(Signals, EndBySignal, ::testing::Values(SIGTERM, SIGINT, SIGQUIT),
                         [](const auto& test) { return std::to_string(test.param); });

TEST_F(ProcessLife, a_second_process_with_the_same_pid_file_does_not_start) {
    Process process(command({"-p", pid_file()}));
    process.wait_until([this] { return accepts(socket()); }, "the pool");

    const Outcome second = run(command({"-p", pid_file()}));

    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.errors, HasSubstr("belongs to a process that runs"));
    EXPECT_EQ(content(pid_file()), std::to_string(process.pid()));
    EXPECT_EQ(process.stop(), 0);
}

TEST_F(ProcessLife, as_a_daemon_it_serves_when_the_command_returns) {
    const Outcome started = run(command({"-d", "-p", pid_file(), "-o", log_file()}));

    EXPECT_EQ(started.exit_code, 0) << started.errors;
    EXPECT_EQ(started.errors, "");
    EXPECT_TRUE(accepts(socket()));
    const pid_t daemon = std::stoi(content(pid_file()));
    EXPECT_EQ(fs::read_symlink(fmt::format("/proc/{}/fd/2", daemon)), "/dev/null");
    EXPECT_EQ(fs::read_symlink(fmt::format("/proc/{}/cwd", daemon)), fs::current_path());
    EXPECT_EQ(::getsid(daemon) == ::getsid(0), false);

    ASSERT_EQ(::kill(daemon, SIGTERM), 0);
    const base::TimePoint deadline = base::Clock::now() + kPatience;
    while (fs::exists(pid_file()) && base::Clock::now() < deadline) {
        ::sched_yield();
    }
    EXPECT_FALSE(fs::exists(pid_file()));
}

TEST_F(ProcessLife, a_daemon_that_cannot_start_says_why_and_fails) {
    const std::string path = directory_.write("bad.yml", "pool: {listen: 1}\n");

    const Outcome started = run({program("ringside"), "-d", "-c", path});

    EXPECT_EQ(started.exit_code, 1);
    EXPECT_THAT(started.errors,
                AllOf(HasSubstr("ringside: "), HasSubstr("bad.yml:1:16: pool.listen")));
}

TEST_F(ProcessLife, a_log_file_that_cannot_be_opened_is_a_failure_on_stderr) {
    const Outcome started = run(command({"-o", "/nowhere/log"}));

    EXPECT_EQ(started.exit_code, 1);
    EXPECT_EQ(started.errors,
              "ringside: log file /nowhere/log: cannot be opened: No such file or directory\n");
}

TEST_F(ProcessLife, the_log_is_opened_anew_at_sighup) {
    Process process(command({"-o", log_file()}));
    process.wait_until([this] { return accepts(socket()); }, "the pool");
    struct stat status {};
    ASSERT_EQ(::stat(log_file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0644U);
    fs::rename(log_file(), directory_.file("log.1"));

    process.signal(SIGHUP);

    process.wait_until(
        [this] { return content(log_file()).find("generation 2") != std::string::npos; },
        "the new log");
    EXPECT_THAT(content(log_file()), HasSubstr("SIGHUP"));
    EXPECT_THAT(content(directory_.file("log.1")), HasSubstr("starts"));
    EXPECT_EQ(process.stop(), 0);
}

TEST_F(ProcessLife, levels_of_the_log_are_raised_and_lowered_by_signals) {
    Process process(command({}));
    process.wait_until([this] { return accepts(socket()); }, "the pool");

    process.signal(SIGTTIN);
    process.wait_for_text("SIGTTIN: log level 6");
    process.signal(SIGTTOU);
    process.wait_for_text("SIGTTOU: log level 5");
    process.signal(SIGUSR1);
    process.wait_for_text("SIGUSR1");

    EXPECT_EQ(process.stop(), 0);
}

TEST_F(ProcessLife, a_crash_leaves_its_signal_in_the_log) {
    Process process(command({"-o", log_file()}),
                    {"ASAN_OPTIONS=handle_segv=0", "TSAN_OPTIONS=handle_segv=0"});
    process.wait_until([this] { return accepts(socket()); }, "the pool");

    process.signal(SIGSEGV);

    EXPECT_EQ(process.wait_for_exit(), 128 + SIGSEGV);
    EXPECT_THAT(content(log_file()), HasSubstr("signal 11 (SIGSEGV)"));
}

TEST_F(ProcessLife, options_without_effect_are_named_once) {
    Process process(command({"-m", "512", "-i", "100"}));
    process.wait_for_text("option -m: mbuf-size 512 has no effect");
    process.wait_for_text("option -i: stats-interval 100 has no effect");
    process.wait_for_text("serving with");  // and handles signals

    EXPECT_EQ(process.stop(), 0);
}

}  // namespace
}  // namespace ringside::testing
