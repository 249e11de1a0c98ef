#include "findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace ringside::ctl {
namespace {

using http::Json;

constexpr double kPercent = 100;
// Above it the next burst may not find room.
constexpr double kDescriptorsShareMax = 0.8;
constexpr double kMemoryShareMax = 0.9;
// A worker that is so late lets its clients wait so long.
constexpr std::int64_t kWorkerLateUs = 100'000;
constexpr std::chrono::seconds kClockTolerance{5};

// What should be short, and how much of it may be long: above it there is too little CPU, or
// something that blocks. Counted are all since the start, so one bad minute alone says little.
struct Slowness {
    std::string_view family;  // of a histogram
    std::string_view labels;  // which it begins with
    std::string_view where;
    std::string_view what;
    double share_max;
    std::string_view remedy;
};
constexpr std::string_view kSlowBound = "0.131072";  // one of the histograms' bounds, in seconds
constexpr double kSlowCountMin = 3;
constexpr auto kSlownesses = std::to_array<Slowness>({
    {"ringside_control_lag_seconds", "", "control thread",
     "of its timers came more than 131 ms late since the start, and probes and changes of nodes "
     "with them",
     0.01, "give the process more CPU: see its throttling and its neighbours"},
    {"ringside_worker_turn_duration_seconds", "worker=\"", "worker",
     "of its turns took more than 131 ms since the start, while its other clients waited", 0.001,
     "give the process more CPU, or more workers: ringctl workers, ringctl slow"},
});

struct Remedy {
    std::string_view type;  // of a reason of health, or of a condition
    std::string_view text;  // POOL stands for the pool
    // Where auto_eject_hosts is set; empty: the same.
    std::string_view text_with_auto_eject = {};
};

constexpr auto kRemedies = std::to_array<Remedy>({
    {"RingIsEmpty",
     "bring a node back, or see where nodes should come from: ringctl discovery POOL"},
    {"NodesEjected", "restart or mend the node; it comes back by itself once it answers"},
    {"AllNodesFail",
     "see whether the nodes run and can be reached from here: their addresses are in `ringctl "
     "pool`"},
    {"NodesFailing",
     "restart or mend the node, or take it out: ringctl eject POOL NODE --for 10m; "
     "auto_eject_hosts: true does that by itself",
     "restart or mend the node; auto_eject_hosts takes it out as soon as server_failure_limit and "
     "max_ejected let it, and ringctl eject POOL NODE --for 10m at once"},
    {"NodesJoining", "correct the name or its DNS record; ringctl restore POOL NODE lets it in"},
    {"NodeNamesNotFound",
     "look at DNS: the last known addresses stay in use; ringctl discovery POOL"},
    {"NodesRefuse", "correct redis_auth, redis_db or the node; then ringctl reconnect POOL NODE"},
    {"NodesEjectedByOperator", "when the work is done: ringctl restore POOL NODE"},
    {"SourceFails", "mend the source, then: ringctl refresh POOL; the last good list stays in use"},
    {"ListIsSaved", "mend the source, then: ringctl refresh POOL"},
    {"OtherSourceDecides", "mend the preferred source; it takes over with its next list"},
    {"NodesComeAndGo", "find out why it is listed now and then: ringctl history POOL"},
    {"Ending", "nothing: it drains its clients and ends"},
    {"PoolsWithoutNodes", "see where nodes should come from: ringctl discovery POOL"},
    {"CannotListen", "free the address, or change `listen`; then ringctl reload"},
    {"Refused", "correct the file, which is loaded when it changes, or by ringctl reload"},
    {"CannotWrite", "make state_dir writable for the user of the process"},
});

std::string remedy_of(std::string_view type, const std::string& pool, bool auto_eject = false) {
    const auto row = std::find_if(kRemedies.begin(), kRemedies.end(),
                                  [type](const Remedy& each) { return each.type == type; });
    if (row == kRemedies.end()) {
        return "see docs/ALERTS.md";
    }
    std::string text(auto_eject && !row->text_with_auto_eject.empty() ? row->text_with_auto_eject
                                                                      : row->text);
    constexpr std::string_view kPool = "POOL";
    for (std::size_t at = text.find(kPool); at != std::string::npos && !pool.empty();
         at = text.find(kPool, at + pool.size())) {
        text.replace(at, kPool.size(), pool);
    }
    return text;
}

std::string text_or_nothing(const Json& value) {
    return value.is_string() ? value.get<std::string>() : std::string();
}

// What a condition of the process means when it has this status.
struct ConditionRow {
    std::string_view type;
    std::string_view bad_status;
    Severity severity;
};
constexpr auto kConditions = std::to_array<ConditionRow>({
    {"Ready", "False", Severity::broken},
    {"ConfigurationApplied", "False", Severity::warning},
    {"StateSaved", "False", Severity::warning},
});

// Whether a line of GET /metrics is of such a histogram.
bool is_slowness(std::string_view line) {
    return std::any_of(kSlownesses.begin(), kSlownesses.end(), [line](const Slowness& row) {
        return line.starts_with(row.family) &&
               line.substr(row.family.size()).starts_with("_bucket{");
    });
}

// Of a histogram, or of each of several: `le` is the last of their labels.
void add_slowness(const Metrics& metrics, const Slowness& row, Findings& findings) {
    const std::string begin = fmt::format("{}_bucket{{{}", row.family, row.labels);
    const std::string all_end = "le=\"+Inf\"}";
    for (auto each = metrics.lower_bound(begin);
         each != metrics.end() && each->first.starts_with(begin); ++each) {
        const auto& [series, all] = *each;
        if (!series.ends_with(all_end)) {
            continue;
        }
        const std::string head = series.substr(0, series.size() - all_end.size());
        const auto fast = metrics.find(fmt::format("{}le=\"{}\"}}", head, kSlowBound));
        const double slow = fast == metrics.end() ? 0 : all - fast->second;
        if (slow < kSlowCountMin || slow < all * row.share_max) {
            continue;
        }
        const std::string labels = head.substr(begin.size());
        const std::string index = labels.substr(0, labels.find('"'));
        findings.push_back(
            {Severity::hint,
             index.empty() ? std::string(row.where) : fmt::format("{} {}", row.where, index),
             fmt::format("{:.0f} of {:.0f} {}", slow, all, row.what), "", std::string(row.remedy)});
    }
}

}  // namespace

std::string_view to_string(Severity severity) noexcept {
    switch (severity) {
        case Severity::hint:
            return "hint";
        case Severity::warning:
            return "warning";
        case Severity::broken:
            return "broken";
    }
    return {};
}

Findings of_conditions(const Json& answer) {
    Findings findings;
    for (const Json& condition : answer.at("conditions")) {
        const auto type = condition.at("type").get<std::string>();
        const auto status = condition.at("status").get<std::string>();
        for (const ConditionRow& row : kConditions) {
            if (row.type == type && row.bad_status == status) {
                findings.push_back({row.severity, "process",
                                    fmt::format("{} is {}: {}", type, status,
                                                condition.at("message").get<std::string>()),
                                    text_or_nothing(condition.at("lastTransitionTime")),
                                    remedy_of(condition.at("reason").get<std::string>(), "")});
            }
        }
    }
    return findings;
}

Findings of_config(const Json& answer) {
    Findings findings;
    for (const Json& setting : answer.at("waiting_for_restart")) {
        findings.push_back(
            {Severity::warning, "process",
             fmt::format("{} of the file waits for a restart", setting.get<std::string>()), "",
             "restart the process when its clients can bear it, one by one"});
    }
    return findings;
}

Findings of_pool(const Json& answer) {
    Findings findings;
    const auto name = answer.at("name").get<std::string>();
    const std::string where = "pool " + name;
    const bool auto_eject = answer.at("policy").at("auto_eject_hosts").get<bool>();
    for (const Json& reason : answer.at("health").at("reasons")) {
        const auto type = reason.at("type").get<std::string>();
        findings.push_back({reason.at("grade") == "down" ? Severity::broken : Severity::warning,
                            where, reason.at("text").get<std::string>(),
                            text_or_nothing(reason.at("since")),
                            remedy_of(type, name, auto_eject)});
    }
    for (const Json& advice : answer.at("advice")) {
        findings.push_back({Severity::hint, where, advice.get<std::string>(), "",
                            "change the setting where it costs the fewest keys: ringctl compare"});
    }
    if (!answer.at("converged").get<bool>()) {
        findings.push_back({Severity::warning, where, "not all workers route by the present ring",
                            "", "look again; if it stays so, a worker hangs: ringctl workers"});
    }
    if (const auto refused = answer.at("metrics").at("client_refused").get<std::int64_t>();
        refused > 0) {
        findings.push_back(
            {Severity::hint, where,
             fmt::format("{} clients were refused since the start: no room for them", refused), "",
             "raise client_connections, or the limit of open files (ulimit -n)"});
    }
    return findings;
}

Findings of_workers(const Json& answer) {
    Findings findings;
    for (const Json& worker : answer.at("workers")) {
        const auto where = fmt::format("worker {}", worker.at("index").get<int>());
        if (!worker.at("problem").is_null()) {
            findings.push_back({Severity::broken, where, worker.at("problem").get<std::string>(),
                                "", "look at its CPU (top -H); if it hangs, restart the process"});
            continue;
        }
        const auto late_us = worker.at("told_after_us").get<std::int64_t>();
        if (late_us >= kWorkerLateUs) {
            constexpr std::int64_t kUsPerMs = 1000;
            findings.push_back(
                {Severity::warning, where,
                 fmt::format("came to a question after {} ms, as its clients do",
                             late_us / kUsPerMs),
                 "", "give the process more CPU, or more workers: ringctl workers --watch"});
        }
    }
    return findings;
}

Findings of_log(const Json& answer) {
    const auto dropped = answer.at("lines_dropped").get<std::uint64_t>();
    if (dropped == 0) {
        return {};
    }
    return {{Severity::hint, "log",
             fmt::format("{} lines were dropped since the start, as whoever reads them is too slow",
                         dropped),
             "", "log less (ringctl log-level warn), or to a faster place"}};
}

Findings of_snapshot(const Json& answer) {
    Findings findings;
    for (const auto& [listener, counts] : answer.items()) {
        if (!counts.is_object() || !counts.contains("connections_refused")) {
            continue;
        }
        const auto refused = counts.at("connections_refused").get<std::uint64_t>();
        if (refused > 0) {
            findings.push_back(
                {Severity::hint, fmt::format("listener {}", listener),
                 fmt::format("{} connections were refused since the start: too many at once",
                             refused),
                 "", "find out who keeps them open, such as a scraper without a limit"});
        }
    }
    return findings;
}

Metrics read_metrics(std::string_view text) {
    Metrics values;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t blank = line.rfind(' ');  // a label may have some
        if (line.starts_with('#') || blank == std::string_view::npos ||
            (line.find('{') != std::string_view::npos && !is_slowness(line))) {
            continue;
        }
        double value = 0;
        const auto [stop, failed] =
            std::from_chars(line.data() + blank + 1, line.data() + line.size(), value);
        if (failed == std::errc()) {
            values.emplace(line.substr(0, blank), value);
        }
    }
    return values;
}

Findings of_metrics(const Metrics& metrics, std::chrono::system_clock::time_point now) {
    Findings findings;
    const auto value = [&metrics](std::string_view name) {
        const auto found = metrics.find(name);
        return found == metrics.end() ? std::nullopt : std::optional(found->second);
    };
    const auto files = value("process_open_fds");
    const auto files_max = value("process_max_fds");
    if (files && files_max && *files > *files_max * kDescriptorsShareMax) {
        findings.push_back(
            {Severity::warning, "process",
             fmt::format("{:.0f} of {:.0f} descriptors are in use", *files, *files_max), "",
             "raise the limit of open files (ulimit -n, LimitNOFILE=), or lower "
             "client_connections"});
    }
    const auto memory = value("process_resident_memory_bytes");
    const auto memory_max = value("ringside_memory_limit_bytes");
    if (memory && memory_max && *memory > *memory_max * kMemoryShareMax) {
        findings.push_back({Severity::warning, "process",
                            fmt::format("{:.0f} % of the memory that its control group may have "
                                        "are in use",
                                        *memory / *memory_max * kPercent),
                            "", "raise the limit before the kernel ends the process"});
    }
    for (const Slowness& row : kSlownesses) {
        add_slowness(metrics, row, findings);
    }
    const std::chrono::duration<double> here = now.time_since_epoch();
    const auto started = value("process_start_time_seconds");
    if (started && *started > (here + kClockTolerance).count()) {
        findings.push_back({Severity::warning, "clock",
                            fmt::format("the process started {:.0f} s after the present time here",
                                        *started - here.count()),
                            "",
                            "set the clocks of both machines (chronyc tracking): times in logs "
                            "and metrics mislead"});
    }
    return findings;
}

}  // namespace ringside::ctl
