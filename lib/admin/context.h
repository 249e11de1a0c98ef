// What the admin API knows of the process: read by the handlers, filled by App.
#pragma once

#include "admin/access.h"
#include "admin/events.h"
#include "admin/worker_answers.h"
#include "base/clock.h"
#include "base/expected.h"
#include "base/log.h"
#include "config/explanation.h"
#include "discovery/controller.h"
#include "http/server.h"
#include "metrics/metrics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

// A worker thread as the control thread sees it.
struct WorkerView {
    std::uint32_t index = 0;
    std::uint64_t adopted_version = 0;      // of the snapshot that the worker routes by
    std::size_t sessions = 0;               // client connections that it serves
    metrics::Histogram::Values turns = {};  // how long its turns were
};

// What one listener has seen since its start.
using AdminCounters = http::ServerCounters;

// Of the admin API, the statistics or the probes.
struct ListenerView {
    std::string_view name;  // of its key: "admin"
    AdminCounters counters;
};

// How the configuration was loaded.
struct ReloadView {
    std::chrono::system_clock::time_point at;
    std::string trigger;  // "start", "SIGHUP", "admin API", "changed file"
    bool applied = false;
    std::string reason;  // why it was refused, or what it has changed
    // Since when attempts go as this one.
    std::chrono::system_clock::time_point outcome_since = {};
};

// The configuration that is in force, and the last attempt to change it.
struct ConfigView {
    std::string file;
    bool watched = false;          // a changed file is loaded by itself
    std::uint64_t generation = 1;  // one more with each that was applied
    std::uint64_t refused = 0;     // attempts that changed nothing because something is wrong
    std::chrono::system_clock::time_point loaded_at;
    ReloadView last;
    std::vector<std::string> waiting_for_restart;  // settings of the file that are not in force yet
};

// The file in which lists and the operator's ejections outlive the process.
struct StateView {
    std::string path = {};  // empty: nothing is kept
    std::string read = {};  // what came of reading it at start, one phrase
    std::uint64_t writes = 0;
    std::uint64_t failures = 0;
    std::string last_failure = {};  // empty: the last attempt was none
    std::optional<std::chrono::system_clock::time_point> written_at = std::nullopt;
};

// Where the process waits for the one that takes its place (`ringside --takeover`).
struct TakeoverOffer {
    std::string socket;  // "@NAME", of the kernel's own space of names
    std::int64_t pid = 0;
    base::milliseconds wait{0};
};

// Told the outcome of a load: the error is why the old configuration stays.
using OnReloaded = std::function<void(const base::Status&)>;

// Everything here outlives the servers that use it.
struct AdminContext {
    discovery::Controller& controller;
    metrics::Registry& registry;
    Events& events;
    Access& access;
    std::string version;  // of the program
    std::chrono::system_clock::time_point started;
    std::function<std::vector<WorkerView>()> workers;
    std::function<std::vector<ListenerView>()> listeners;     // those that are open
    std::function<metrics::Histogram::Values()> control_lag;  // how late its timers were
    std::function<ConfigView()> config;
    // Whether the process was told to end.
    std::function<bool()> is_ending;
    // Why pools that have their nodes do not listen all the same, one line each.
    std::function<std::vector<std::string>()> listen_problems;
    // Loads the file now, or after the load that is under way. The outcome may come inside the
    // call.
    std::function<void(OnReloaded)> reload;
    // Since when it is ready, or is not.
    std::function<std::chrono::system_clock::time_point()> ready_since;
    std::function<StateView()> state = [] { return StateView{}; };
    WorkerQuestions ask = {};
    std::function<void(base::LogLevel)> set_log_level = {};
    // conflict: not now.
    std::function<base::Expected<TakeoverOffer>()> offer_takeover = {};
    // Those in force, of all pools and the process.
    std::function<const config::Explanation&()> settings = {};
};

// Which routes a listener offers: those of its own scope and of the narrower ones before it.
// `probes` and `stats` may face the network; only what changes nothing is in them.
enum class AdminScope : std::uint8_t { probes, stats, everything };

}  // namespace ringside::admin
