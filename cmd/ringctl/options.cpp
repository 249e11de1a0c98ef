#include "options.h"

#include "base/command_line.h"
#include "config/address_text.h"
#include "config/config.h"

#include <fmt/core.h>

#include <array>

namespace ringside::ctl {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Option;
using base::Status;
using base::switch_on;
using Text = std::string_view;

constexpr base::milliseconds kTimeoutMin{1};
constexpr base::milliseconds kTimeoutMax{600'000};
// They are held in memory; more would not change the share of those that move.
constexpr std::uint32_t kKeysMax = 1'000'000;

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
        return Error{Errc::invalid_argument, "must not be empty"};
    }
    if (!destination.empty()) {
        return Error{Errc::invalid_argument, "is given twice"};
    }
    destination = text;
    return Done{};
}

Status take_more(Text text, std::vector<std::string>& destination) {
    if (text.empty()) {
        return Error{Errc::invalid_argument, "must not be empty"};
    }
    destination.emplace_back(text);
    return Done{};
}

Status parse_timeout(Options& options, Text text) {
    const auto timeout = base::parse_duration(text, base::seconds(1));
    if (!timeout || *timeout < kTimeoutMin || *timeout > kTimeoutMax) {
        return Error{Errc::invalid_argument, fmt::format("'{}' is not a time up to 10m", text)};
    }
    options.timeout = *timeout;
    return Done{};
}

constexpr auto kOptions = std::to_array<Option<Options>>({
    {"--admin", "ADDR",
     "HOST:PORT or /PATH of the admin API (default: $RINGCTL_ADMIN or "
     "127.0.0.1:22221)",
     parse_admin},
    {"--json", "", "print JSON (the API's answer) instead of text",
     [](Options& o, Text) { return switch_on(o.json); }},
    {"--timeout", "TIME", "of one request (default 10s)", parse_timeout},
    {"--summary", "", "a line per node instead of one per point",
     [](Options& o, Text) { return switch_on(o.summary); }, "ring"},
    {"--stdin", "", "read keys, a line each; print \"key<TAB>node\"",
     [](Options& o, Text) { return switch_on(o.from_stdin); }, "locate"},
    {"--for", "TIME", "come back after this time, 1s to 720h (default: until restored)",
     [](Options& o, Text text) { return take_once(text, o.duration); }, "eject"},
    {"--force", "", "even the last node of the ring",
     [](Options& o, Text) { return switch_on(o.force); }, "eject"},
    {"--dry-run", "", "only tell what would move",
     [](Options& o, Text) { return switch_on(o.dry_run); }, "eject"},
    {"--accept-older", "", "take the answer though its version is older, this once",
     [](Options& o, Text) { return switch_on(o.accept_older); }, "refresh"},
    {"--with", "FILE", "a configuration, such as nutcracker.yml",
     [](Options& o, Text text) { return take_once(text, o.comparing.with); }, "compare"},
    {"--file", "FILE", "the other one (default: the running proxy)",
     [](Options& o, Text text) { return take_once(text, o.comparing.file); }, "compare"},
    {"--pool", "NAME", "this pool only",
     [](Options& o, Text text) { return take_once(text, o.comparing.pool); }, "compare"},
    {"--keys", "N", "so many sample keys (default 10000)",
     [](Options& o, Text text) {
         std::uint32_t count = 0;
         const Status status = base::parse_number(text, 1U, kKeysMax, count);
         o.comparing.key_count = count;
         return status;
     },
     "compare"},
    {"--key-file", "FILE", "the keys of this file, a line each",
     [](Options& o, Text text) { return take_once(text, o.comparing.key_file); }, "compare"},
    {"--add", "SERVER", "\"HOST:PORT:WEIGHT [NAME]\"; may be repeated, as the next two",
     [](Options& o, Text text) { return take_more(text, o.what_if.add); }, "what-if"},
    {"--remove", "NODE", "by its name on the ring",
     [](Options& o, Text text) { return take_more(text, o.what_if.remove); }, "what-if"},
    {"--weight", "NODE:N", "another weight",
     [](Options& o, Text text) { return take_more(text, o.what_if.weight); }, "what-if"},
    {"--config", "FILE", "the pool of this configuration (default: the running proxy)",
     [](Options& o, Text text) { return take_once(text, o.what_if.config); }, "what-if"},
    {"--version", "", "print the version", [](Options& o, Text) { return switch_on(o.version); }},
    {"--help", "", "this text", [](Options& o, Text) { return switch_on(o.help); }},
});

}  // namespace

base::Expected<Options> parse_options(std::span<const char* const> arguments,
                                      std::string_view admin_default) {
    Options options;
    options.admin = {"127.0.0.1", config::kDefaultAdminPort};
    if (!admin_default.empty()) {
        if (const Status parsed = parse_admin(options, admin_default); !parsed) {
            return parsed.error().in("RINGCTL_ADMIN");
        }
    }
    const auto words = base::parse_command_line<Options>(kOptions, arguments, options);
    if (!words) {
        return words.error();
    }
    options.words.assign(words->begin(), words->end());
    return options;
}

std::string option_help() {
    return base::help_lines<Options>(kOptions);
}

}  // namespace ringside::ctl
