#include "options.h"

#include "base/command_line.h"
#include "config/address_text.h"
#include "hints.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ringside::ctl {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Status;
using base::switch_on;
using Text = std::string_view;

constexpr base::milliseconds kTimeoutMin{1};
constexpr base::milliseconds kTimeoutMax{600'000};
// More often is not read by anybody, and works for the proxy.
constexpr base::milliseconds kWatchMin{100};
constexpr base::milliseconds kWatchMax{3'600'000};
constexpr base::milliseconds kWatchDefault{2'000};
// Of waiting for the last answer on a link.
constexpr base::milliseconds kWaitMin{1'000};
constexpr base::milliseconds kWaitMax{3'600'000};
constexpr base::milliseconds kWaitDefault{60'000};
// They are held in memory; more would not change the share of those that move.
constexpr std::uint32_t kKeysMax = 1'000'000;
// Of the admin API.
constexpr std::uint32_t kHottestKeysMax = 100;

Error invalid_option(std::string message) {
    return {Errc::invalid_argument, std::move(message)};
}

Status parse_admin(Options& options, Text text) {
    if (text.starts_with('/')) {
        options.admin = {std::string(text), 0};
        return Done{};
    }
    auto address = config::parse_address(text);
    if (!address) {
        return address.error();
    }
    options.admin = std::move(*address);
    return Done{};
}

// An empty text is one that somebody's script has lost, and of two only one could count.
Status take_once(Text text, std::string& destination) {
    if (text.empty()) {
        return invalid_option("must not be empty");
    }
    if (!destination.empty()) {
        return invalid_option("is given twice");
    }
    destination = text;
    return Done{};
}

Status take_more(Text text, std::vector<std::string>& destination) {
    if (text.empty()) {
        return invalid_option("must not be empty");
    }
    destination.emplace_back(text);
    return Done{};
}

base::Expected<base::milliseconds> parse_time(Text text, base::milliseconds min,
                                              base::milliseconds max) {
    const auto time = base::parse_duration(text, base::seconds(1));
    if (!time || *time < min || *time > max) {
        return invalid_option(fmt::format("'{}' is not a time from {}ms to {}m", text, min.count(),
                                          std::chrono::floor<std::chrono::minutes>(max).count()));
    }
    return *time;
}

Status parse_timeout(Options& options, Text text) {
    const auto timeout = parse_time(text, kTimeoutMin, kTimeoutMax);
    if (!timeout) {
        return timeout.error();
    }
    options.timeout = *timeout;
    return Done{};
}

Status parse_watch(Options& options, Text text) {
    const auto interval = parse_time(text, kWatchMin, kWatchMax);
    if (!text.empty() && !interval) {
        return interval.error();
    }
    options.watch = text.empty() ? kWatchDefault : *interval;
    return Done{};
}

Status parse_wait(Options& options, Text text) {
    const auto limit = parse_time(text, kWaitMin, kWaitMax);
    if (!text.empty() && !limit) {
        return limit.error();
    }
    options.wait = text.empty() ? kWaitDefault : *limit;
    return Done{};
}

Status parse_format(Options& options, Text text) {
    constexpr std::pair<Text, Format> kFormats[] = {{"table", Format::table},
                                                    {"wide", Format::wide},
                                                    {"json", Format::json},
                                                    {"yaml", Format::yaml}};
    for (const auto& [name, format] : kFormats) {
        if (name == text) {
            options.view.format = format;
            return Done{};
        }
    }
    return invalid_option(fmt::format("'{}' is none of table, wide, json and yaml", text));
}

Status parse_docs(Options& options, Text text) {
    if (!text.empty() && text != "man") {
        return invalid_option(fmt::format("'{}' is not man", text));
    }
    options.print_docs = text.empty() ? Docs::markdown : Docs::man;
    return Done{};
}

// A number that follows an option.
template <std::uint32_t kMax>
base::Expected<std::uint32_t> parse_count(Text text) {
    std::uint32_t number = 0;
    const Status status = base::parse_number(text, 1U, kMax, number);
    return status ? base::Expected<std::uint32_t>(number) : status.error();
}

Status parse_pid(Options& options, Text text) {
    const auto pid = parse_count<std::numeric_limits<std::int32_t>::max()>(text);
    if (!pid) {
        return pid.error();
    }
    options.pid = static_cast<pid_t>(*pid);
    return Done{};
}

Status parse_readings(Options& options, Text text) {
    const auto count = parse_count<std::numeric_limits<std::uint32_t>::max()>(text);
    if (!count) {
        return count.error();
    }
    options.count = *count;
    return Done{};
}

Status parse_keys(Options& options, Text text) {
    const auto count = parse_count<kKeysMax>(text);
    if (!count) {
        return count.error();
    }
    options.comparing.key_count = *count;
    return Done{};
}

Status parse_limit(Options& options, Text text) {
    const auto limit = parse_count<kHottestKeysMax>(text);
    if (!limit) {
        return limit.error();
    }
    options.limit = *limit;
    return Done{};
}

constexpr auto kOptions = std::to_array<OptionRow>({
    {"--admin", "ADDR",
     "HOST:PORT or /PATH of the admin API (default: $RINGCTL_ADMIN, or 127.0.0.1:22221, or where "
     "the only ringside listens that runs here)",
     parse_admin, Scope::all},
    {"--pid", "PID", "ask this process, wherever its admin API listens", parse_pid, Scope::all},
    {"--token-file", "FILE",
     "holds the token, where the admin API asks for one (default: $RINGSIDE_TOKEN_FILE)",
     [](Options& o, Text text) { return take_once(text, o.token_file); }, Scope::all},
    {"--timeout", "TIME", "of one request (default 10s)", parse_timeout, Scope::all},
    {"--help", "", "what the verb does, with examples; without a verb: all of them",
     [](Options& o, Text) { return switch_on(o.help); }, Scope::all, 'h'},
    {"--version", "", "print the version", [](Options& o, Text) { return switch_on(o.version); },
     Scope::alone},
    {"--print-docs", "[=man]", "print docs/RINGCTL.md, or the manual page", parse_docs,
     Scope::alone},

    {"--output", "FORMAT",
     "table, wide (with more columns), json (the API's answer) or yaml (the same)", parse_format,
     Scope::asking, 'o'},
    {"--json", "", "the same as -o json", [](Options& o, Text) { return parse_format(o, "json"); },
     Scope::asking},
    {"--watch", "[=TIME]", "again and again, 2s or TIME apart", parse_watch, Scope::reading},
    {"--count", "N", "end after so many readings, or events", parse_readings, Scope::reading},

    {"--points", "", "every point of the ring and its owner instead of the picture",
     [](Options& o, Text) { return switch_on(o.points); }},
    {"--summary", "", "the shares alone, without the circle",
     [](Options& o, Text) { return switch_on(o.summary); }},
    {"--stdin", "", "read keys, a line each; print \"key<TAB>node\"",
     [](Options& o, Text) { return switch_on(o.from_stdin); }},
    {"--for", "TIME", "come back after this time, 1s to 720h (default: until restored)",
     [](Options& o, Text text) { return take_once(text, o.duration); }},
    {"--force", "", "even the last node of the ring",
     [](Options& o, Text) { return switch_on(o.force); }},
    {"--dry-run", "", "only tell what would happen",
     [](Options& o, Text) { return switch_on(o.dry_run); }},
    {"--reason", "TEXT", "why, for the log",
     [](Options& o, Text text) { return take_once(text, o.reason); }},
    {"--author", "NAME", "who, for the log",
     [](Options& o, Text text) { return take_once(text, o.author); }},
    {"--wait", "[=TIME]", "until no link is left, 60s or TIME at most", parse_wait},
    {"--limit", "N", "so many keys, 100 at most (default 20)", parse_limit},
    {"--accept-older", "", "take the answer though its version is older, this once",
     [](Options& o, Text) { return switch_on(o.accept_older); }},
    {"--with", "FILE", "a configuration, such as nutcracker.yml",
     [](Options& o, Text text) { return take_once(text, o.comparing.with); }},
    {"--file", "FILE", "the other one (default: the running proxy)",
     [](Options& o, Text text) { return take_once(text, o.comparing.file); }},
    {"--pool", "POOL", "this pool only",
     [](Options& o, Text text) { return take_once(text, o.comparing.pool); }},
    {"--keys", "N", "so many sample keys (default 10000)", parse_keys},
    {"--key-file", "FILE", "the keys of this file, a line each",
     [](Options& o, Text text) { return take_once(text, o.comparing.key_file); }},
    {"--add", "SERVER", "a node more, \"HOST:PORT:WEIGHT [NAME]\"; may be repeated, as the others",
     [](Options& o, Text text) { return take_more(text, o.what_if.add); }},
    {"--remove", "NODE", "a node less",
     [](Options& o, Text text) { return take_more(text, o.what_if.remove); }},
    {"--weight", "NODE:N", "another weight",
     [](Options& o, Text text) { return take_more(text, o.what_if.weight); }},
    {"--eject", "NODE", "a node out of the ring",
     [](Options& o, Text text) { return take_more(text, o.what_if.eject); }},
    {"--restore", "NODE", "an ejected node back in it",
     [](Options& o, Text text) { return take_more(text, o.what_if.restore); }},
    {"--config", "FILE", "the pool of this configuration (default: the running proxy)",
     [](Options& o, Text text) { return take_once(text, o.what_if.config); }},
});

Error unknown_option(Text name) {
    std::vector<std::string> names;
    for (const OptionRow& row : kOptions) {
        names.emplace_back(row.name);
    }
    return invalid_option(fmt::format("unknown option {}{}", name, did_you_mean(name, names)));
}

// "-key" is a word: a key or a node may be called so.
bool is_option(Text word) noexcept {
    return word.starts_with("--") || find_option(word) != nullptr;
}

}  // namespace

std::span<const OptionRow> option_rows() noexcept {
    return kOptions;
}

const OptionRow* find_option(std::string_view name) noexcept {
    const auto row =
        std::find_if(kOptions.begin(), kOptions.end(), [name](const OptionRow& candidate) {
            const bool is_letter =
                name.size() == 2 && name[0] == '-' && candidate.letter == name[1];
            return candidate.name == name || is_letter;
        });
    return row == kOptions.end() ? nullptr : &*row;
}

base::Expected<Options> parse_options(std::span<const char* const> arguments,
                                      const Environment& environment) {
    Options options;
    if (!environment.admin.empty()) {
        if (const Status parsed = parse_admin(options, environment.admin); !parsed) {
            return parsed.error().in("RINGCTL_ADMIN");
        }
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Text word = arguments[i];
        if (word == "--") {
            options.words.insert(options.words.end(),
                                 arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                 arguments.end());
            break;
        }
        if (!is_option(word)) {
            options.words.emplace_back(word);
            continue;
        }
        const Text name = word.substr(0, word.find('='));
        const bool is_attached = name.size() < word.size();
        const OptionRow* const row = find_option(name);
        if (row == nullptr) {
            return unknown_option(name);
        }
        if (is_attached && row->argument.empty()) {
            return invalid_option(fmt::format("{} takes no value", name));
        }
        Text argument = is_attached ? word.substr(name.size() + 1) : Text{};
        if (!is_attached && row->needs_argument()) {
            if (++i == arguments.size()) {
                return invalid_option(fmt::format("{} needs {}", name, row->argument));
            }
            argument = arguments[i];
        }
        if (const Status applied = row->apply(options, argument); !applied) {
            return applied.error().in(name);
        }
        options.given.push_back(row);
    }
    if (options.token_file.empty()) {
        options.token_file = environment.token_file;
    }
    const auto is_given = [&options](Text name) {
        return std::find(options.given.begin(), options.given.end(), find_option(name)) !=
               options.given.end();
    };
    if (is_given("--admin") && is_given("--pid")) {
        return invalid_option("--admin and --pid exclude each other");
    }
    if (options.wait && options.dry_run) {
        return invalid_option("--wait and --dry-run exclude each other");
    }
    return options;
}

}  // namespace ringside::ctl
