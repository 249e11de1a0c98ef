#include "app/options.h"

#include "base/check.h"
#include "base/command_line.h"
#include "base/parse.h"
#include "config/address_text.h"
#include "config/schema.h"

#include <fmt/format.h>

#include <getopt.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace ringside::app {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Status;
using Text = std::string_view;

struct Row {
    const char* name;         // "conf-file", for getopt_long and with -- before it
    char letter;              // 0: none
    const char* argument;     // as --help shows it; null: none
    const char* environment;  // null: only on the command line
    const char* default_text;
    const char* help;
    Status (*apply)(Options& options, Text argument);
};

Status choose(Options& options, Action action) {
    options.action = std::max(options.action, action);
    return Done{};
}

Status set_log_level(Options& options, Text text) {
    std::uint32_t verbosity = 0;
    const Status status = base::parse_number(text, 0U, base::kVerbosityMax, verbosity);
    if (!status) {
        return status;
    }
    options.log_level = base::level_of_verbosity(verbosity);
    return Done{};
}

Status set_workers(Options& options, Text text) {
    config::ProcessConfig process;
    const Status status = config::set_process_key(process, "workers", text);
    if (status) {
        options.workers = process.workers;
    }
    return status;
}

Status set_admin(Options& options, Text text) {
    config::ProcessConfig process;
    const Status status = config::set_process_key(process, "admin", text);
    if (status) {
        options.admin = std::move(process.admin);
    }
    return status;
}

Status set_stats_port(Options& options, Text text) {
    std::uint16_t port = 0;
    const Status status = base::parse_number<std::uint16_t>(text, 1, UINT16_MAX, port);
    if (status) {
        options.stats_port = port;
    }
    return status;
}

// nutcracker's form: no port, and a path is a unix socket.
base::Expected<config::Listen> stats_listen(Text host, std::uint16_t port) {
    return config::parse_listen(host.starts_with('/') ? std::string(host)
                                                      : fmt::format("{}:{}", host, port));
}

Status set_stats_addr(Options& options, Text text) {
    if (const auto listen = stats_listen(text, config::kDefaultStatsPort); !listen) {
        return listen.error();
    }
    options.stats_addr = text;
    return Done{};
}

Status set_docs_topic(Options& options, Text text) {
    options.docs_topic = text;
    return choose(options, Action::print_docs);
}

constexpr std::array kRows{
    Row{"help", 'h', nullptr, nullptr, nullptr, "this text",
        [](Options& options, Text) { return choose(options, Action::help); }},
    Row{"version", 'V', nullptr, nullptr, nullptr, "the version",
        [](Options& options, Text) { return choose(options, Action::version); }},
    Row{"test-conf", 't', nullptr, nullptr, nullptr, "check the configuration file and exit",
        [](Options& options, Text) { return choose(options, Action::test_config); }},
    Row{"conf-file", 'c', "FILE", "RINGSIDE_CONF_FILE", "/etc/ringside/ringside.yml",
        "the configuration file",
        [](Options& options, Text text) { return base::take_text(text, options.conf_file); }},
    Row{"verbose", 'v', "N", "RINGSIDE_VERBOSE", "5",
        "what is logged: 0..3 errors, 4 warnings, 5..6 events, 7..11 details", set_log_level},
    Row{"output", 'o', "FILE", "RINGSIDE_OUTPUT", nullptr, "the log file; stderr without",
        [](Options& options, Text text) { return base::take_text(text, options.log_file); }},
    Row{"stats-port", 's', "N", "RINGSIDE_STATS_PORT", nullptr,
        "port of the statistics; instead of that of `stats` in the file", set_stats_port},
    Row{"stats-addr", 'a', "ADDRESS", "RINGSIDE_STATS_ADDR", nullptr,
        "their host, or the /PATH of a unix socket", set_stats_addr},
    Row{"workers", 0, "N", "RINGSIDE_WORKERS", nullptr,
        "threads, or auto; instead of `workers` in the file", set_workers},
    Row{"admin", 0, "ADDRESS", "RINGSIDE_ADMIN", nullptr,
        "of the admin API; instead of `admin` in the file", set_admin},
    Row{"print-docs", 0, "TOPIC", nullptr, nullptr,
        "print a table of the documentation as markdown, such as config", set_docs_topic},
};

// getopt_long's value for the long form of a row; below are the letters.
constexpr int kFirstLong = 256;

Error invalid(std::string message) {
    return Error{Errc::invalid_argument, std::move(message)};
}

const Row* find_row(int value) noexcept {
    if (value >= kFirstLong) {
        return &kRows[static_cast<std::size_t>(value - kFirstLong)];
    }
    const auto row = std::find_if(kRows.begin(), kRows.end(), [value](const Row& each) {
        return each.letter != 0 && each.letter == value;
    });
    return row == kRows.end() ? nullptr : row;
}

Status apply_defaults(Options& options) {
    for (const Row& row : kRows) {
        if (row.default_text == nullptr) {
            continue;
        }
        if (const Status status = row.apply(options, row.default_text); !status) {
            return status.error().in(row.name);
        }
    }
    return Done{};
}

Status apply_environment(Options& options, ReadEnvironment environment) {
    for (const Row& row : kRows) {
        const char* text = row.environment == nullptr ? nullptr : environment(row.environment);
        if (text == nullptr || *text == '\0') {
            continue;
        }
        if (const Status status = row.apply(options, text); !status) {
            return status.error().in(fmt::format("variable {}", row.environment));
        }
    }
    return Done{};
}

// What getopt_long needs: the options in its own form.
struct GetoptTables {
    std::string letters = "+:";  // stop at the first other word; ':' for a missing argument
    std::array<option, kRows.size() + 1> names{};

    GetoptTables() {
        for (std::size_t i = 0; i < kRows.size(); ++i) {
            const Row& row = kRows[i];
            const bool takes_argument = row.argument != nullptr;
            names[i] = {row.name, takes_argument ? required_argument : no_argument, nullptr,
                        kFirstLong + static_cast<int>(i)};
            if (row.letter != 0) {
                letters += row.letter;
                letters += takes_argument ? ":" : "";
            }
        }
    }
};

// `word` is the one that getopt_long has refused.
Error refused(int value, Text word) {
    const Row* row = find_row(optopt);
    if (value == ':' && row != nullptr) {
        const std::string form =
            optopt < kFirstLong ? fmt::format("-{}", row->letter) : fmt::format("--{}", row->name);
        return invalid(fmt::format("option {}: needs {}", form, row->argument));
    }
    if (optopt != 0 && optopt < kFirstLong) {
        const char letter = optopt > ' ' && optopt < 0x7f ? static_cast<char>(optopt) : '?';
        return invalid(fmt::format("option -{}: is unknown; see --help", letter));
    }
    if (row != nullptr) {
        return invalid(fmt::format("option --{}: takes no argument", row->name));
    }
    return invalid(fmt::format("option {}: is unknown or ambiguous; see --help", word));
}

Status apply_command_line(Options& options, int argc, char* const* argv) {
    const GetoptTables tables;
    opterr = 0;  // the messages are ours
    optind = 0;  // glibc: start anew
    for (;;) {
        const int value =
            ::getopt_long(argc, argv, tables.letters.c_str(), tables.names.data(), nullptr);
        if (value == -1) {
            break;
        }
        if (value == '?' || value == ':') {
            return refused(value, argv[optind - 1]);
        }
        const Row* row = find_row(value);
        const Text argument = optarg == nullptr ? Text() : Text(optarg);
        if (const Status status = row->apply(options, argument); !status) {
            return status.error().in(value < kFirstLong ? fmt::format("option -{}", row->letter)
                                                        : fmt::format("option --{}", row->name));
        }
    }
    if (optind < argc) {
        return invalid(fmt::format("'{}' is not an option; see --help", argv[optind]));
    }
    return Done{};
}

}  // namespace

base::Expected<Options> parse_options(int argc, char* const* argv, ReadEnvironment environment) {
    Options options;
    Status status = apply_defaults(options);
    if (status) {
        status = apply_environment(options, environment);
    }
    if (status) {
        status = apply_command_line(options, argc, argv);
    }
    if (!status) {
        return status.error();
    }
    return options;
}

namespace {

// What the options leave open stays as it was, or is the default.
config::Listen stats_of(const Options& options, const std::optional<config::Listen>& before) {
    const config::Listen usual = *config::ProcessConfig().stats;
    const routing::Address& known = before ? before->address : usual.address;
    const bool is_tcp = !known.is_unix();
    const std::string host = options.stats_addr.value_or(is_tcp ? known.host : usual.address.host);
    const std::uint16_t port =
        options.stats_port.value_or(is_tcp ? known.port : usual.address.port);
    const auto listen = stats_listen(host, port);
    CHECK(listen.has_value());  // both were checked when they were given
    return *listen;
}

}  // namespace

void apply_overrides(const Options& options, config::ProcessConfig& process) {
    if (options.workers) {
        process.workers = *options.workers;
    }
    if (options.admin) {
        process.admin = *options.admin;
        process.admin_is_default = false;
    }
    if (options.stats_port || options.stats_addr) {
        process.stats = stats_of(options, process.stats);
        process.stats_is_default = false;
    }
}

std::string help_text() {
    std::string text =
        "ringside: a cache proxy for memcached and Redis\n\n"
        "usage: ringside [options]\n\n";
    const auto out = std::back_inserter(text);
    for (const Row& row : kRows) {
        const std::string letter = row.letter == 0 ? "    " : fmt::format("-{}, ", row.letter);
        const std::string argument = row.argument == nullptr ? "" : row.argument;
        fmt::format_to(out, "  {}--{:<20}  {}", letter, fmt::format("{} {}", row.name, argument),
                       row.help);
        if (row.default_text != nullptr) {
            fmt::format_to(out, " ({})", row.default_text);
        }
        if (row.environment != nullptr) {
            fmt::format_to(out, "\n{:>30}{}", "", row.environment);
        }
        text += '\n';
    }
    return text +
           "\nThe second lines are environment variables with the same meaning; the command line "
           "wins.\n";
}

}  // namespace ringside::app
