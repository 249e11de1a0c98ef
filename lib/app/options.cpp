#include "app/options.h"

#include "app/nutcracker_name.h"
#include "app/option_rows.h"
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

// getopt_long's value for the long form of a row; below are the letters.
constexpr int kFirstLong = 256;

Error invalid(std::string message) {
    return Error{Errc::invalid_argument, std::move(message)};
}

const OptionRow* find_row(int value) noexcept {
    if (value >= kFirstLong) {
        return &kOptionRows[static_cast<std::size_t>(value - kFirstLong)];
    }
    const auto row = std::find_if(
        kOptionRows.begin(), kOptionRows.end(),
        [value](const OptionRow& each) { return each.letter != 0 && each.letter == value; });
    return row == kOptionRows.end() ? nullptr : row;
}

// Of an option with a value the newest one stays on record.
Status apply(Options& options, const OptionRow& row, Text text, std::string source) {
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
    for (const OptionRow& row : kOptionRows) {
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
    for (const OptionRow& row : kOptionRows) {
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

// Abbreviations of nutcracker's options that would be ambiguous beside ours.
struct Abbreviation {
    const char* text;
    char letter;  // of the option that is meant
};
constexpr auto kAbbreviations = std::to_array<Abbreviation>({{"p", 'p'},  // pid-file or print-docs
                                                             {"t", 't'}});  // test-conf or takeover

// What getopt_long needs: the options in its own form.
struct GetoptTables {
    std::string letters;
    std::array<option, kOptionRows.size() + kAbbreviations.size() + 1> names{};

    // ':' tells a missing argument from an unknown option. '+' stops at the first other word, which
    // is an error; nutcracker does not look at such words.
    explicit GetoptTables(bool as_nutcracker) : letters(as_nutcracker ? ":" : "+:") {
        for (std::size_t i = 0; i < kOptionRows.size(); ++i) {
            const OptionRow& row = kOptionRows[i];
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
            const bool takes_argument = find_row(letter)->argument != nullptr;
            names[kOptionRows.size() + i] = {text, takes_argument ? required_argument : no_argument,
                                             nullptr, letter};
        }
    }
};

// `word` is the one that getopt_long has refused.
Error refused(int value, Text word) {
    const OptionRow* row = find_row(optopt);
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
    const Text first = argc > 1 && !options.as_nutcracker ? Text(argv[1]) : Text();
    const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                      [first](const Command& each) { return each.name == first; });
    if (command != kCommands.end()) {
        options.action = command->action;
        --argc;
        ++argv;
    }
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
        const OptionRow* row = find_row(value);
        const Text argument = optarg == nullptr ? Text() : Text(optarg);
        const std::string source = value < kFirstLong ? fmt::format("option -{}", row->letter)
                                                      : fmt::format("option --{}", row->name);
        if (const Status status = apply(options, *row, argument, source); !status) {
            return status.error().in(source);
        }
    }
    if (options.action == Action::wait_for_clients && !options.waits) {
        return invalid(
            "drain: needs --wait, and does nothing but wait; `ringctl drain-clients` "
            "sends clients away");
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
    for (const OptionRow& row : kOptionRows) {
        const OptionValue* value = row.key == nullptr ? nullptr : options.find_value(row.name);
        if (value == nullptr) {
            continue;
        }
        const std::string path = fmt::format("{}.{}", config::kProcessMapName, row.key);
        for (config::EffectiveSetting& setting : config.explanation) {
            if (setting.path == path) {
                const bool is_stats = std::string_view(row.key) == kStatsKey;
                setting.value = is_stats ? config.process.stats->text : value->text;
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
    std::string text = fmt::format("Usage: {} [options]\n", options.program);
    const auto out = std::back_inserter(text);
    if (!options.as_nutcracker) {
        for (const Command& command : kCommands) {
            fmt::format_to(out, "       {} {:<20} {}\n", options.program,
                           fmt::format("{} [options]", command.name), command.help);
        }
    }
    text += "\nOptions:\n";
    for (const OptionRow& row : kOptionRows) {
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
