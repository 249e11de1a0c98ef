// The command line and environment of ringside, and of nutcracker where it takes its place.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "base/log.h"
#include "config/config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::app {

// What this invocation is for. Of several the last in this order wins, as in nutcracker.
enum class Action : std::uint8_t {
    run,
    explain_config,
    test_config,
    print_docs,
    discover,
    check_health,
    wait_for_clients,
    tell,
};

// What Action::tell is to tell of the program, in this order; nutcracker takes several too.
struct Told {
    bool version = false;
    bool help = false;
    bool stats = false;
};

inline constexpr std::string_view kSourceDefault = "default";

// A value that is in force, and who has set it.
struct OptionValue {
    std::string_view name;  // "conf-file"; static
    std::string text;
    std::string source;  // "default", "variable RINGSIDE_WORKERS", "option -c"
};

struct Options {
    Action action = Action::run;
    // The name it was called by. Called nutcracker, also by a link, it behaves as nutcracker does:
    // see app/nutcracker_name.h.
    std::string program = "ringside";
    bool as_nutcracker = false;

    std::string conf_file;
    std::uint32_t verbosity = 5;  // nutcracker's scale, 0..base::kVerbosityMax
    std::string log_file;         // empty: stderr
    std::string pid_file;         // empty: none
    bool daemonize = false;
    bool takes_over = false;  // from a process that runs with the same configuration
    // Accepted for nutcracker's sake; without effect.
    std::optional<std::uint32_t> mbuf_bytes;
    std::optional<std::uint64_t> stats_interval_ms;

    // Nothing, here and below: as the file says.
    std::optional<std::uint32_t> workers;  // 0: auto
    std::optional<config::Listen> admin;
    std::optional<std::uint16_t> stats_port;
    std::optional<std::string> stats_addr;  // host, IP, or the path of a unix socket
    std::optional<base::LogFormat> log_format;
    std::optional<bool> strict_twemproxy;  // of the pools that do not say so themselves

    Told told;                                   // for Action::tell
    std::string docs_topic;                      // for Action::print_docs
    std::string discover_pool;                   // for Action::discover
    bool is_ready_asked = false;                 // for Action::check_health: whether it is ready
    std::string token_file;                      // likewise; empty: that of the configuration
    bool waits = false;                          // for Action::wait_for_clients
    std::optional<base::milliseconds> wait_max;  // likewise; nothing: without end
    std::vector<OptionValue> values;  // of the options that have a value and were given one

    // Null if it has no value.
    const OptionValue* find_value(std::string_view name) const noexcept;
};

// getenv(3), or a stand-in: null if the variable is not set.
using ReadEnvironment = const char* (*)(const char* name);

// The last part of argv[0], for messages, also while the rest of the command line is in doubt.
std::string program_name(int argc, char* const* argv);

// The command line wins over RINGSIDE_... variables, and these over the defaults. The error names
// the option, what is wrong and the rule. Not thread-safe (getopt).
base::Expected<Options> parse_options(int argc, char* const* argv, ReadEnvironment environment);

// What was given on the command line or in the environment goes before what the file says of the
// process; config.explanation then names them as the source.
void apply_overrides(const Options& options, config::Config& config);

// "Usage: ..." and a line or two for each option.
std::string help_text(const Options& options);

}  // namespace ringside::app
