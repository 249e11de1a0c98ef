// What the admin API shows, and what it is told, as JSON text.
//
// Whatever text a configuration or a peer brought in is escaped; bytes that are not UTF-8 become
// U+FFFD. Settings that are secret (redis_auth) are never part of a document.
#pragma once

#include "admin/context.h"
#include "base/expected.h"
#include "discovery/controller.h"
#include "http/message.h"
#include "http/uri.h"
#include "metrics/metrics.h"
#include "routing/snapshot.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

// The members of an object whose values are strings or true and false, in their order, repeated
// ones too. The error says what else it is.
base::Expected<std::vector<http::QueryParameter>> read_parameters_json(std::string_view text);

// GET /pools/{pool}. `node_totals` go with `view.nodes`.
struct PoolDocument {
    discovery::PoolView view;
    metrics::PoolCells::Totals totals{};
    std::vector<metrics::NodeCells::Totals> node_totals;
    std::uint64_t snapshot_version = 0;
    std::vector<WorkerView> workers;
    std::vector<std::string> advice;    // sentences (discovery/advice.h)
    config::Explanation settings = {};  // of this pool: admin/settings.h
};
// Piece by piece: of 1,000 nodes it is more than a megabyte.
http::NextPiece pool_pieces(PoolDocument document);
std::string pools_json(const std::vector<PoolDocument>& documents);

// The answer to eject, drain and restore. `connections`: its links that are connected.
std::string node_json(std::string_view pool, const discovery::NodeView& node,
                      std::int64_t connections);
// The same of a node that has left, and is remembered: "absent", as whose restore is done.
std::string absent_node_json(std::string_view pool, std::string_view node);

// GET /pools/{pool}/ring?format=summary: per node its number of points and its share.
std::string ring_summary_json(const discovery::PoolView& view);

// GET /snapshot.
struct SnapshotDocument {
    routing::SnapshotPtr snapshot;
    std::vector<WorkerView> workers;
    std::vector<ListenerView> listeners;
    std::uint64_t log_lines_dropped = 0;
    StateView state = {};
};
std::string snapshot_json(const SnapshotDocument& document);

// GET /log.
std::string log_json(std::string_view level, std::uint64_t lines_dropped);

// What became of the last load: the event `reload`. `hash`: of all settings in force.
std::string load_json(const ConfigView& view, std::string_view hash);

// POST /takeover.
std::string takeover_json(const TakeoverOffer& offer);

// GET /config.
// `settings`: those of the process under "ringside", and of the pools. `hash`: of all of them.
std::string config_json(const ConfigView& view,
                        const std::map<std::string, config::Explanation>& settings,
                        std::string_view hash);

// GET /: `rows` are method, path and description.
struct IndexRow {
    std::string_view method;
    std::string_view path;
    std::string_view description;
};
std::string index_json(std::string_view version, const std::vector<IndexRow>& rows);

// {"pool": ..., "status": ...}: an action that changes nothing at once.
std::string accepted_json(std::string_view pool, std::string_view status);

// RFC 9457; the type is about:blank, as the status says what kind of problem it is.
struct Problem {
    unsigned status;
    std::string_view title;   // of the status
    std::string_view code;    // a word for programs: "not_found"
    std::string_view detail;  // a sentence
};
std::string problem_json(const Problem& problem);

}  // namespace ringside::admin
