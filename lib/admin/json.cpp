#include "admin/json.h"

#include "admin/json_health.h"
#include "admin/json_history.h"
#include "admin/json_sources.h"
#include "base/json_text.h"
#include "config/schema.h"
#include "discovery/pool_health.h"
#include "http/json.h"
#include "routing/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

namespace ringside::admin {
namespace {

using http::Json;

template <typename Values>
Json metrics_object(std::span<const metrics::Description> descriptions, const Values& values,
                    std::size_t count) {
    Json object = Json::object();
    for (std::size_t i = 0; i < count; ++i) {
        object.emplace(std::string(descriptions[i].name), values[i]);
    }
    return object;
}

// How long things took, without the empty buckets at the end.
Json latency_object(const metrics::Histogram::Values& latency) {
    std::size_t used = latency.counts.size();
    while (used > 0 && latency.counts[used - 1] == 0) {
        --used;
    }
    constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
    Json counts = Json::array();
    for (std::size_t i = 0; i < used; ++i) {
        counts.push_back(latency.counts[i]);
    }
    return {{"counts", std::move(counts)}, {"sum_us", latency.sum_ns / kNanosecondsPerMicrosecond}};
}

// The upper ends of the buckets; what is above the last one has a bucket too.
Json latency_bounds_array() {
    Json bounds = Json::array();
    for (std::size_t i = 0; i < metrics::Histogram::kBounds; ++i) {
        bounds.push_back(metrics::Histogram::bound(i).count());
    }
    return bounds;
}

// How many requests of each class have ended how.
Json outcomes_object(const metrics::RequestCounts::Values& endings) {
    using metrics::RequestCounts;
    Json object = Json::object();
    for (std::size_t i = 0; i < endings.size(); ++i) {
        const auto kind = static_cast<metrics::RequestKind>(i / RequestCounts::kEndings);
        const auto ending = static_cast<metrics::RequestEnding>(i % RequestCounts::kEndings);
        object[to_string(kind)][to_string(ending)] = endings[i];
    }
    return object;
}

std::string_view protocol_name(routing::ProtocolKind protocol) noexcept {
    switch (protocol) {
        case routing::ProtocolKind::memcached:
            return "memcached";
        case routing::ProtocolKind::redis:
            return "redis";
    }
    return "unknown";
}

Json node_object(const discovery::NodeView& view) {
    Json addresses = Json::array();
    for (const routing::Address& address : view.addresses) {
        addresses.push_back(routing::to_string(address));
    }
    Json object = {
        {"name", view.node.name},
        {"address", routing::to_string(view.node.address)},
        {"addresses", std::move(addresses)},
        {"address_problem",
         view.address_problem.empty() ? Json(nullptr) : Json(view.address_problem)},
        {"address_problem_since", utc(view.address_problem_since)},
        {"weight", view.node.weight},
        {"state", routing::to_string(view.state)},
        {"state_since", utc(view.state_since)},
        {"reason", view.reason},
        {"failing_since", utc(view.failing_since)},
        {"problem", view.problem.empty() ? Json(nullptr) : Json(view.problem)},
        {"problem_since", utc(view.problem_since)},
        {"link_epoch", view.link_epoch},
        {"remaining_ms", view.remaining ? Json(view.remaining->count()) : Json(nullptr)},
        {"failures", view.failures},
        {"points", view.points},
        {"share", view.share},
    };
    return object;
}

// Whether a node that the operator drains has no link any more.
Json drained_or_null(const discovery::NodeView& node, std::int64_t connections) {
    return node.is_drained ? Json(connections == 0) : Json(nullptr);
}

std::int64_t connections_of(const metrics::NodeCells::Totals& totals) {
    return totals.counters[static_cast<std::size_t>(metrics::NodeMetric::server_connections)];
}

Json policy_object(const routing::PoolPolicy& policy) {
    std::string tag;
    if (policy.hash_tag[0] != '\0') {
        tag.assign(policy.hash_tag.begin(), policy.hash_tag.end());
    }
    return {
        {"protocol", protocol_name(policy.protocol)},
        {"distribution", routing::to_string(policy.distribution)},
        {"hash", routing::to_string(policy.hash)},
        {"hash_tag", tag},
        {"timeout_ms", policy.timeout.count()},
        {"auto_eject_hosts", policy.auto_eject},
        {"server_failure_limit", policy.failure_limit},
        {"server_retry_timeout_ms", policy.retry_timeout.count()},
        {"drain_timeout_ms", policy.drain_timeout.count()},
    };
}

Json source_object(const discovery::PoolView& view) {
    Json kept_out = Json::array();
    for (const discovery::KeptOutView& node : view.kept_out) {
        kept_out.push_back({{"name", node.name},
                            {"returns", node.returns},
                            {"remaining_ms", node.remaining.count()}});
    }
    return {
        {"description", view.source},
        {"version", source_version(view)},
        {"discovered", view.discovered},
        {"state", view.source_state},
        {"state_since", utc(view.source_state_since)},
        {"stale", view.stale_since.has_value()},
        {"stale_since", utc(view.stale_since)},
        {"answers", view.answers},
        {"failures", view.failures},
        {"last_failure", view.last_failure.empty() ? Json(nullptr) : Json(view.last_failure)},
        {"last_answer", utc(view.last_answer)},
        {"last_change", utc(view.last_change)},
        {"last_added", view.last_added},
        {"last_removed", view.last_removed},
        {"last_changed", view.last_changed},
        {"kept_out", std::move(kept_out)},
    };
}

Json settings_array(const config::Explanation& settings) {
    Json array = Json::array();
    for (const config::EffectiveSetting& setting : settings) {
        array.push_back(
            {{"name", setting.path}, {"value", setting.value}, {"set_by", setting.source}});
    }
    return array;
}

std::size_t count_in_ring(const discovery::PoolView& view) {
    return static_cast<std::size_t>(
        std::count_if(view.nodes.begin(), view.nodes.end(),
                      [](const auto& node) { return node.state == routing::NodeState::in_ring; }));
}

std::size_t count_degraded(const discovery::PoolView& view) {
    return static_cast<std::size_t>(
        std::count_if(view.nodes.begin(), view.nodes.end(),
                      [](const auto& node) { return !node.problem.empty(); }));
}

Json workers_array(const std::vector<WorkerView>& workers) {
    Json array = Json::array();
    for (const WorkerView& worker : workers) {
        array.push_back({{"index", worker.index},
                         {"adopted_version", worker.adopted_version},
                         {"sessions", worker.sessions}});
    }
    return array;
}

Json counters_object(const AdminCounters& counters) {
    return {{"requests", counters.requests},
            {"raw_reads", counters.raw_reads},
            {"requests_refused", counters.requests_refused},
            {"requests_unauthorized", counters.requests_unauthorized},
            {"connections_refused", counters.connections_refused},
            {"connections_displaced", counters.connections_displaced},
            {"timeouts", counters.timeouts}};
}

Json state_object(const StateView& state) {
    if (state.path.empty()) {
        return nullptr;
    }
    return {{"file", state.path},
            {"read", state.read.empty() ? Json(nullptr) : Json(state.read)},
            {"writes", state.writes},
            {"failures", state.failures},
            {"last_failure", state.last_failure.empty() ? Json(nullptr) : Json(state.last_failure)},
            {"written_at", utc(state.written_at)}};
}

bool all_adopted(std::uint64_t version, const std::vector<WorkerView>& workers) {
    return std::all_of(workers.begin(), workers.end(), [version](const WorkerView& worker) {
        return worker.adopted_version == version;
    });
}

Json load_object(const ConfigView& view, std::string_view hash) {
    return {
        {"file", view.file},
        {"watched", view.watched},
        {"hash", hash},
        {"generation", view.generation},
        {"loaded_at", utc(view.loaded_at)},
        {"refused", view.refused},
        {"last_attempt",
         {{"at", utc_ms(view.last.at)},
          {"trigger", view.last.trigger},
          {"applied", view.last.applied},
          {"reason", view.last.reason}}},
        {"waiting_for_restart", view.waiting_for_restart},
    };
}

// All of the document but its nodes, which are many.
Json pool_object(const PoolDocument& document) {
    const discovery::PoolView& view = document.view;
    return {
        {"name", view.pool->name},
        {"listen", view.listen},
        {"policy", policy_object(view.pool->policy)},
        {"settings", settings_array(document.settings)},
        {"fingerprint", routing::to_hex(view.fingerprint)},
        {"generation", view.generation},
        {"health", health_object(discovery::health_of(view))},
        {"advice", document.advice},
        {"source", source_object(view)},
        {"sources", sources_array(view.sources)},
        {"snapshot_version", document.snapshot_version},
        {"converged", all_adopted(document.snapshot_version, document.workers)},
        {"workers", workers_array(document.workers)},
        {"metrics", metrics_object(metrics::pool_metrics(), document.totals.counters,
                                   metrics::PoolCells::kCount)},
        {"outcomes", outcomes_object(document.totals.endings)},
        {"latency", latency_object(document.totals.latency)},
        {"latency_bounds_us", latency_bounds_array()},
    };
}

Json node_of(const PoolDocument& document, std::size_t place) {
    const metrics::NodeCells::Totals& totals = document.node_totals[place];
    Json node = node_object(document.view.nodes[place]);
    node["drained"] = drained_or_null(document.view.nodes[place], connections_of(totals));
    node["metrics"] =
        metrics_object(metrics::node_metrics(), totals.counters, metrics::NodeCells::kCount);
    node["latency"] = latency_object(totals.latency);
    return node;
}

// The list "nodes" of the pool as its last member, some nodes at a time.
class PoolPieces {
  public:
    explicit PoolPieces(PoolDocument document) : document_(std::move(document)) {}

    std::string next() {
        constexpr std::size_t kNodesAtOnce = 16;
        std::string text = std::exchange(is_begun_, true) ? std::string() : head();
        const std::size_t count = document_.view.nodes.size();
        const std::size_t end = std::min(next_ + kNodesAtOnce, count);
        for (; next_ < end; ++next_) {
            text += next_ == 0 ? "\n" : ",\n";
            text += http::to_text_within(node_of(document_, next_), kNodeDepth);
        }
        if (next_ == count && !std::exchange(is_ended_, true)) {
            text += count == 0 ? "]\n}\n" : "\n  ]\n}\n";
        }
        return text;
    }

  private:
    static constexpr std::size_t kNodeDepth = 2;

    std::string head() const {
        std::string text = http::to_text(pool_object(document_));
        text.resize(text.rfind("\n}"));
        return text + ",\n  \"nodes\": [";
    }

    const PoolDocument document_;
    std::size_t next_ = 0;
    bool is_begun_ = false, is_ended_ = false;
};

}  // namespace

http::NextPiece pool_pieces(PoolDocument document) {
    const auto pieces = std::make_shared<PoolPieces>(std::move(document));
    return [pieces] { return pieces->next(); };
}

std::string pools_json(const std::vector<PoolDocument>& documents) {
    Json pools = Json::array();
    for (const PoolDocument& document : documents) {
        const discovery::PoolView& view = document.view;
        const auto connections =
            document.totals
                .counters[static_cast<std::size_t>(metrics::PoolMetric::client_connections)];
        pools.push_back({
            {"name", view.pool->name},
            {"listen", view.listen},
            {"protocol", protocol_name(view.pool->policy.protocol)},
            {"distribution", routing::to_string(view.pool->policy.distribution)},
            {"hash", routing::to_string(view.pool->policy.hash)},
            {"source", source_object(view)},
            {"health", health_object(discovery::health_of(view))},
            {"fingerprint", routing::to_hex(view.fingerprint)},
            {"node_count", view.nodes.size()},
            {"nodes_in_ring", count_in_ring(view)},
            {"nodes_degraded", count_degraded(view)},
            {"client_connections", connections},
        });
    }
    return http::to_text({{"pools", std::move(pools)}});
}

std::string node_json(std::string_view pool, const discovery::NodeView& node,
                      std::int64_t connections) {
    Json object = node_object(node);
    object["drained"] = drained_or_null(node, connections);
    return http::to_text({{"pool", pool}, {"node", std::move(object)}});
}

std::string absent_node_json(std::string_view pool, std::string_view node) {
    discovery::NodeView unknown;
    unknown.node.name = node;
    Json object = node_object(unknown);
    for (const char* const key : {"address", "weight", "state_since", "link_epoch"}) {
        object[key] = nullptr;
    }
    object["drained"] = nullptr;
    object["state"] = "absent";
    object["reason"] = "not in the list now; nothing keeps it out when it is again";
    return http::to_text({{"pool", pool}, {"node", std::move(object)}});
}

std::string ring_summary_json(const discovery::PoolView& view) {
    Json nodes = Json::array();
    for (const discovery::NodeView& node : view.nodes) {
        nodes.push_back({{"name", node.node.name},
                         {"state", routing::to_string(node.state)},
                         {"points", node.points},
                         {"share", node.share}});
    }
    return http::to_text({{"pool", view.pool->name},
                          {"distribution", routing::to_string(view.pool->policy.distribution)},
                          {"fingerprint", routing::to_hex(view.fingerprint)},
                          {"points", view.pool->ring.points().size()},
                          {"nodes", std::move(nodes)}});
}

std::string snapshot_json(const SnapshotDocument& document) {
    Json pools = Json::array();
    for (const routing::PoolPtr& pool : document.snapshot->pools) {
        const auto in_ring = std::count_if(
            pool->nodes.begin(), pool->nodes.end(),
            [](const auto& node) { return node.state == routing::NodeState::in_ring; });
        pools.push_back(
            {{"name", pool->name}, {"node_count", pool->nodes.size()}, {"nodes_in_ring", in_ring}});
    }
    Json text = {
        {"version", document.snapshot->version},
        {"converged", all_adopted(document.snapshot->version, document.workers)},
        {"workers", workers_array(document.workers)},
        {"pools", std::move(pools)},
        {"log", {{"lines_dropped", document.log_lines_dropped}}},
        {"state", state_object(document.state)},
    };
    for (const char* const name : {"admin", "stats", "probes"}) {
        text[name] = nullptr;
    }
    for (const ListenerView& listener : document.listeners) {
        text[std::string(listener.name)] = counters_object(listener.counters);
    }
    return http::to_text(text);
}

std::string takeover_json(const TakeoverOffer& offer) {
    return http::to_text(
        {{"socket", offer.socket}, {"pid", offer.pid}, {"wait_ms", offer.wait.count()}});
}

std::string log_json(std::string_view level, std::uint64_t lines_dropped) {
    return http::to_text({{"level", level}, {"lines_dropped", lines_dropped}});
}

std::string load_json(const ConfigView& view, std::string_view hash) {
    return http::to_text(load_object(view, hash));
}

std::string config_json(const ConfigView& view,
                        const std::map<std::string, config::Explanation>& settings,
                        std::string_view hash) {
    Json root = load_object(view, hash);
    root["settings"] = Json::array();
    root["pools"] = Json::array();
    for (const auto& [owner, set] : settings) {
        if (owner == config::kProcessMapName) {
            root["settings"] = settings_array(set);
        } else {
            root["pools"].push_back({{"name", owner}, {"settings", settings_array(set)}});
        }
    }
    return http::to_text(root);
}

std::string index_json(std::string_view version, const std::vector<IndexRow>& rows) {
    Json routes = Json::array();
    for (const IndexRow& row : rows) {
        routes.push_back(
            {{"method", row.method}, {"path", row.path}, {"description", row.description}});
    }
    return http::to_text(
        {{"service", "ringside"}, {"version", version}, {"routes", std::move(routes)}});
}

std::string accepted_json(std::string_view pool, std::string_view status) {
    return http::to_text({{"pool", pool}, {"status", status}});
}

base::Expected<std::vector<http::QueryParameter>> read_parameters_json(std::string_view text) {
    // An object would keep the last of several members with one name, so they are collected here.
    std::vector<http::QueryParameter> members;
    bool is_flat = true;
    const auto collect = [&members, &is_flat](int depth, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::key && depth == 1) {
            members.push_back({parsed.get<std::string>(), {}});
        }
        if (event == Json::parse_event_t::value) {
            is_flat = is_flat && depth == 1 &&
                      (parsed.is_string() || parsed.is_boolean() || parsed.is_number());
            if (is_flat) {
                members.back().value =
                    parsed.is_string() ? parsed.get<std::string>() : parsed.dump();
            }
        }
        is_flat = is_flat && event != Json::parse_event_t::array_start && depth <= 1;
        return true;
    };
    const Json root = Json::parse(text.begin(), text.end(), collect, false);
    if (root.is_object() && is_flat) {
        return members;
    }
    return base::Error{base::Errc::invalid_argument,
                       "the body must be a JSON object whose values are strings, numbers, true or "
                       "false, such as {\"for\": \"60s\"}"};
}

std::string problem_json(const Problem& problem) {
    return http::to_text({{"type", "about:blank"},
                          {"title", problem.title},
                          {"status", problem.status},
                          {"detail", problem.detail},
                          {"code", problem.code}});
}

}  // namespace ringside::admin
