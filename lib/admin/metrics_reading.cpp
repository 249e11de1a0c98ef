#include "admin/metrics_reading.h"

#include "admin/health.h"
#include "base/log.h"
#include "metrics/exposition.h"

#include <utility>

namespace ringside::admin {
namespace {

std::string labelled(const std::string& labels, std::string_view name, std::string_view value) {
    std::string all = labels;
    metrics::append_label(all, name, value);
    return all;
}

// To a second, so that it is the same whenever it is read.
std::optional<std::chrono::system_clock::time_point> end_of_ejection(
    const discovery::NodeView& node, const base::Moment& at) {
    if (node.state != routing::NodeState::ejected_by_operator || !node.remaining) {
        return std::nullopt;
    }
    return std::chrono::round<std::chrono::seconds>(at.wall + *node.remaining);
}

PoolReading read_pool(const AdminContext& context, discovery::PoolView view,
                      const base::Moment& at) {
    const metrics::Registry& registry = context.registry;
    const routing::PoolId id = view.pool->id;
    PoolReading pool;
    pool.labels = labelled({}, "pool", view.pool->name);
    pool.totals = registry.total_of_pool(id);
    pool.fingerprint = view.fingerprint;
    pool.generation = view.generation;
    pool.health = discovery::health_of(view).grade;
    pool.is_ready = context.controller.is_ready(id);
    pool.is_stale = view.stale_since.has_value();
    pool.kept_out = view.kept_out.size();
    pool.histograms = view.pool->policy.histograms;
    pool.client_connections_max = view.pool->policy.client_connections_max;
    pool.timeout = view.pool->policy.timeout;
    pool.nodes.reserve(view.nodes.size());
    for (const discovery::NodeView& node : view.nodes) {
        pool.nodes.push_back({.labels = labelled(pool.labels, "node", node.node.name),
                              .state = node.state,
                              .ejection_ends = end_of_ejection(node, at),
                              .share = node.share,
                              .totals = registry.total_of_node(id, node.node.id)});
    }
    for (discovery::SourceView& source : view.sources) {
        std::string labels = labelled(pool.labels, "source", source.name);
        pool.sources.push_back({.labels = std::move(labels), .view = std::move(source)});
    }
    return pool;
}

}  // namespace

MetricsReading read_metrics(const AdminContext& context, const base::Moment& at) {
    MetricsReading reading;
    reading.version = context.version;
    reading.started = context.started;
    reading.usage = io::read_process_usage();
    reading.workers = context.workers();
    reading.listeners = context.listeners();
    reading.control_lag = context.control_lag();
    reading.event_streams = context.events.listeners();
    reading.event_streams_refused = context.events.refused();
    reading.event_streams_given_up = context.events.given_up();
    reading.is_ready = is_ready(context);
    reading.is_ending = context.is_ending();
    reading.connections = context.registry.current_connections();
    reading.log_lines_dropped = base::log().dropped_lines();
    reading.config = context.config();
    reading.state = context.state();
    const routing::SnapshotPtr snapshot = context.controller.snapshot();
    reading.snapshot_version = snapshot->version;
    for (const routing::PoolPtr& pool : snapshot->pools) {
        if (auto view = context.controller.view(pool->name, at)) {
            reading.pools.push_back(read_pool(context, std::move(*view), at));
        }
    }
    return reading;
}

}  // namespace ringside::admin
