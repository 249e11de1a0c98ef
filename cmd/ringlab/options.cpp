#include "options.h"

#include "base/command_line.h"
#include "configuration.h"
#include "source_text.h"

#include <fmt/core.h>

#include <unistd.h>

#include <array>
#include <string_view>

namespace ringside::lab {
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

constexpr std::uint32_t kNodesMax = 64;
constexpr base::milliseconds kLingerMax{600'000};

Status parse_linger(Options& options, Text text) {
    const auto linger = base::parse_duration(text, base::milliseconds(1000));
    if (!linger || *linger > kLingerMax) {
        return Error{Errc::invalid_argument, fmt::format("'{}' is not a time up to 10m", text)};
    }
    options.linger = *linger;
    return Done{};
}

Status parse_hosts(Options& options, Text text) {
    if (text != "names" && text != "localhost") {
        return Error{Errc::invalid_argument, fmt::format("'{}': names or localhost", text)};
    }
    options.localhost_names = text == "localhost";
    return Done{};
}

Status parse_source_name(Options& options, Text text) {
    const auto kind = parse_source(text);
    if (!kind) {
        return Error{Errc::invalid_argument, fmt::format("'{}': {}", text, source_choices())};
    }
    options.source = *kind;
    return Done{};
}

constexpr auto kOptions = std::to_array<Option<Options>>({
    {"--dir", "DIR", "where the control socket is (default /tmp/ringlab-UID)",
     [](Options& o, Text text) { return take_text(text, o.directory); }},
    {"--source", "KIND", "what tells the nodes, one of those below (default elasticache)",
     parse_source_name, "start"},
    {"--nodes", "N", "nodes to begin with (default 3)",
     [](Options& o, Text text) { return parse_number(text, 1U, kNodesMax, o.nodes); }, "start"},
    {"--port", "PORT", "of what is asked for the nodes (default: a free one)",
     [](Options& o, Text text) { return parse_number<std::uint16_t>(text, 1, UINT16_MAX, o.port); },
     "start"},
    {"--memory", "MB", "of each node (default 64)",
     [](Options& o, Text text) { return parse_number(text, 1U, 65'536U, o.memory_mb); }, "start"},
    {"--memcached", "PATH", "the memcached to run (default: from PATH)",
     [](Options& o, Text text) { return take_text(text, o.memcached); }, "start"},
    {"--dnsmasq", "PATH", "the dnsmasq to run for dns and srv (default: from PATH)",
     [](Options& o, Text text) { return take_text(text, o.dnsmasq); }, "start"},
    {"--hosts", "FORM",
     "of elasticache: 'names' (node-0001.ringlab.test, the default) or 'localhost'", parse_hosts,
     "start"},
    {"--linger", "TIME", "how long a removed node still runs (default 5s)", parse_linger, "start"},
    {"--new-port", "", "on another port", [](Options& o, Text) { return switch_on(o.new_port); },
     "restart"},
    {"--new-ip", "", "on another loopback address, as if the IP of a name had changed",
     [](Options& o, Text) { return switch_on(o.new_ip); }, "restart"},
    {"--json", "", "as JSON", [](Options& o, Text) { return switch_on(o.json); }, "status"},
    {"--help", "", "this text", [](Options& o, Text) { return switch_on(o.help); }},
});

struct CommandHelp {
    Text form;
    Text help;
};

constexpr auto kCommands = std::to_array<CommandHelp>({
    {"start", "start the lab and stay in the foreground until Ctrl-C or `ringlab stop`"},
    {"add", "start one more node and list it"},
    {"remove NODE", "take a node off the list, end it after the linger time"},
    {"kill NODE", "end a node's process; it stays on the list"},
    {"restart NODE", "start a node again, empty, where it was"},
    {"pause NODE", "stop a node's process (SIGSTOP): connections hang"},
    {"resume NODE", "let it go on"},
    {"status", "the nodes and the version of the list"},
    {"config", "a configuration of Ringside for this lab"},
    {"misbehave MODE", "make the source answer wrongly"},
    {"stop", "end the lab"},
});

}  // namespace

base::Expected<Options> parse_options(std::span<const char* const> arguments) {
    Options options;
    options.directory = fmt::format("/tmp/ringlab-{}", ::getuid());
    const auto words = base::parse_command_line<Options>(kOptions, arguments, options);
    if (!words) {
        return words.error();
    }
    options.words.assign(words->begin(), words->end());
    if (options.localhost_names && options.source != SourceKind::elasticache) {
        return Error{Errc::invalid_argument, "--hosts is for --source elasticache only"};
    }
    if (options.words.empty() && !options.help) {
        return Error{Errc::invalid_argument, "nothing to do; see ringlab --help"};
    }
    return options;
}

std::string help_text() {
    std::string text =
        "ringlab: a small cluster on this machine: real memcached processes, and a source that\n"
        "tells which there are: a configuration endpoint as of ElastiCache, a file, a real\n"
        "nameserver (dnsmasq) with their addresses or SRV records, or an API server as of\n"
        "Kubernetes.\n\n"
        "usage: ringlab COMMAND [options]\n\n";
    for (const auto& [form, help] : kCommands) {
        text += fmt::format("  {:<16} {}\n", form, help);
    }
    text += "\nNODE is a name like node-0001. MODE is one of:\n";
    for (const ModeRow& row : kModes) {
        text += fmt::format("  {:<16} {}\n", row.name, row.help);
    }
    for (const auto& [kind, name] : kSourceKinds) {
        text += fmt::format("Of these {} has {}.\n", name, modes_of(kind));
    }
    return text + "\nOptions:\n" + base::help_lines<Options>(kOptions);
}

}  // namespace ringside::lab
