// Handlers of the routes about the process as a whole: probes, counters, snapshot.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

constexpr unsigned kServiceUnavailable = 503;

std::string machine_name() {
    // POSIX, gethostname(): names have at most 255 bytes; a cut one may lack its end.
    std::array<char, 257> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) {
        return "unknown";
    }
    return name.data();
}

StatsPool stats_of(const metrics::Registry& registry, const routing::Pool& pool) {
    StatsPool stats{pool.name, registry.sum_pool(pool.id), {}};
    stats.nodes.reserve(pool.nodes.size());
    for (const routing::PoolNode& node : pool.nodes) {
        stats.nodes.push_back({node.node.name, registry.sum_node(pool.id, node.node.id)});
    }
    return stats;
}

}  // namespace

HttpResponse get_livez(const Call&) {
    return text_answer(200, "ok");
}

// The form of the Kubernetes API server's own /readyz (apiserver/pkg/server/healthz/healthz.go):
// "ok", or a line per check if it is asked for or something fails.
HttpResponse get_readyz(const Call& call) {
    const discovery::Controller& controller = call.context.controller;
    std::string lines;
    if (!controller.ready()) {
        for (const std::string& reason : controller.readiness_report()) {
            lines += "[-]" + reason + "\n";
        }
        return text_answer(kServiceUnavailable, lines + "readyz check failed\n");
    }
    if (!call.request.parameter("verbose")) {
        return text_answer(200, "ok");
    }
    for (const std::string& name : controller.pool_names()) {
        lines += "[+]pool " + name + " ok\n";
    }
    return text_answer(200, lines + "readyz check passed\n");
}

HttpResponse get_index(const Call& call) {
    std::vector<IndexRow> rows;
    for (const Route& route : routes()) {
        rows.push_back({to_string(route.method), route.path, route.help});
    }
    return json_answer(index_json(call.context.version, rows));
}

HttpResponse get_stats(const Call& call) {
    const metrics::Registry& registry = call.context.registry;
    StatsDocument document;
    document.source = machine_name();
    document.version = call.context.version;
    document.now = call.moment.wall;
    document.uptime =
        std::chrono::duration_cast<std::chrono::seconds>(document.now - call.context.started);
    document.total_connections = registry.total_connections();
    document.current_connections = registry.current_connections();
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    for (const routing::PoolPtr& pool : snapshot->pools) {
        document.pools.push_back(stats_of(registry, *pool));
    }
    return json_answer(stats_json(document));
}

HttpResponse get_snapshot(const Call& call) {
    return json_answer(
        snapshot_json({call.context.controller.snapshot(), call.context.workers(), call.counters}));
}

}  // namespace ringside::admin
