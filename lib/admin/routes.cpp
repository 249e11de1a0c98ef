#include "admin/routes.h"

#include "admin/handlers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ringside::admin {
namespace {

constexpr auto kReadyQuery = std::to_array<QueryRow>({
    {"verbose", "", "a line per pool even if all is well"},
});
constexpr auto kHealthQuery = std::to_array<QueryRow>({
    {"verbose", "", "a line per pool, and per thing that is wrong with it: since when, and what"},
    {"fail", "degraded|down", "503 instead of 200 if it is that, or worse"},
});
constexpr auto kRingQuery = std::to_array<QueryRow>({
    {"format", "points|nodes|summary",
     "every point (default), each node with its points, or with their number and its share"},
});
constexpr auto kConnectionsQuery = std::to_array<QueryRow>({
    {"side", "session|link", "only those of clients, or only those to nodes"},
    {"limit", "N", "at most so many, 1 to 1000 (default 100)"},
    {"from", "NEXT", "where the page before has ended: its `next`"},
});
constexpr auto kTopKeysQuery = std::to_array<QueryRow>({
    {"limit", "N", "at most so many, 1 to 100 (default 20)"},
});
constexpr auto kLocateQuery = std::to_array<QueryRow>({
    {"key", "K", "the key, percent-encoded; required", true, false, true},
});
constexpr auto kWhatIfQuery = std::to_array<QueryRow>({
    {"add", "HOST:PORT:WEIGHT NAME",
     "a node that is added, as in `servers`; NAME may be left out; "
     "may be repeated, as the others",
     false, true},
    {"remove", "NAME", "a node that leaves, by its name on the ring", false, true},
    {"weight", "NAME:WEIGHT", "a node that gets another weight", false, true},
    {"eject", "NAME", "a node that is taken out of the ring", false, true},
    {"restore", "NAME", "a node that is put back into it", false, true},
});
constexpr auto kRefreshQuery = std::to_array<QueryRow>({
    {"accept", "older",
     "the answer counts though its version is older than the one that is there, this once: of a "
     "cluster that was made anew; sources without versions have nothing of it"},
});
constexpr auto kEjectQuery = std::to_array<QueryRow>({
    {"for", "60s", "1s to 720h (ms, s, m, h; a bare number: s); without it until restored"},
    {"force", "true|false", "also the last node of the ring (default false)"},
    {"dryRun", "true|false", "only tells what would move, as `what-if` does"},
    {"reason", "TEXT", "shown with the node while it is out, and logged"},
    {"author", "NAME", "who does it: as `reason`"},
});
constexpr auto kRestoreQuery = std::to_array<QueryRow>({
    {"dryRun", "true|false", "only tells what would move, as `what-if` does"},
    {"reason", "TEXT", "for the log"},
    {"author", "NAME", "for the log"},
});
constexpr auto kDrainQuery = std::to_array<QueryRow>({
    {"pool", "NAME", "only the clients of this pool"},
    {"dryRun", "true|false", "only tells how many would be asked"},
    {"reason", "TEXT", "for the log"},
    {"author", "NAME", "for the log"},
});
constexpr auto kLogQuery = std::to_array<QueryRow>({
    {"level", "debug|info|warn|error", "lines below it are not written; required", false, false,
     true},
});

constexpr auto kProbes = AdminScope::probes;
constexpr auto kStats = AdminScope::stats;
constexpr auto kEverything = AdminScope::everything;
constexpr auto kGet = http::Method::get;
constexpr auto kPost = http::Method::post;

constexpr AnswerForm kText{.types = "text/plain"};
constexpr AnswerForm kTagged{.is_tagged = true};
constexpr AnswerForm kAccepted{.status = 202};

constexpr auto kRoutes = std::to_array<Route>({
    {kGet,
     "/",
     kEverything,
     get_index,
     {},
     "This list. For browsers, whose `Accept` prefers text/html, the ring page.",
     {.types = "application/json, text/html", .is_public = true}},
    {kGet,
     "/openapi.json",
     kEverything,
     get_openapi,
     {},
     "This list as OpenAPI 3.1, for programs that make clients or forms of it.",
     kTagged},
    {kGet,
     "/livez",
     kProbes,
     get_livez,
     {},
     "200 `ok` as long as the process answers; says nothing about nodes.",
     kText},
    {kGet, "/readyz", kProbes, get_readyz, kReadyQuery,
     "503 until every pool has had a node in its ring, with the reasons; then 200 `ok` for good, "
     "until the process is told to end.",
     kText},
    {kGet,
     "/readyz/{check}",
     kProbes,
     get_ready_check,
     {},
     "One of its checks alone: `process`, `pools` or `listeners`.",
     kText},
    {kGet, "/healthz", kProbes, get_healthz, kHealthQuery,
     "How the pools fare: `ok`, `degraded` or `down` (no node is in the ring, or none of it "
     "answers), the worst of all. "
     "200 whatever it is, unless `fail` asks for another status.",
     kText},
    {kGet, "/healthz/{pool}", kProbes, get_pool_healthz, kHealthQuery, "The same of one pool.",
     kText},
    {kGet,
     "/conditions",
     kEverything,
     get_conditions,
     {},
     "The process and its pools in the form of the conditions of Kubernetes' objects: `Ready`, "
     "`ConfigurationApplied` and `StateSaved`; of each pool `RingHasNodes` and `Degraded`. Of a "
     "condition that has become well, `lastTransitionTime` is the last change of a node's or "
     "source's state."},
    {kGet,
     "/metrics",
     kProbes,
     get_metrics,
     {},
     "Everything that is counted and measured, for Prometheus: text 0.0.4, or OpenMetrics 1.0.0 if "
     "`Accept` prefers that. docs/METRICS.md lists it.",
     {.types = "text/plain, application/openmetrics-text"}},
    {kGet,
     "/stats",
     kStats,
     get_stats,
     {},
     "Counters in twemproxy's JSON layout: pools by name, in each its nodes by ring name."},
    {kGet,
     "/events",
     kEverything,
     get_events,
     {},
     "What happens, as server-sent events while the connection lasts: `hello` at its beginning, "
     "`ring` (a change, as in `/pools/{pool}/history`, with its `pool`), `reload` and `drain`. 8 "
     "listeners at most (503).",
     {.types = "text/event-stream"}},
    {kGet,
     "/snapshot",
     kEverything,
     get_snapshot,
     {},
     "The version of the routing view, what each worker has adopted of it, and its sessions."},
    {kGet,
     "/workers",
     kEverything,
     get_workers,
     {},
     "What each worker says of itself: its sessions, links, requests in flight and turns, and how "
     "long it took until it came to this question, which is what requests wait as well."},
    {kGet, "/connections", kEverything, get_connections, kConnectionsQuery,
     "Clients' connections (sessions) and those to nodes (links), page by page: age, bytes, "
     "requests in flight, the address of the other side, and the name that a client of Redis has "
     "given itself. What is there all the while is in exactly one page."},
    {kGet,
     "/slow",
     kEverything,
     get_slow,
     {},
     "The slowest requests of the last five minutes, 16 of each minute and worker: command, the "
     "beginning of the first key, node, how long the request waited until its node had got it and "
     "how long for the node. Times are as exact as a turn of the worker is short."},
    {kGet,
     "/config",
     kEverything,
     get_config,
     {},
     "Which configuration is in force since when, how the last attempt to load it went and why, "
     "and "
     "which settings wait for a restart.",
     kTagged},
    {kGet,
     "/log",
     kEverything,
     get_log,
     {},
     "From which level on lines are logged, and how many were dropped because nobody took them."},
    {kPost, "/log", kEverything, post_log, kLogQuery,
     "Logs more or less from now on, as SIGTTIN and SIGTTOU do. With `debug` each request has "
     "lines."},
    {kPost,
     "/config/reload",
     kEverything,
     post_reload,
     {},
     "Loads the configuration file now and answers when that is done, which host names in `listen` "
     "may "
     "delay by up to 8 s; 409 with the reason if it is not applied."},
    {kPost,
     "/takeover",
     kEverything,
     post_takeover,
     {},
     "For `ringside --takeover`: waits for a process of the same user, or of root, at the unix "
     "socket `socket`, and hands it what this one listens on. 409 while another one is at it, and "
     "when this one ends."},
    {kPost, "/clients/drain", kEverything, post_drain_clients, kDrainQuery,
     "Asks clients to leave while the process goes on: what they have sent is answered, then they "
     "are told the end, as those of a removed pool are, within `drain.limit` unless a node owes "
     "them an answer. Whoever connects is served, so they come back. Answers at once, with how "
     "many were asked."},
    {kGet, "/pools", kEverything, get_pools, {}, "All pools, a summary of each."},
    {kGet,
     "/pools/{pool}",
     kEverything,
     get_pool,
     {},
     "A pool: its settings with who has set each, advice on them, its sources and last change, "
     "its nodes with state, reason and share, all counters."},
    {kGet, "/pools/{pool}/ring", kEverything, get_ring, kRingQuery,
     "The ring: points in ascending order, each with the node that owns it, or by node.", kTagged},
    {kGet,
     "/pools/{pool}/discovery",
     kEverything,
     get_discovery,
     {},
     "Where the nodes come from: the source and how it is followed, last and next poll, its "
     "version, time to live and the full names that were found, the last error, where names of "
     "nodes lead, and all sources as in `/pools/{pool}`."},
    {kGet,
     "/pools/{pool}/history",
     kEverything,
     get_history,
     {},
     "The last changes of the ring, the newest first: when and why, who came, left or was ejected, "
     "which share of the keys moved, and when each worker adopted it. At most 64, fewer if they "
     "take more than 64 KiB of memory."},
    {kGet, "/pools/{pool}/what-if", kEverything, get_what_if, kWhatIfQuery,
     "Which share of the keys would move if the pool had other nodes, from where to where. Changes "
     "nothing."},
    {kGet, "/pools/{pool}/keys/top", kEverything, get_top_keys, kTopKeysQuery,
     "The keys that were asked for most often in the last minute, with their node, share and rate; "
     "409 unless the pool has `hot_keys: true`."},
    {kGet, "/pools/{pool}/locate", kEverything, get_locate, kLocateQuery,
     "Which node a key lives on, with its hash, the point that decides, and why."},
    {kPost,
     "/pools/{pool}/locate",
     kEverything,
     post_locate,
     {},
     "The same of many keys at once: the body is a JSON list of keys, the answer the list of what "
     "GET says of each, in their order. At most 1000 keys, and 64 KiB, which only this path takes. "
     "Changes "
     "nothing.",
     {},
     BodyForm::keys},
    {kPost, "/pools/{pool}/refresh", kEverything, post_refresh, kRefreshQuery,
     "Asks the pool's source for its nodes now, and connects to them anew; "
     "answers 202 at once.",
     kAccepted},
    {kPost,
     "/pools/{pool}/reconnect",
     kEverything,
     post_reconnect_all,
     {},
     "The links to all nodes of the pool take no more requests and close when "
     "they owe nothing; new "
     "ones are made at need, at once even where nodes have refused."},
    {kPost, "/pools/{pool}/nodes/{node}/eject", kEverything, post_eject, kEjectQuery,
     "Takes a node out of the ring; 409 if it is the last one. It stays out when the ring is "
     "rebuilt."},
    {kPost, "/pools/{pool}/nodes/{node}/drain", kEverything, post_drain, kEjectQuery,
     "As `eject`, for a node that shall be shut down: its links are closed as well, when they owe "
     "nothing. `drained` of the node is true when none is left."},
    {kPost, "/pools/{pool}/nodes/{node}/restore", kEverything, post_restore, kRestoreQuery,
     "Puts a node back into the ring, and connects to it anew."},
    {kPost,
     "/pools/{pool}/nodes/{node}/reconnect",
     kEverything,
     post_reconnect,
     {},
     "Connects to one node anew, as above."},
});

// What stands for a segment in the path of a route, and where its value goes.
struct Placeholder {
    std::string_view text;
    std::string PathArguments::*value;
};
constexpr auto kPlaceholders = std::to_array<Placeholder>({
    {"{pool}", &PathArguments::pool},
    {"{node}", &PathArguments::node},
    {"{check}", &PathArguments::check},
});

// Null if it is none of them.
constexpr const Placeholder* find_placeholder(std::string_view segment) noexcept {
    for (const Placeholder& each : kPlaceholders) {
        if (each.text == segment) {
            return &each;
        }
    }
    return nullptr;
}

constexpr std::string_view take_segment(std::string_view& path) noexcept {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    return segment;
}

constexpr bool has_known_placeholders(std::string_view path) noexcept {
    while (!path.empty()) {
        const std::string_view segment = take_segment(path);
        if (segment.find('{') != std::string_view::npos && find_placeholder(segment) == nullptr) {
            return false;
        }
    }
    return true;
}
static_assert(std::all_of(kRoutes.begin(), kRoutes.end(),
                          [](const Route& route) { return has_known_placeholders(route.path); }),
              "a placeholder has no row in kPlaceholders");
static_assert(!has_known_placeholders("/pools/{worker}"));

}  // namespace

std::span<const Route> routes() noexcept {
    return kRoutes;
}

// Split first, decoded afterwards: ring names may contain '/'.
std::optional<PathArguments> match_path(std::string_view pattern, std::string_view path) {
    if (std::count(pattern.begin(), pattern.end(), '/') !=
        std::count(path.begin(), path.end(), '/')) {
        return std::nullopt;
    }
    PathArguments arguments;
    while (!pattern.empty() || !path.empty()) {
        const std::string_view expected = take_segment(pattern);
        const std::string_view actual = take_segment(path);
        const Placeholder* const placeholder = find_placeholder(expected);
        if (placeholder == nullptr) {
            if (expected != actual) {
                return std::nullopt;
            }
            continue;
        }
        auto value = http::percent_decode(actual);
        if (!value || value->empty()) {
            return std::nullopt;
        }
        arguments.*placeholder->value = std::move(*value);
    }
    return arguments;
}

}  // namespace ringside::admin
