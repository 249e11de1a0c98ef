#include "app/options.h"

#include "app/nutcracker_name.h"
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
    const char* key = nullptr;  // of `ringside:` in the file, before which it goes
};

Status choose(Options& options, Action action) {
    options.action = std::max(options.action, action);
    return Done{};
}

Status tell(Options& options, bool Told::*what) {
    options.told.*what = true;
    return choose(options, Action::tell);
}

// nc.c, NC_MBUF_SIZE and its bounds.
constexpr std::uint32_t kMbufBytesMin = 512;
constexpr std::uint32_t kMbufBytesMax = 16'777'216;

// Kubernetes sets variables like RINGSIDE_STATS_PORT=tcp://10.0.0.1:22222 for a Service that is
// called ringside-stats ("Accessing the Service: environment variables"): not meant for us.
bool is_service_link(Text text) noexcept {
    return text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
}

template <std::unsigned_integral Number>
Status set_number(Text text, Number min, Number max, std::optional<Number>& destination) {
    Number number = 0;
    const Status status = base::parse_number(text, min, max, number);
    if (status) {
        destination = number;
    }
    return status;
}

Status set_switch(Text text, std::optional<bool>& destination) {
    const bool on = text == "1" || text == "true";
    if (!on && text != "0" && text != "false") {
        return Error{Errc::invalid_argument,
                     fmt::format("'{}' is not one of 1, true, 0, false", text)};
    }
    destination = on;
    return Done{};
}

// On the command line it is enough that the option is there.
Status set_daemonize(Options& options, Text text) {
    std::optional<bool> on = true;
    const Status status = text.empty() ? Status(Done{}) : set_switch(text, on);
    options.daemonize = *on;
    return status;
}

// Through the key of `ringside:` that the option goes before.
template <typename Field>
Status set_by_key(Text key, Text text, Field config::ProcessConfig::*field,
                  std::optional<Field>& destination) {
    config::ProcessConfig process;
    const Status status = config::set_process_key(process, key, text);
    if (status) {
        destination = std::move(process.*field);
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

// nc_log.c, log_init: higher numbers are as the highest.
Status set_verbosity(Options& options, Text text) {
    std::uint64_t number = 0;
    const Status status = base::parse_number(text, std::uint64_t{0}, UINT64_MAX, number);
    if (status) {
        options.verbosity =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(number, base::kVerbosityMax));
    }
    return status;
}

Status set_docs_topic(Options& options, Text text) {
    options.docs_topic = text;
    return choose(options, Action::print_docs);
}

Status set_discover_pool(Options& options, Text text) {
    options.discover_pool = text;
    return choose(options, Action::discover);
}

constexpr const char* kStatsKey = "stats";  // host and port are options of their own

constexpr std::array kRows{
    Row{"help", 'h', nullptr, nullptr, nullptr, "this text",
        [](Options& options, Text) { return tell(options, &Told::help); }},
    Row{"version", 'V', nullptr, nullptr, nullptr, "the version",
        [](Options& options, Text) { return tell(options, &Told::version); }},
    Row{"test-conf", 't', nullptr, nullptr, nullptr, "check the configuration file and exit",
        [](Options& options, Text) { return choose(options, Action::test_config); }},
    Row{"explain-config", 0, nullptr, nullptr, nullptr,
        "print every setting, its value and who has set it",
        [](Options& options, Text) { return choose(options, Action::explain_config); }},
    Row{"describe-stats", 'D', nullptr, nullptr, nullptr, "what the statistics mean",
        [](Options& options, Text) { return tell(options, &Told::stats); }},
    Row{"daemonize", 'd', nullptr, "RINGSIDE_DAEMONIZE", nullptr,
        "run in the background; returns when clients can connect", set_daemonize},
    Row{"conf-file", 'c', "FILE", "RINGSIDE_CONF_FILE", "/etc/ringside/ringside.yml",
        "the configuration file",
        [](Options& options, Text text) { return base::take_text(text, options.conf_file); }},
    Row{"verbose", 'v', "N", "RINGSIDE_VERBOSE", "5",
        "what is logged: 0..3 errors, 4 warnings, 5..6 events, from 7 on details", set_verbosity},
    Row{"output", 'o', "FILE", "RINGSIDE_OUTPUT", nullptr, "the log file; stderr without",
        [](Options& options, Text text) { return base::take_text(text, options.log_file); }},
    Row{"log-format", 0, "FORMAT", "RINGSIDE_LOG_FORMAT", nullptr,
        "text or json; instead of `log_format` in the file",
        [](Options& options, Text text) {
            return set_by_key("log_format", text, &config::ProcessConfig::log_format,
                              options.log_format);
        },
        "log_format"},
    Row{"pid-file", 'p', "FILE", "RINGSIDE_PID_FILE", nullptr, "holds the process id while it runs",
        [](Options& options, Text text) { return base::take_text(text, options.pid_file); }},
    Row{"stats-port", 's', "N", "RINGSIDE_STATS_PORT", nullptr,
        "port of the statistics; instead of that of `stats` in the file",
        [](Options& options, Text text) {
            return set_number<std::uint16_t>(text, 1, UINT16_MAX, options.stats_port);
        },
        kStatsKey},
    Row{"stats-addr", 'a', "ADDRESS", "RINGSIDE_STATS_ADDR", nullptr,
        "their host, or the /PATH of a unix socket", set_stats_addr, kStatsKey},
    Row{"stats-interval", 'i', "MS", "RINGSIDE_STATS_INTERVAL", nullptr,
        "accepted for nutcracker's sake: statistics are always fresh",
        [](Options& options, Text text) {
            return set_number<std::uint64_t>(text, 0, UINT64_MAX, options.stats_interval_ms);
        }},
    Row{"mbuf-size", 'm', "BYTES", "RINGSIDE_MBUF_SIZE", nullptr,
        "accepted for nutcracker's sake: buffers have no fixed size",
        [](Options& options, Text text) {
            return set_number(text, kMbufBytesMin, kMbufBytesMax, options.mbuf_bytes);
        }},
    Row{"workers", 0, "N", "RINGSIDE_WORKERS", nullptr,
        "threads, or auto; instead of `workers` in the file",
        [](Options& options, Text text) {
            return set_by_key("workers", text, &config::ProcessConfig::workers, options.workers);
        },
        "workers"},
    Row{"admin", 0, "ADDRESS", "RINGSIDE_ADMIN", nullptr,
        "of the admin API; instead of `admin` in the file",
        [](Options& options, Text text) {
            return set_by_key("admin", text, &config::ProcessConfig::admin, options.admin);
        },
        "admin"},
    Row{"strict-twemproxy", 0, "0|1", "RINGSIDE_STRICT_TWEMPROXY", nullptr,
        "1: pools without the key `strict_twemproxy` close where nutcracker does",
        [](Options& options, Text text) { return set_switch(text, options.strict_twemproxy); }},
    Row{"discover", 0, "POOL", nullptr, nullptr,
        "ask the pool's sources once, print their nodes, exit with 0 if it would have some",
        set_discover_pool},
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

// Of an option with a value the newest one stays on record.
Status apply(Options& options, const Row& row, Text text, std::string source) {
    const Status status = row.apply(options, text);
    if (!status || row.argument == nullptr) {
        return status;
    }
    const auto known =
        std::find_if(options.values.begin(), options.values.end(),
                     [&row](const OptionValue& value) { return value.name == row.name; });
    OptionValue& value = known == options.values.end() ? options.values.emplace_back() : *known;
    value = {row.name, std::string(text), std::move(source)};
    return status;
}

Status apply_defaults(Options& options) {
    for (const Row& row : kRows) {
        if (row.default_text == nullptr) {
            continue;
        }
        if (const Status status =
                apply(options, row, row.default_text, std::string(kSourceDefault));
            !status) {
            return status.error().in(row.name);
        }
    }
    return Done{};
}

Status apply_environment(Options& options, ReadEnvironment environment) {
    for (const Row& row : kRows) {
        const char* text = row.environment == nullptr ? nullptr : environment(row.environment);
        if (text == nullptr || *text == '\0' || is_service_link(text)) {
            continue;
        }
        const std::string source = fmt::format("variable {}", row.environment);
        if (const Status status = apply(options, row, text, source); !status) {
            return status.error().in(source);
        }
    }
    return Done{};
}

// Abbreviations of nutcracker's options that would be ambiguous beside ours; each takes an
// argument.
struct Abbreviation {
    const char* text;
    char letter;  // of the option that is meant
};
constexpr auto kAbbreviations =
    std::to_array<Abbreviation>({{"p", 'p'}});  // pid-file or print-docs

// What getopt_long needs: the options in its own form.
struct GetoptTables {
    std::string letters;
    std::array<option, kRows.size() + kAbbreviations.size() + 1> names{};

    // ':' tells a missing argument from an unknown option. '+' stops at the first other word, which
    // is an error; nutcracker does not look at such words.
    explicit GetoptTables(bool as_nutcracker) : letters(as_nutcracker ? ":" : "+:") {
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
        for (std::size_t i = 0; i < kAbbreviations.size(); ++i) {
            const auto& [text, letter] = kAbbreviations[i];
            names[kRows.size() + i] = {text, required_argument, nullptr, letter};
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
    const GetoptTables tables(options.as_nutcracker);
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
        const std::string source = value < kFirstLong ? fmt::format("option -{}", row->letter)
                                                      : fmt::format("option --{}", row->name);
        if (const Status status = apply(options, *row, argument, source); !status) {
            return status.error().in(source);
        }
    }
    if (optind < argc && !options.as_nutcracker) {
        return invalid(fmt::format("'{}' is not an option; see --help", argv[optind]));
    }
    return Done{};
}

}  // namespace

const OptionValue* Options::find_value(std::string_view name) const noexcept {
    const auto found = std::find_if(values.begin(), values.end(), [name](const OptionValue& value) {
        return value.name == name;
    });
    return found == values.end() ? nullptr : &*found;
}

std::string program_name(int argc, char* const* argv) {
    const Text path = argc > 0 ? Text(argv[0]) : Text();
    const Text name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    return name.empty() ? Options().program : std::string(name);
}

base::Expected<Options> parse_options(int argc, char* const* argv, ReadEnvironment environment) {
    Options options;
    options.program = program_name(argc, argv);
    options.as_nutcracker = options.program == kNutcrackerName;
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
    if (options.as_nutcracker) {
        take_nutcracker_files(options);
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

// Names the options in place of the file, and shows what they have led to.
void explain_overrides(const Options& options, config::Config& config) {
    for (const Row& row : kRows) {
        const OptionValue* value = row.key == nullptr ? nullptr : options.find_value(row.name);
        if (value == nullptr) {
            continue;
        }
        const std::string path = fmt::format("{}.{}", config::kProcessMapName, row.key);
        for (config::EffectiveSetting& setting : config.explanation) {
            if (setting.path == path) {
                setting.value = row.key == kStatsKey ? config.process.stats->text : value->text;
                setting.source = value->source;
            }
        }
    }
}

// A key in the file wins: it speaks of one pool, the option of all that say nothing.
void apply_strict_default(const Options& options, config::Config& config) {
    const OptionValue* value = options.find_value("strict-twemproxy");
    if (value == nullptr) {
        return;
    }
    for (config::PoolConfig& pool : config.pools) {
        const std::string path = fmt::format("{}.strict_twemproxy", pool.name);
        for (config::EffectiveSetting& setting : config.explanation) {
            if (setting.path == path && setting.source == kSourceDefault) {
                pool.policy.strict_twemproxy = *options.strict_twemproxy;
                setting.value = pool.policy.strict_twemproxy ? "true" : "false";
                setting.source = value->source;
            }
        }
    }
}

// Who runs nutcracker's scripts starts a new process as soon as this one was told to end.
void apply_grace_default(const Options& options, config::Config& config) {
    const bool is_strict =
        std::any_of(config.pools.begin(), config.pools.end(),
                    [](const config::PoolConfig& pool) { return pool.policy.strict_twemproxy; });
    config::DrainConfig& drain = config.process.drain;
    if (!drain.grace_is_default || !(options.as_nutcracker || is_strict)) {
        return;
    }
    drain.grace = base::milliseconds(0);
    for (config::EffectiveSetting& setting : config.explanation) {
        if (setting.path == fmt::format("{}.drain.grace", config::kProcessMapName)) {
            setting.value = "0";
        }
    }
}

}  // namespace

void apply_overrides(const Options& options, config::Config& config) {
    config::ProcessConfig& process = config.process;
    process.workers = options.workers.value_or(process.workers);
    process.log_format = options.log_format.value_or(process.log_format);
    if (options.admin) {
        process.admin = *options.admin;
        process.admin_is_default = false;
    }
    if (options.stats_port || options.stats_addr) {
        process.stats = stats_of(options, process.stats);
        process.stats_is_default = false;
    }
    explain_overrides(options, config);
    apply_strict_default(options, config);
    apply_grace_default(options, config);
}

std::string help_text(const Options& options) {
    std::string text = fmt::format("Usage: {} [options]\n\nOptions:\n", options.program);
    const auto out = std::back_inserter(text);
    for (const Row& row : kRows) {
        const std::string letter = row.letter == 0 ? "    " : fmt::format("-{}, ", row.letter);
        const std::string argument = row.argument == nullptr ? "" : row.argument;
        fmt::format_to(out, "  {}--{:<20}  {}", letter, fmt::format("{} {}", row.name, argument),
                       row.help);
        const OptionValue* value = options.find_value(row.name);
        if (value != nullptr && value->source == kSourceDefault) {
            fmt::format_to(out, " ({})", value->text);
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
