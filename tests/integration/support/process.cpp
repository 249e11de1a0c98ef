#include "integration/support/process.h"

#include "support/checkout.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace ringside::testing {
namespace {

// Between two looks at what a program has printed.
constexpr base::milliseconds kLookInterval{2};

// Of a program's errors, when a test has failed.
constexpr std::size_t kShownBytesMax = 4096;

// A program that ends has closed its connections a moment before.
constexpr base::milliseconds kTimeToEnd{50};

base::ChildProcess start(const std::vector<std::string>& command,
                         std::vector<std::string> environment,
                         const TemporaryDirectory& directory) {
    // A data race must end the program, or it would go unseen: most are killed in the end. The
    // other sanitizers are built to do so (CMakeLists.txt). Behind what the test wants: getenv(3)
    // takes the first.
    environment.push_back("TSAN_OPTIONS=halt_on_error=1");
    auto child = base::ChildProcess::start({.command = command,
                                            .environment = std::move(environment),
                                            .output_path = directory.file("output"),
                                            .error_path = directory.file("errors")});
    if (!child) {
        throw std::runtime_error(child.error().message);
    }
    return std::move(*child);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Or is about to fail: an exception that destroys what a test owns is recorded after that.
bool test_has_failed() {
    return std::uncaught_exceptions() > 0 || ::testing::Test::HasFailure();
}

}  // namespace

std::string program(std::string_view name) {
    return checkout::program(std::string(name));
}

Process::Process(std::vector<std::string> command, std::vector<std::string> environment)
    : command_(std::move(command)), child_(start(command_, std::move(environment), directory_)) {}

Process::~Process() {
    if (!test_has_failed()) {
        return;
    }
    const auto exit_code = child_.wait(kTimeToEnd);
    const std::string printed = errors();
    if (printed.empty() && !exit_code) {
        return;
    }
    fmt::print("--- {} ({}, {}), its last errors:\n{}\n", command_.front(), pid(),
               exit_code ? fmt::format("ended with {}", *exit_code) : "runs",
               printed.substr(printed.size() - std::min(printed.size(), kShownBytesMax)));
}

std::string Process::output() const {
    return read_file(directory_.file("output"));
}
std::string Process::errors() const {
    return read_file(directory_.file("errors"));
}

void Process::wait_for_text(std::string_view text) {
    const auto printed = [this, text] {
        return output().find(text) != std::string::npos || errors().find(text) != std::string::npos;
    };
    wait_until(printed, fmt::format("the text '{}'", text));
}

void Process::wait_until(const std::function<bool()>& ready, std::string_view what) {
    const base::TimePoint deadline = base::Clock::now() + kPatience;
    while (!ready()) {
        const bool ended = child_.wait(kLookInterval).has_value();
        if (ended && ready()) {
            return;
        }
        if (ended || base::Clock::now() > deadline) {
            throw std::runtime_error(fmt::format("{} {} before {}:\n{}{}", command_.front(),
                                                 ended ? "ended" : "was given up", what, output(),
                                                 errors()));
        }
    }
}

std::size_t Process::resident_bytes() const {
    // proc(5), /proc/pid/statm: "size resident shared ..." in pages.
    std::size_t pages = 0;
    std::ifstream file(fmt::format("/proc/{}/statm", pid()));
    file >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t Process::open_files() const {
    const std::filesystem::directory_iterator files(fmt::format("/proc/{}/fd", pid()));
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

int Process::wait_for_exit(base::milliseconds limit) {
    const auto exit_code = child_.wait(limit);
    if (!exit_code) {
        throw std::runtime_error(fmt::format("{} still runs after {} ms:\n{}{}", command_.front(),
                                             limit.count(), output(), errors()));
    }
    return *exit_code;
}

int Process::stop() {
    signal(SIGTERM);
    return wait_for_exit();
}

Outcome run(std::vector<std::string> command, std::vector<std::string> environment) {
    Process process(std::move(command), std::move(environment));
    const int exit_code = process.wait_for_exit();
    return {exit_code, process.output(), process.errors()};
}

}  // namespace ringside::testing
