#include "top.h"

#include "fields.h"
#include "http/uri.h"
#include "names.h"
#include "table.h"
#include "watch.h"
#include "yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using http::Json;

constexpr base::milliseconds kIntervalDefault{2'000};
constexpr double kMedian = 0.50;
constexpr double kWorstOfHundred = 0.99;

// Of a node: what it did not answer as it should. Of a pool: how its requests ended.
constexpr auto kNodeErrors = std::to_array<std::string_view>(
    {"server_timedout", "server_err", "server_eof", "protocol_errors", "auth_failed", "queue_full",
     "fast_failures"});
constexpr auto kPoolErrors =
    std::to_array<std::string_view>({"node_error", "proxy_error", "timed_out"});

std::int64_t count_of(const Json& object, std::string_view name) {
    const auto value = object.find(name);
    return value == object.end() ? 0 : value->get<std::int64_t>();
}

std::int64_t grown(std::int64_t before, std::int64_t after) {
    return after >= before ? after - before : after;
}

std::int64_t grown(const Json& before, const Json& after, std::string_view name) {
    return grown(count_of(before, name), count_of(after, name));
}

std::vector<std::int64_t> grown_counts(const Json& before, const Json& after) {
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const std::int64_t was = i < before.size() ? before[i].get<std::int64_t>() : 0;
        counts.push_back(grown(was, after[i].get<std::int64_t>()));
    }
    return counts;
}

std::optional<double> share_of(std::int64_t hits, std::int64_t misses) {
    if (hits + misses == 0) {
        return std::nullopt;
    }
    return static_cast<double>(hits) / static_cast<double>(hits + misses);
}

// What two readings of one thing have in common, a pool or a node.
struct Readings {
    const Json& before;
    const Json& after;
    const std::vector<std::uint64_t>& bounds_us;
    double seconds;

    double per_second(std::int64_t count) const { return static_cast<double>(count) / seconds; }

    void add_latency(Traffic& traffic) const {
        static const Json kNone = Json::array();
        const Json& counts_before =
            before.contains("latency") ? before.at("latency").at("counts") : kNone;
        const auto counts = grown_counts(counts_before, after.at("latency").at("counts"));
        traffic.p50_us = quantile_us(counts, bounds_us, kMedian);
        traffic.p99_us = quantile_us(counts, bounds_us, kWorstOfHundred);
    }
    Json metrics_before() const { return before.value("metrics", Json::object()); }
};

Traffic pool_traffic(const Readings& readings) {
    const Json& after = readings.after;
    const Json was = readings.metrics_before();
    const Json outcomes_before = readings.before.value("outcomes", Json::object());
    Traffic traffic{.pool = after.at("name").get<std::string>(),
                    .state = after.at("health").at("status").get<std::string>()};
    std::map<std::string, std::int64_t, std::less<>> endings;
    for (const auto& [kind, counts] : after.at("outcomes").items()) {
        const Json counts_before = outcomes_before.value(kind, Json::object());
        for (const auto& [ending, count] : counts.items()) {
            endings[ending] += grown(count_of(counts_before, ending), count.get<std::int64_t>());
        }
    }
    std::int64_t errors = 0;
    for (const std::string_view ending : kPoolErrors) {
        errors += endings[std::string(ending)];
    }
    const Json& now = after.at("metrics");
    traffic.requests_per_s = readings.per_second(grown(was, now, "requests"));
    traffic.errors_per_s = readings.per_second(errors);
    traffic.hit_share = share_of(endings["hit"], endings["miss"]);
    traffic.connections = count_of(now, "client_connections");
    readings.add_latency(traffic);
    return traffic;
}

Traffic node_traffic(const std::string& pool, const Readings& readings) {
    const Json& after = readings.after;
    const Json was = readings.metrics_before();
    const Json& now = after.at("metrics");
    Traffic traffic{.pool = pool,
                    .node = after.at("name").get<std::string>(),
                    .state = after.at("state").get<std::string>()};
    std::int64_t errors = 0;
    for (const std::string_view name : kNodeErrors) {
        errors += grown(was, now, name);
    }
    traffic.requests_per_s = readings.per_second(grown(was, now, "requests"));
    traffic.errors_per_s = readings.per_second(errors);
    traffic.hit_share = share_of(grown(was, now, "hits"), grown(was, now, "misses"));
    traffic.connections = count_of(now, "server_connections");
    traffic.in_flight = count_of(now, "in_queue") + count_of(now, "out_queue");
    readings.add_latency(traffic);
    return traffic;
}

std::string latency_text(const std::optional<std::uint64_t>& us) {
    constexpr double kUsPerMs = 1000.0;
    return us ? fmt::format("{:.3g} ms", static_cast<double>(*us) / kUsPerMs) : "-";
}

std::string table_of(const std::vector<Traffic>& rows, const View& view) {
    constexpr double kPercent = 100.0;
    Table table({"POOL", "NODE", "REQ/S", "HITS", "P50", "P99", "ERRORS/S", "CONNECTIONS",
                 "IN FLIGHT", "STATE"},
                view);
    for (const Traffic& row : rows) {
        table.add({row.node.empty() ? row.pool : "", row.node,
                   fmt::format("{:.0f}", row.requests_per_s),
                   row.hit_share ? fmt::format("{:.1f}%", *row.hit_share * kPercent) : "-",
                   latency_text(row.p50_us), latency_text(row.p99_us),
                   fmt::format("{:.1f}", row.errors_per_s), std::to_string(row.connections),
                   row.node.empty() ? "" : std::to_string(row.in_flight), row.state});
    }
    return table.text();
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json json_of(const std::vector<Traffic>& rows, double seconds) {
    Json list = Json::array();
    for (const Traffic& row : rows) {
        list.push_back({{"pool", row.pool},
                        {"node", row.node.empty() ? Json(nullptr) : Json(row.node)},
                        {"requests_per_s", row.requests_per_s},
                        {"hit_share", or_null(row.hit_share)},
                        {"p50_us", or_null(row.p50_us)},
                        {"p99_us", or_null(row.p99_us)},
                        {"errors_per_s", row.errors_per_s},
                        {"connections", row.connections},
                        {"in_flight", row.node.empty() ? Json(nullptr) : Json(row.in_flight)},
                        {"state", row.state}});
    }
    return {{"seconds", seconds}, {"traffic", std::move(list)}};
}

// A pool's answer, and when it came.
struct PoolReading {
    Json answer;
    base::TimePoint at;
};
using PoolReadings = std::map<std::string, PoolReading>;

Expected<PoolReadings> read_pools(Api& api, const Options& options) {
    auto names =
        options.words.size() > 1 ? std::vector{options.words[1]} : std::vector<std::string>();
    if (names.empty()) {
        auto all = pool_names(api);
        if (!all) {
            return all.error();
        }
        names = std::move(*all);
    }
    PoolReadings readings;
    for (const std::string& name : names) {
        auto answer = api.get("/pools/" + http::percent_encode(name));
        if (!answer) {
            return answer.error();
        }
        readings.emplace(name, PoolReading{std::move(*answer), base::Clock::now()});
    }
    return readings;
}

std::string text_between(const PoolReadings& before, const PoolReadings& after, const View& view) {
    std::vector<Traffic> rows;
    double seconds = 0;
    for (const auto& [name, reading] : after) {
        const auto was = before.find(name);
        if (was == before.end()) {
            continue;  // a pool that is new: the next reading knows
        }
        seconds = std::chrono::duration<double>(reading.at - was->second.at).count();
        for (Traffic& row : traffic_between(was->second.answer, reading.answer, seconds)) {
            rows.push_back(std::move(row));
        }
    }
    return view.is_data() ? as_data(view, http::to_text(json_of(rows, seconds)))
                          : table_of(rows, view);
}

}  // namespace

std::optional<std::uint64_t> quantile_us(std::span<const std::int64_t> counts,
                                         std::span<const std::uint64_t> bounds_us, double share) {
    const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    if (all == 0 || bounds_us.empty()) {
        return std::nullopt;
    }
    const auto wanted = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(all)));
    std::int64_t seen = 0;
    for (std::size_t i = 0; i < std::min(counts.size(), bounds_us.size()); ++i) {
        seen += counts[i];
        if (seen >= wanted) {
            return bounds_us[i];
        }
    }
    return bounds_us.back();
}

std::vector<Traffic> traffic_between(const Json& before, const Json& after, double seconds) {
    const auto bounds = after.at("latency_bounds_us").get<std::vector<std::uint64_t>>();
    std::vector<Traffic> rows{pool_traffic({before, after, bounds, seconds})};
    const Json none = Json::object();
    for (const Json& node : after.at("nodes")) {
        const Json& nodes = before.at("nodes");
        const auto was = std::find_if(nodes.begin(), nodes.end(), [&node](const Json& each) {
            return each.at("name") == node.at("name");
        });
        rows.push_back(node_traffic(rows.front().pool,
                                    {was == nodes.end() ? none : *was, node, bounds, seconds}));
    }
    return rows;
}

Expected<Shown> run_top(Api& api, const Options& options) {
    Options timed = options;
    timed.watch = options.watch.value_or(kIntervalDefault);
    // The first reading shows nothing.
    timed.count = options.count ? std::optional(*options.count + 1) : std::nullopt;
    Watch watch(timed, true);
    std::optional<PoolReadings> before;
    do {
        auto after = read_pools(api, options);
        if (!after) {
            return after.error();
        }
        if (before) {
            watch.show(text_between(*before, *after, options.view));
        }
        before = std::move(*after);
    } while (watch.wait_for_next());
    return Shown{};
}

}  // namespace ringside::ctl
