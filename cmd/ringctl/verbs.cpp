#include "verbs.h"

#include "check.h"
#include "compare.h"
#include "completion.h"
#include "drain.h"
#include "events.h"
#include "help.h"
#include "http/uri.h"
#include "locate.h"
#include "names.h"
#include "render.h"
#include "ring_picture.h"
#include "targets.h"
#include "top.h"
#include "what_if.h"

#include <algorithm>

namespace ringside::ctl {
namespace {

using http::Method;

// A route without anything to fill in.
template <const char* kPath>
std::string route(const Options&) {
    return kPath;
}
constexpr char kReadyz[] = "/readyz?verbose";
constexpr char kHealthz[] = "/healthz?verbose&fail=degraded";
constexpr char kStats[] = "/stats";
constexpr char kSlow[] = "/slow";
constexpr char kPools[] = "/pools";
constexpr char kConfig[] = "/config";
constexpr char kReload[] = "/config/reload";
constexpr char kSnapshot[] = "/snapshot";
constexpr char kWorkers[] = "/workers";
constexpr char kConnections[] = "/connections?limit=1000";

constexpr auto kVerbs = std::to_array<Verb>({
    {.name = "status",
     .group = Group::fares,
     .way = Way::reads,
     .summary = "how the pools fare: ok, degraded or down, why and since when",
     .details = "The exit code tells scripts the worst of them.",
     .examples = "ringctl status\n"
                 "ringctl status --watch=5s\n"
                 "ringctl status -o json   # the same as conditions",
     .target = route<kHealthz>,
     .render = render_health,
     .data_target = "/conditions",
     .judge = judge_health},
    {.name = "health",
     .group = Group::fares,
     .way = Way::reads,
     .summary = "is the proxy ready, and if not, why",
     .examples = "ringctl health\n"
                 "ringctl health --watch --count 30   # a minute",
     .target = route<kReadyz>,
     .render = render_health,
     .data_target = "/conditions"},
    {.name = "check",
     .group = Group::fares,
     .way = Way::reads,
     .summary = "what is wrong with this instance, and how to mend it",
     .details =
         "Looks at readiness, the last reload, settings that wait for a restart, pools, nodes "
         "and\nsources, workers, timers, the log, descriptors, memory and the clock. The exit code "
         "tells the worst\nfinding.",
     .examples = "ringctl check\n"
                 "ringctl check --pid 4711\n"
                 "ringctl check -o json",
     .work = run_check},
    {.name = "top",
     .operands = "[POOL]",
     .group = Group::fares,
     .way = Way::repeats,
     .summary = "live: requests, hits, latencies and errors of pools and nodes",
     .details = "Each reading is the difference to the one before: --watch=TIME says how far apart "
                "they are\n(default 2s), --count how many there are. p50 and p99 are upper bounds, "
                "each twice the one\nbefore; those of a pool are what its clients saw.",
     .examples = "ringctl top\n"
                 "ringctl top cache --watch=1s\n"
                 "ringctl top --count 1 -o json   # for a script",
     .work = run_top},
    {.name = "events",
     .options = "--count",
     .group = Group::fares,
     .way = Way::once,
     .summary = "what happens, while it happens: ring changes, reloads, the drain",
     .details =
         "Until the process ends, or --count events have come. -o json prints each as a line.",
     .examples = "ringctl events\n"
                 "ringctl events --count 1 -o json   # waits for the next one",
     .work = run_events},
    {.name = "slow",
     .group = Group::fares,
     .way = Way::reads,
     .summary = "the slowest requests of the last minutes, and where they waited",
     .examples = "ringctl slow\n"
                 "ringctl slow -o yaml",
     .target = route<kSlow>,
     .render = render_slow},
    {.name = "stats",
     .group = Group::fares,
     .way = Way::reads,
     .summary = "twemproxy's counters of pools and nodes",
     .examples = "ringctl stats\n"
                 "ringctl stats -o wide   # with queues and bytes",
     .target = route<kStats>,
     .render = render_stats},

    {.name = "pools",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "all pools",
     .examples = "ringctl pools\n"
                 "ringctl pools -o wide",
     .target = route<kPools>,
     .render = render_pools},
    {.name = "pool",
     .operands = "POOL",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "a pool: source, last change, nodes",
     .examples = "ringctl pool cache\n"
                 "ringctl pool cache -o json   # with every setting and counter",
     .target = pool_path,
     .render = render_pool},
    {.name = "ring",
     .operands = "POOL",
     .options = "--points --summary",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "a picture of the ring: who owns which part of it, and how much",
     .details =
         "The circle shows the owner of most of each part; it begins at the top and goes the "
         "way of\nthe clock. -o json and yaml have every point.",
     .examples = "ringctl ring cache\n"
                 "ringctl ring cache --summary   # the shares alone\n"
                 "ringctl ring cache --points | head",
     .work = run_ring},
    {.name = "locate",
     .operands = "POOL KEY",
     .options = "--stdin",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "where a key lives, why, how that node fares, and who is next",
     .examples = "ringctl locate cache user:1\n"
                 "ringctl locate cache --stdin < keys.txt   # \"key<TAB>node\" for each",
     .work = run_locate},
    {.name = "keys",
     .operands = "POOL",
     .options = "--limit",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "the hottest keys of the last minute, their share, rate and node",
     .details = "Needs `hot_keys: true` in the pool's settings. One key in 16 is counted, drawn at "
                "random.\nWide tables say which part of a share may be of other, rarer keys.",
     .examples = "ringctl keys cache\n"
                 "ringctl keys cache --limit 5 --watch=10s",
     .target = keys_target,
     .render = render_keys},
    {.name = "discovery",
     .operands = "POOL",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "where the nodes come from: source, polls, names, last error",
     .examples = "ringctl discovery cache",
     .target = [](const Options& options) { return pool_path(options) + "/discovery"; },
     .render = render_discovery},
    {.name = "history",
     .operands = "POOL",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "the last changes of the ring, why, and which keys they moved",
     .examples = "ringctl history cache",
     .target = [](const Options& options) { return pool_path(options) + "/history"; },
     .render = render_history},
    {.name = "what-if",
     .operands = "POOL",
     .options = "--add --remove --weight --eject --restore --config",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "which keys would move if the pool had other nodes",
     .details = "Changes nothing. Each wish may be repeated; all are looked at together.",
     .examples = "ringctl what-if cache --add \"10.0.0.9:11211:1 cache-9\"\n"
                 "ringctl what-if cache --eject cache-1 --weight cache-2:3\n"
                 "ringctl what-if cache --remove cache-1 --config ringside.yml   # by a file",
     .work = run_what_if},
    {.name = "compare",
     .options = "--with --file --pool --keys --key-file",
     .group = Group::keys,
     .way = Way::reads,
     .summary = "would the keys live on the same nodes by this configuration",
     .details = "Needs --with FILE. A file and the running proxy, or with --file two files.",
     .examples = "ringctl compare --with /etc/nutcracker.yml\n"
                 "ringctl compare --with old.yml --file new.yml --key-file keys.txt",
     .work = run_compare},

    {.name = "eject",
     .operands = "POOL NODE",
     .options = "--for --force --dry-run --reason --author",
     .group = Group::steer,
     .way = Way::once,
     .summary = "take a node out of the ring",
     .details =
         "Its keys move to the others, until it is restored or --for is over. The last node of "
         "a ring\nstays in it without --force. NODE may be the beginning of one name only.",
     .examples = "ringctl eject cache cache-1 --for 10m --reason \"new kernel\"\n"
                 "ringctl eject cache cache-1 --dry-run -o json   # which keys would move",
     .method = Method::post,
     .target = eject_target,
     .render = render_ejection},
    {.name = "drain",
     .operands = "POOL NODE",
     .options = "--for --force --dry-run --reason --author --wait",
     .group = Group::steer,
     .way = Way::once,
     .summary = "as eject, and close its links: a node that shall be shut down",
     .details = "A link is closed when it owes nothing. With --wait until none is left: "
                "then no client\nof this proxy notices that the node is stopped.",
     .examples =
         "ringctl drain cache cache-1 --wait --reason \"new kernel\" && ssh cache-1 reboot\n"
         "ringctl drain cache cache-1 --for 1h --wait=5m\n"
         "ringctl restore cache cache-1   # when it is back",
     .work = run_drain},
    {.name = "restore",
     .operands = "POOL NODE",
     .options = "--dry-run --reason --author",
     .group = Group::steer,
     .way = Way::once,
     .summary = "put a node back into the ring",
     .examples = "ringctl restore cache cache-1\n"
                 "ringctl restore cache cache-1 --dry-run   # which keys would move",
     .method = Method::post,
     .target = restore_target,
     .render = render_ejection},
    {.name = "reconnect",
     .operands = "POOL [NODE]",
     .group = Group::steer,
     .way = Way::once,
     .summary = "connect to a node, or all of a pool, anew: links are replaced",
     .examples = "ringctl reconnect cache cache-1\n"
                 "ringctl reconnect cache",
     .method = Method::post,
     .target = reconnect_target,
     .render = render_reconnect},
    {.name = "drain-clients",
     .operands = "[POOL]",
     .options = "--dry-run --reason --author",
     .group = Group::steer,
     .way = Way::once,
     .summary = "ask clients, or those of a pool, to leave and come back",
     .details = "What they have sent is answered, then their connections are closed; who connects "
                "is served. For\nworkers, or proxies behind one address, that share clients "
                "unevenly.",
     .examples = "ringctl drain-clients cache\n"
                 "ringctl drain-clients --dry-run   # how many would be asked",
     .method = Method::post,
     .target = drain_clients_target,
     .render = render_clients_drain},
    {.name = "refresh",
     .operands = "POOL",
     .options = "--accept-older",
     .group = Group::steer,
     .way = Way::once,
     .summary = "ask the pool's source for its nodes now, and connect to them anew",
     .examples = "ringctl refresh cache\n"
                 "ringctl refresh cache --accept-older   # a cluster that was made anew",
     .method = Method::post,
     .target = refresh_target,
     .render = render_refresh},
    {.name = "reload",
     .group = Group::steer,
     .way = Way::once,
     .summary = "load the configuration file now",
     .details = "Refused if something in the file is wrong: then all stays as it is.",
     .examples = "ringctl reload",
     .method = Method::post,
     .target = route<kReload>,
     .render = render_config},
    {.name = "log-level",
     .operands = "LEVEL",
     .group = Group::steer,
     .way = Way::once,
     .summary = "log from debug, info, warn or error on",
     .examples = "ringctl log-level debug   # lines for each request\n"
                 "ringctl log-level info",
     .method = Method::post,
     .target =
         [](const Options& options) {
             return "/log?level=" + http::percent_encode(options.words[1]);
         },
     .render = render_log},

    {.name = "config",
     .group = Group::inside,
     .way = Way::reads,
     .summary = "the configuration in force, and how the last change of it went",
     .examples = "ringctl config\n"
                 "ringctl config -o yaml   # with every setting and who has set it",
     .target = route<kConfig>,
     .render = render_config},
    {.name = "snapshot",
     .group = Group::inside,
     .way = Way::reads,
     .summary = "the routing view, and which workers have adopted it",
     .examples = "ringctl snapshot",
     .target = route<kSnapshot>,
     .render = render_snapshot},
    {.name = "workers",
     .group = Group::inside,
     .way = Way::reads,
     .summary = "what each worker is busy with",
     .examples = "ringctl workers --watch",
     .target = route<kWorkers>,
     .render = render_workers},
    {.name = "connections",
     .group = Group::inside,
     .way = Way::reads,
     .summary = "clients' connections and those to nodes, the first 1000",
     .examples = "ringctl connections\n"
                 "ringctl connections -o json",
     .target = route<kConnections>,
     .render = render_connections},

    {.name = "help",
     .operands = "[VERB]",
     .group = Group::itself,
     .way = Way::offline,
     .summary = "what a verb does, its options and examples",
     .examples = "ringctl help eject",
     .work = run_help},
    {.name = "completion",
     .operands = "SHELL",
     .group = Group::itself,
     .way = Way::offline,
     .summary = "a script that completes verbs, options, pools and nodes in a shell",
     .details =
         "SHELL is bash, zsh or fish. Names of pools and nodes are asked for while you type.",
     .examples = "source <(ringctl completion bash)   # for this shell\n"
                 "ringctl completion bash > /etc/bash_completion.d/ringctl   # for all\n"
                 "ringctl completion zsh > \"${fpath[1]}/_ringctl\"\n"
                 "ringctl completion fish > ~/.config/fish/completions/ringctl.fish",
     .work = run_completion},
    {.name = "names",
     .operands = "[POOL]",
     .group = Group::itself,
     .way = Way::once,
     .summary = "the names of all pools, or of a pool's nodes, a line each: for scripts",
     .examples = "ringctl names\n"
                 "for node in $(ringctl names cache); do ringctl reconnect cache \"$node\"; done",
     .work = run_names},
});

}  // namespace

std::span<const Verb> verbs() noexcept {
    return kVerbs;
}

const Verb* find_verb(std::string_view name) noexcept {
    const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                   [name](const Verb& row) { return row.name == name; });
    return verb == kVerbs.end() ? nullptr : &*verb;
}

bool is_reader(const Verb& verb) noexcept {
    return verb.way == Way::reads || verb.way == Way::repeats;
}

bool takes(const Verb& verb, const OptionRow& option) noexcept {
    const auto own = words_of(verb.options);
    return option.scope == Scope::all ||
           (option.scope == Scope::asking && verb.way != Way::offline) ||
           (option.scope == Scope::reading && is_reader(verb)) ||
           std::find(own.begin(), own.end(), option.name) != own.end();
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

OperandCount count_operands(const Verb& verb) {
    OperandCount count;
    for (const std::string_view operand : words_of(verb.operands)) {
        count.min += operand.starts_with('[') ? 0 : 1;
        ++count.max;
    }
    return count;
}

std::size_t place_of(const Verb& verb, std::string_view operand) {
    const auto operands = words_of(verb.operands);
    for (std::size_t i = 0; i < operands.size(); ++i) {
        if (operands[i] == operand || operands[i] == "[" + std::string(operand) + "]") {
            return i + 1;
        }
    }
    return 0;
}

}  // namespace ringside::ctl
