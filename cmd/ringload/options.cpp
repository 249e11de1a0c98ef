#include "options.h"

#include "base/command_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

namespace ringside::load {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Option;
using base::parse_number;
using base::Status;
using base::switch_on;
using base::take_text;
using Text = std::string_view;

// memcached's limit on a key is 250 bytes; the number behind the prefix takes 8.
constexpr std::size_t kPrefixBytesMax = 200;
constexpr std::uint32_t kClientsMax = 20'000;
constexpr std::uint32_t kPipelineMax = 10'000;
constexpr std::uint32_t kKeysMax = 100'000'000;
constexpr std::uint32_t kValueBytesMax = 64U << 20;
constexpr base::milliseconds kDurationMax{24 * 3'600'000};

Status parse_time(Text text, base::milliseconds& time) {
    const auto parsed = base::parse_duration(text, base::milliseconds(1000));
    if (!parsed || *parsed > kDurationMax || parsed->count() == 0) {
        return Error{Errc::invalid_argument, fmt::format("'{}' is not a time up to 24h", text)};
    }
    time = *parsed;
    return Done{};
}

Status parse_protocol(Options& options, Text text) {
    if (text != "memcached" && text != "redis") {
        return Error{Errc::invalid_argument, fmt::format("'{}': memcached or redis", text)};
    }
    options.protocol = text == "redis" ? Protocol::redis : Protocol::memcached;
    return Done{};
}

Status parse_ratio(Options& options, Text text) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), options.get_ratio);
    if (error != std::errc() || end != text.data() + text.size() ||
        !(options.get_ratio >= 0 && options.get_ratio <= 1)) {
        return Error{Errc::invalid_argument, fmt::format("'{}' is not a number from 0 to 1", text)};
    }
    return Done{};
}

Status parse_prefix(Options& options, Text text) {
    const auto is_bad = [](char c) { return c <= 0x20 || c == 0x7f; };
    if (text.size() > kPrefixBytesMax || std::any_of(text.begin(), text.end(), is_bad)) {
        return Error{Errc::invalid_argument,
                     fmt::format("at most {} printable bytes without blanks", kPrefixBytesMax)};
    }
    return take_text(text, options.prefix);
}

constexpr auto kOptions = std::to_array<Option<Options>>({
    {"--target", "ADDRESS", "host:port or /path/of/socket (required)",
     [](Options& o, Text text) { return take_text(text, o.target); }},
    {"--protocol", "NAME", "memcached (the default) or redis", parse_protocol},
    {"--clients", "N", "connections (default 50)",
     [](Options& o, Text text) { return parse_number(text, 1U, kClientsMax, o.clients); }},
    {"--pipeline", "N", "requests that a client sends at once (default 1)",
     [](Options& o, Text text) { return parse_number(text, 1U, kPipelineMax, o.pipeline); }},
    {"--multi-get", "N", "keys of one get (default 1)",
     [](Options& o, Text text) { return parse_number(text, 1U, 10'000U, o.multi_get); }},
    {"--keys", "N", "different keys (default 10000)",
     [](Options& o, Text text) { return parse_number(text, 1U, kKeysMax, o.keys); }},
    {"--value-bytes", "N", "length of a value (default 100)",
     [](Options& o, Text text) { return parse_number(text, 0U, kValueBytesMax, o.value_bytes); }},
    {"--get-ratio", "R", "share of gets, the rest are sets (default 0.9)", parse_ratio},
    {"--prefix", "TEXT", "what keys begin with (default ringload:)", parse_prefix},
    {"--seed", "N", "of the random order of requests (default 1)",
     [](Options& o, Text text) {
         return parse_number<std::uint64_t>(text, 0, UINT64_MAX, o.seed);
     }},
    {"--seconds", "TIME", "length of the run (default 10); ends at once on SIGINT or SIGTERM",
     [](Options& o, Text text) { return parse_time(text, o.duration); }},
    {"--requests", "N", "end after so many requests; 0 with --warm: only store the keys",
     [](Options& o, Text text) {
         return parse_number<std::uint64_t>(text, 0, UINT64_MAX - 1, o.requests);
     }},
    {"--timeout", "TIME", "an answer that takes longer is lost (default 5)",
     [](Options& o, Text text) { return parse_time(text, o.timeout); }},
    {"--warm", "", "store all keys before the run",
     [](Options& o, Text) { return switch_on(o.warm); }},
    {"--verify-values", "", "compare every byte of every value, not only key and length",
     [](Options& o, Text) { return switch_on(o.verify_values); }},
    {"--allow-errors", "", "exit with 0 in spite of error replies",
     [](Options& o, Text) { return switch_on(o.allow_errors); }},
    {"--json", "", "print the result as JSON", [](Options& o, Text) { return switch_on(o.json); }},
    {"--progress", "", "a line on standard error each second",
     [](Options& o, Text) { return switch_on(o.progress); }},
    {"--help", "", "this text", [](Options& o, Text) { return switch_on(o.help); }},
});

}  // namespace

base::Expected<Options> parse_options(std::span<const char* const> arguments) {
    Options options;
    const auto words = base::parse_command_line<Options>(kOptions, arguments, options);
    if (!words) {
        return words.error();
    }
    if (options.help) {
        return options;
    }
    if (!words->empty()) {
        return Error{Errc::invalid_argument, fmt::format("unexpected '{}'", words->front())};
    }
    if (options.target.empty()) {
        return Error{Errc::invalid_argument, "--target is missing; see ringload --help"};
    }
    if (options.multi_get > options.keys) {
        return Error{Errc::invalid_argument, "--multi-get is larger than --keys"};
    }
    return options;
}

std::string help_text() {
    return "ringload: a closed-loop load generator for memcached and Redis that checks every "
           "reply.\n\n"
           "usage: ringload --target ADDRESS [options]\n\n" +
           base::help_lines<Options>(kOptions) +
           "\nExit code 0: every reply was right. 1: wrong or lost replies, or errors. 2: it could "
           "not run.\n";
}

}  // namespace ringside::load
