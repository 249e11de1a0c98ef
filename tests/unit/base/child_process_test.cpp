#include "base/child_process.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace ringside::base {
namespace {

constexpr seconds kPatience{30};

// What a shell command prints; the test fails if the shell does.
std::string output_of(const std::string& script, std::vector<std::string> environment = {}) {
    const std::string path =
        ::testing::TempDir() + "child_process_output_" + std::to_string(::getpid());
    std::filesystem::remove(path);
    auto child = ChildProcess::start({.command = {"sh", "-c", script},
                                      .environment = std::move(environment),
                                      .output_path = path,
                                      .error_path = {}});
    EXPECT_TRUE(child);
    EXPECT_EQ(child->wait(kPatience), 0);
    std::ifstream file(path);
    std::string output{std::istreambuf_iterator<char>(file), {}};
    std::filesystem::remove(path);
    return output;
}

Expected<ChildProcess> start_sleeper() {
    return ChildProcess::start({{"sleep", "600"}, {}, {}, {}});
}

TEST(ChildProcess, runs_a_program_and_knows_its_exit_code) {
    auto child = ChildProcess::start({{"sh", "-c", "exit 7"}, {}, {}, {}});

    ASSERT_TRUE(child);
    EXPECT_EQ(child->wait(kPatience), 7);
    EXPECT_FALSE(child->running());
    EXPECT_EQ(child->wait(kPatience), 7);
}

TEST(ChildProcess, says_why_a_program_could_not_be_executed) {
    const auto child = ChildProcess::start({{"/no/such/program"}, {}, {}, {}});

    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().code, Errc::io);
    EXPECT_EQ(child.error().message, "/no/such/program: No such file or directory");
}

TEST(ChildProcess, passes_environment_and_captures_output) {
    EXPECT_EQ(output_of("echo $COLOUR; echo $HOME", {"COLOUR=red", "HOME=/nowhere"}),
              "red\n/nowhere\n");
}

TEST(ChildProcess, inherits_no_other_file) {
    constexpr int kFd = 77;
    ASSERT_EQ(::dup2(STDERR_FILENO, kFd), kFd);  // dup2() does not set close-on-exec

    const std::string seen = output_of("test -e /proc/$$/fd/77 && echo open || echo closed");
    ::close(kFd);

    EXPECT_EQ(seen, "closed\n");
}

TEST(ChildProcess, gives_up_waiting_for_one_that_runs_on) {
    auto child = start_sleeper();

    EXPECT_EQ(child->wait(milliseconds(1)), std::nullopt);
    EXPECT_TRUE(child->running());
}

TEST(ChildProcess, reports_the_signal_that_ended_it) {
    auto child = start_sleeper();

    child->signal(SIGTERM);

    EXPECT_EQ(child->wait(kPatience), 128 + SIGTERM);
    child->signal(SIGTERM);  // of no effect
}

TEST(ChildProcess, ends_with_its_owner) {
    pid_t pid = 0;
    {
        auto child = start_sleeper();
        auto owner = std::move(*child);
        pid = owner.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }

    EXPECT_EQ(::kill(pid, 0), -1);  // ended, and waited for
}

TEST(ChildProcess, replaces_another_by_ending_it) {
    auto first = start_sleeper();
    auto second = start_sleeper();
    const pid_t gone = first->pid();

    *first = std::move(*second);

    EXPECT_EQ(::kill(gone, 0), -1);
    EXPECT_TRUE(first->running());
}

}  // namespace
}  // namespace ringside::base
