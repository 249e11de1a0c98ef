#include "commands.h"

#include "api.h"
#include "compare.h"
#include "render.h"
#include "table.h"
#include "what_if.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>
#include <vector>

namespace ringside::ctl {
namespace {

using http::Method;
using http::percent_encode;

std::string pool_path(const Options& options) {
    return "/pools/" + http::percent_encode(options.words[1]);
}

std::string node_path(const Options& options) {
    return pool_path(options) + "/nodes/" + http::percent_encode(options.words[2]);
}

std::string ring_target(const Options& options) {
    return pool_path(options) + "/ring" + (options.summary ? "?format=summary" : "");
}

std::string locate_target(const Options& options, std::string_view key) {
    return pool_path(options) + "/locate?key=" + http::percent_encode(key);
}

std::string reconnect_target(const Options& options) {
    return (options.words.size() > 2 ? node_path(options) : pool_path(options)) + "/reconnect";
}

std::string refresh_target(const Options& options) {
    return pool_path(options) + "/refresh" + (options.accept_older ? "?accept=older" : "");
}

std::string eject_target(const Options& options) {
    std::string target = node_path(options) + "/eject?force=" + (options.force ? "true" : "false");
    target += options.dry_run ? "&dryRun=true" : "";
    if (!options.duration.empty()) {
        target += "&for=" + http::percent_encode(options.duration);
    }
    return target;
}

// Of a node that is ejected, or of what would become of the ring.
std::string render_ejection(const std::string& body) {
    return nlohmann::json::parse(body).contains("moved_percent") ? render_what_if(body)
                                                                 : render_node(body);
}

// A route of the API and how its answer is shown; or, without a route, `work`.
struct Command {
    std::string_view name;
    std::string_view operands;
    std::string_view help;
    http::Method method;
    std::string (*target)(const Options&);
    std::string (*render)(const std::string& body);
    base::Expected<int> (*work)(const Options&) = nullptr;  // prints; the exit code
};

// The words in `operands`: those that have to be given, and at most. "POOL [NODE]": 1 and 2. Those
// of options are not counted.
struct OperandCount {
    std::size_t min = 0, max = 0;
};
OperandCount count_operands(std::string_view operands) {
    OperandCount count;
    for (std::size_t at = 0; at < operands.size() && !operands.starts_with("--");) {
        const std::size_t end = std::min(operands.find(' ', at), operands.size());
        count.min += operands[at] == '[' ? 0 : 1;
        ++count.max;
        at = end + 1;
    }
    return count;
}

constexpr auto kCommands = std::to_array<Command>({
    {"health", "", "is the proxy ready, and if not, why", http::Method::get,
     [](const Options&) { return std::string("/readyz?verbose"); }, render_plain},
    {"status", "", "how the pools fare, why and since when; fails if not all are ok",
     http::Method::get,
     [](const Options&) { return std::string("/healthz?verbose&fail=degraded"); }, render_plain},
    {"stats", "", "counters of pools and nodes", http::Method::get,
     [](const Options&) { return std::string("/stats"); }, render_stats},
    {"snapshot", "", "the routing view, and which workers have adopted it", http::Method::get,
     [](const Options&) { return std::string("/snapshot"); }, render_snapshot},
    {"config", "", "the configuration in force, and how the last change of it went",
     http::Method::get, [](const Options&) { return std::string("/config"); }, render_config},
    {"workers", "", "what each worker is busy with", http::Method::get,
     [](const Options&) { return std::string("/workers"); }, render_workers},
    {"connections", "", "clients' connections and those to nodes, the first 1000",
     http::Method::get, [](const Options&) { return std::string("/connections?limit=1000"); },
     render_connections},
    {"slow", "", "the slowest requests of the last minutes, and where they waited",
     http::Method::get, [](const Options&) { return std::string("/slow"); }, render_slow},
    {"log-level", "LEVEL", "log from debug, info, warn or error on", http::Method::post,
     [](const Options& options) { return "/log?level=" + percent_encode(options.words[1]); },
     render_plain},
    {"reload", "", "load the configuration file now", http::Method::post,
     [](const Options&) { return std::string("/config/reload"); }, render_config},
    {"pools", "", "all pools", http::Method::get,
     [](const Options&) { return std::string("/pools"); }, render_pools},
    {"pool", "POOL", "a pool: source, last change, nodes", http::Method::get, pool_path,
     render_pool},
    {"ring", "POOL", "the points of the ring and their owners (--summary: shares)",
     http::Method::get, ring_target, render_ring},
    {"locate", "POOL KEY", "where a key lives, and why (--stdin: many keys)", http::Method::get,
     [](const Options& options) { return locate_target(options, options.words[2]); },
     render_location},
    {"eject", "POOL NODE", "take a node out of the ring (--for, --force, --dry-run)",
     http::Method::post, eject_target, render_ejection},
    {"restore", "POOL NODE", "put a node back", http::Method::post,
     [](const Options& options) { return node_path(options) + "/restore"; }, render_node},
    {"reconnect", "POOL [NODE]", "connect to a node, or all of a pool, anew: links are replaced",
     http::Method::post, reconnect_target, render_reconnect},
    {"refresh", "POOL",
     "ask the pool's source for its nodes now, and connect to them anew (--accept-older)",
     http::Method::post, refresh_target, render_refresh},
    {"what-if", "POOL", "which keys would move with other nodes (--add, --remove, --weight)",
     http::Method::get, nullptr, nullptr, run_what_if},
    {"discovery", "POOL", "where the nodes come from: source, polls, names, last error",
     http::Method::get, [](const Options& options) { return pool_path(options) + "/discovery"; },
     render_discovery},
    {"history", "POOL", "the last changes of the ring, why, and which keys they moved",
     http::Method::get, [](const Options& options) { return pool_path(options) + "/history"; },
     render_history},
    {"compare", "--with FILE", "would the keys live on the same nodes by this configuration",
     http::Method::get, nullptr, nullptr, run_compare},
});

int fail(int exit_code, std::string_view message) {
    fmt::print(stderr, "ringctl: {}\n", message);
    return exit_code;
}

// Nothing went wrong between here and the API; it may still have said no.
int show(const Options& options, const Command& command, const http::Response& response) {
    const bool refused = response.status >= kStatusErrorsBegin;
    if (options.json || response.content_type.starts_with("text/plain")) {
        fmt::print("{}", render_plain(response.body));
        return refused ? kExitRefused : kExitOk;
    }
    if (refused) {
        return fail(kExitRefused, error_message(response.body));
    }
    const bool is_ring_summary = options.summary && command.render == render_ring;
    fmt::print(
        "{}", is_ring_summary ? render_ring_summary(response.body) : command.render(response.body));
    return kExitOk;
}

// One request per key on one connection.
int locate_lines(const Options& options, Api& api) {
    int exit_code = kExitOk;
    for (std::string key; std::getline(std::cin, key);) {
        const auto response = api.send(http::Method::get, locate_target(options, key));
        if (!response) {
            return fail(kExitFailed, response.error().message);
        }
        if (response->status >= kStatusErrorsBegin) {
            exit_code = fail(kExitRefused,
                             fmt::format("{}: {}", printable(key), error_message(response->body)));
            continue;
        }
        fmt::print("{}\t{}\n", key, located_node(response->body));
    }
    return exit_code;
}

int run(const Options& options, const Command& command) {
    if (command.work != nullptr) {
        const auto exit_code = command.work(options);
        return exit_code ? *exit_code : fail(kExitFailed, exit_code.error().message);
    }
    Api api(options);
    if (options.from_stdin) {
        return locate_lines(options, api);
    }
    const auto response = api.send(command.method, command.target(options));
    if (!response) {
        return fail(kExitFailed, response.error().message);
    }
    return show(options, command, *response);
}

}  // namespace

int run_command(const Options& options) {
    if (options.words.empty()) {
        return fail(kExitFailed, "nothing to do; see ringctl --help");
    }
    const std::string& name = options.words.front();
    const auto* command = std::find_if(kCommands.begin(), kCommands.end(),
                                       [&name](const Command& row) { return row.name == name; });
    if (command == kCommands.end()) {
        return fail(kExitFailed, fmt::format("unknown command '{}'; see ringctl --help", name));
    }
    const OperandCount wanted = count_operands(command->operands);
    // The last one of them, and more, come from there.
    const std::size_t given = options.words.size() - 1 + (options.from_stdin ? 1 : 0);
    if (given < wanted.min || given > wanted.max) {
        return fail(kExitFailed, fmt::format("usage: ringctl {} {}", name, command->operands));
    }
    try {
        return run(options, *command);
    } catch (const nlohmann::json::exception& error) {
        return fail(kExitFailed, fmt::format("not an answer of the admin API: {}", error.what()));
    }
}

std::string help_text() {
    std::string text =
        "ringctl: looks into a running ringside, and moves nodes out of its ring and back.\n\n"
        "usage: ringctl [options] COMMAND\n\n";
    for (const Command& command : kCommands) {
        text += fmt::format("  {:<24} {}\n", fmt::format("{} {}", command.name, command.operands),
                            command.help);
    }
    return text + "\nOptions:\n" + option_help() +
           "\nExit codes: 0 done, 1 the API refused or is not ready, or (compare) keys live on "
           "other "
           "nodes,\n2 wrong usage, no answer, or (compare) not everything could be compared.\n";
}

}  // namespace ringside::ctl
