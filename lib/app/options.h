// The command line and environment of ringside.
#pragma once

#include "base/expected.h"
#include "base/log.h"
#include "config/config.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ringside::app {

// What this invocation is for. Of several the last in this order wins, as in nutcracker.
enum class Action : std::uint8_t { run, test_config, print_docs, version, help };

struct Options {
    Action action = Action::run;
    std::string conf_file;
    base::LogLevel log_level = base::LogLevel::info;
    std::string log_file;                     // empty: stderr
    std::optional<std::uint32_t> workers;     // 0: auto; nothing: as the file says
    std::optional<config::Listen> admin;      // nothing: as the file says
    std::optional<std::uint16_t> stats_port;  // nothing, here and below: as the file says
    std::optional<std::string> stats_addr;    // host, IP, or the path of a unix socket
    std::string docs_topic;                   // for Action::print_docs
};

// getenv(3), or a stand-in: null if the variable is not set.
using ReadEnvironment = const char* (*)(const char* name);

// Defaults, then the environment (an empty variable counts as not set), then the command line. The
// error names the option: "option -v: ...". Requires: argv as main() gets it. Not thread-safe:
// getopt_long(3) keeps its state in globals.
base::Expected<Options> parse_options(int argc, char* const* argv, ReadEnvironment environment);

// Puts what the options override in place of what the file says.
void apply_overrides(const Options& options, config::ProcessConfig& process);

std::string help_text();

}  // namespace ringside::app
