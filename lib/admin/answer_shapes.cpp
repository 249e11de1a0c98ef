#include "admin/answer_shapes.h"

#include <algorithm>
#include <array>

namespace ringside::admin {
namespace {

constexpr auto kIndex = std::to_array<ShapeMember>(
    {{"service", "string"}, {"version", "string"}, {"routes", "RouteRow[]"}});
constexpr auto kRouteRow = std::to_array<ShapeMember>(
    {{"method", "string"}, {"path", "string"}, {"description", "string"}});
constexpr auto kDescription = std::to_array<ShapeMember>(
    {{"openapi", "string"}, {"info", "object"}, {"paths", "object"}, {"components", "object"}});

constexpr auto kCondition = std::to_array<ShapeMember>({{"type", "string"},
                                                        {"status", "string"},
                                                        {"reason", "string"},
                                                        {"message", "string"},
                                                        {"lastTransitionTime", "string|null"}});
constexpr auto kPoolConditions = std::to_array<ShapeMember>(
    {{"name", "string"}, {"health", "Health"}, {"conditions", "Condition[]"}});
constexpr auto kConditions =
    std::to_array<ShapeMember>({{"conditions", "Condition[]"}, {"pools", "PoolConditions[]"}});

constexpr auto kStats = std::to_array<ShapeMember>({{"service", "string"},
                                                    {"source", "string"},
                                                    {"version", "string"},
                                                    {"uptime", "integer"},
                                                    {"timestamp", "integer"},
                                                    {"total_connections", "integer"},
                                                    {"curr_connections", "integer"}});
constexpr auto kListenerCounters = std::to_array<ShapeMember>({{"requests", "integer"},
                                                               {"raw_reads", "integer"},
                                                               {"requests_refused", "integer"},
                                                               {"requests_unauthorized", "integer"},
                                                               {"connections_refused", "integer"},
                                                               {"connections_displaced", "integer"},
                                                               {"timeouts", "integer"}});
constexpr auto kWorkerView = std::to_array<ShapeMember>(
    {{"index", "integer"}, {"adopted_version", "integer"}, {"sessions", "integer"}});
constexpr auto kSnapshot = std::to_array<ShapeMember>({{"version", "integer"},
                                                       {"converged", "boolean"},
                                                       {"workers", "WorkerView[]"},
                                                       {"pools", "object[]"},
                                                       {"admin", "ListenerCounters|null"},
                                                       {"stats", "ListenerCounters|null"},
                                                       {"probes", "ListenerCounters|null"},
                                                       {"log", "object"},
                                                       {"state", "object|null"}});
constexpr auto kWorkers = std::to_array<ShapeMember>({{"workers", "Worker[]"}});
constexpr auto kWorker = std::to_array<ShapeMember>({{"index", "integer"},
                                                     {"adopted_version?", "integer"},
                                                     {"sessions?", "integer"},
                                                     {"links?", "integer"},
                                                     {"in_flight?", "integer"},
                                                     {"turns?", "integer"},
                                                     {"told_after_us?", "integer"},
                                                     {"problem", "string|null"}});
constexpr auto kConnections =
    std::to_array<ShapeMember>({{"connections", "Connection[]"}, {"next", "string|null"}});
constexpr auto kConnection = std::to_array<ShapeMember>({{"side", "string"},
                                                         {"worker", "integer"},
                                                         {"id", "integer"},
                                                         {"pool", "string|null"},
                                                         {"node", "string|null"},
                                                         {"peer", "string|null"},
                                                         {"name", "string|null"},
                                                         {"age_ms", "integer"},
                                                         {"received_bytes", "integer"},
                                                         {"sent_bytes", "integer"},
                                                         {"in_flight", "integer"}});
constexpr auto kSlow = std::to_array<ShapeMember>(
    {{"resolution", "string"}, {"requests", "SlowRequest[]"}, {"unanswered_workers", "integer[]"}});
constexpr auto kSlowRequest = std::to_array<ShapeMember>({{"at", "string"},
                                                          {"took_us", "integer"},
                                                          {"queued_us", "integer"},
                                                          {"at_node_us", "integer|null"},
                                                          {"worker", "integer"},
                                                          {"pool", "string|null"},
                                                          {"node", "string|null"},
                                                          {"command", "string"},
                                                          {"key", "string"},
                                                          {"key_bytes", "integer"},
                                                          {"outcome", "string"}});
constexpr auto kTopKeys = std::to_array<ShapeMember>({{"pool", "string"},
                                                      {"covered_ms", "integer"},
                                                      {"one_of", "integer"},
                                                      {"looked_at", "integer"},
                                                      {"keys", "HotKey[]"},
                                                      {"unanswered_workers", "integer[]"}});
constexpr auto kHotKey = std::to_array<ShapeMember>({{"key", "string"},
                                                     {"key_bytes", "integer"},
                                                     {"node", "string|null"},
                                                     {"share", "number"},
                                                     {"share_too_high", "number"},
                                                     {"per_second", "number|null"}});
constexpr auto kDrained = std::to_array<ShapeMember>({{"pool", "string|null"},
                                                      {"dry_run", "boolean"},
                                                      {"sessions", "integer"},
                                                      {"unanswered_workers", "integer[]"}});

constexpr auto kSetting =
    std::to_array<ShapeMember>({{"name", "string"}, {"value", "string"}, {"set_by", "string"}});
constexpr auto kAttempt = std::to_array<ShapeMember>(
    {{"at", "string"}, {"trigger", "string"}, {"applied", "boolean"}, {"reason", "string|null"}});
constexpr auto kConfig = std::to_array<ShapeMember>({{"file", "string"},
                                                     {"watched", "boolean"},
                                                     {"hash", "string"},
                                                     {"generation", "integer"},
                                                     {"loaded_at", "string"},
                                                     {"refused", "integer"},
                                                     {"last_attempt", "LoadAttempt"},
                                                     {"waiting_for_restart", "string[]"},
                                                     {"settings", "Setting[]"},
                                                     {"pools", "PoolSettings[]"}});
constexpr auto kPoolSettings =
    std::to_array<ShapeMember>({{"name", "string"}, {"settings", "Setting[]"}});
constexpr auto kLog =
    std::to_array<ShapeMember>({{"level", "string"}, {"lines_dropped", "integer"}});

constexpr auto kTakeover =
    std::to_array<ShapeMember>({{"socket", "string"}, {"pid", "integer"}, {"wait_ms", "integer"}});

constexpr auto kSource = std::to_array<ShapeMember>({{"description", "string"},
                                                     {"version", "string|null"},
                                                     {"discovered", "boolean"},
                                                     {"state", "string"},
                                                     {"state_since", "string|null"},
                                                     {"stale", "boolean"},
                                                     {"stale_since", "string|null"},
                                                     {"answers", "integer"},
                                                     {"failures", "integer"},
                                                     {"last_failure", "string|null"},
                                                     {"last_answer", "string|null"},
                                                     {"last_change", "string|null"},
                                                     {"last_added", "string[]"},
                                                     {"last_removed", "string[]"},
                                                     {"last_changed", "string[]"},
                                                     {"kept_out", "KeptOut[]"}});
constexpr auto kKeptOut = std::to_array<ShapeMember>(
    {{"name", "string"}, {"returns", "integer"}, {"remaining_ms", "integer"}});
constexpr auto kSourceName = std::to_array<ShapeMember>({{"description", "string"}});
constexpr auto kSourceStanding = std::to_array<ShapeMember>({{"description", "string"},
                                                             {"state", "string"},
                                                             {"authoritative", "boolean"},
                                                             {"authoritative_since", "string|null"},
                                                             {"node_count", "integer"},
                                                             {"answers", "integer"},
                                                             {"failures", "integer"},
                                                             {"last_failure", "string|null"},
                                                             {"last_answer", "string|null"}});
constexpr auto kPools = std::to_array<ShapeMember>({{"pools", "PoolSummary[]"}});
constexpr auto kPoolSummary = std::to_array<ShapeMember>({{"name", "string"},
                                                          {"listen", "string"},
                                                          {"protocol", "string"},
                                                          {"distribution", "string"},
                                                          {"hash", "string"},
                                                          {"source", "Source"},
                                                          {"health", "Health"},
                                                          {"fingerprint", "string"},
                                                          {"node_count", "integer"},
                                                          {"nodes_in_ring", "integer"},
                                                          {"nodes_degraded", "integer"},
                                                          {"client_connections", "integer"}});
constexpr auto kHealth = std::to_array<ShapeMember>(
    {{"status", "string"}, {"since", "string|null"}, {"reasons", "object[]"}});
constexpr auto kLatency =
    std::to_array<ShapeMember>({{"counts", "integer[]"}, {"sum_us", "integer"}});
constexpr auto kNode = std::to_array<ShapeMember>({{"name", "string"},
                                                   {"address", "string|null"},
                                                   {"addresses", "string[]"},
                                                   {"address_problem", "string|null"},
                                                   {"weight", "integer|null"},
                                                   {"state", "string"},
                                                   {"state_since", "string|null"},
                                                   {"reason", "string|null"},
                                                   {"failing_since", "string|null"},
                                                   {"problem", "string|null"},
                                                   {"link_epoch", "integer|null"},
                                                   {"remaining_ms", "integer|null"},
                                                   {"failures", "integer"},
                                                   {"drained", "boolean|null"},
                                                   {"points", "integer"},
                                                   {"share", "number"},
                                                   {"address_problem_since", "string|null"},
                                                   {"problem_since", "string|null"},
                                                   {"metrics?", "object"},
                                                   {"latency?", "Latency"}});
constexpr auto kNodeAnswer = std::to_array<ShapeMember>({{"pool", "string"}, {"node", "Node"}});
constexpr auto kPool = std::to_array<ShapeMember>({{"name", "string"},
                                                   {"listen", "string"},
                                                   {"policy", "object"},
                                                   {"settings", "Setting[]"},
                                                   {"fingerprint", "string"},
                                                   {"generation", "integer"},
                                                   {"health", "Health"},
                                                   {"advice", "string[]"},
                                                   {"source", "Source"},
                                                   {"sources", "SourceStanding[]"},
                                                   {"snapshot_version", "integer"},
                                                   {"converged", "boolean"},
                                                   {"workers", "WorkerView[]"},
                                                   {"metrics", "object"},
                                                   {"outcomes", "object"},
                                                   {"latency", "Latency"},
                                                   {"latency_bounds_us", "integer[]"},
                                                   {"nodes", "Node[]"}});
constexpr auto kAccepted = std::to_array<ShapeMember>({{"pool", "string"}, {"status", "string"}});
constexpr auto kAskedName = std::to_array<ShapeMember>(
    {{"name", "string"}, {"full_name", "string|null"}, {"problem", "string|null"}});
constexpr auto kNamedNode = std::to_array<ShapeMember>({{"node", "string"},
                                                        {"host", "string"},
                                                        {"addresses", "string[]"},
                                                        {"problem", "string|null"}});
constexpr auto kSourceError =
    std::to_array<ShapeMember>({{"at", "string|null"}, {"message", "string"}});
constexpr auto kDiscovery = std::to_array<ShapeMember>({{"pool", "string"},
                                                        {"source", "SourceName"},
                                                        {"sources", "SourceStanding[]"},
                                                        {"discovered", "boolean"},
                                                        {"failing", "boolean"},
                                                        {"stale", "boolean"},
                                                        {"last_poll", "string|null"},
                                                        {"next_poll", "string|null"},
                                                        {"last_answer", "string|null"},
                                                        {"last_change", "string|null"},
                                                        {"last_error", "SourceError|null"},
                                                        {"answers", "integer"},
                                                        {"failures", "integer"},
                                                        {"ttl_ms", "integer|null"},
                                                        {"names", "AskedName[]"},
                                                        {"generation", "integer"},
                                                        {"fingerprint", "string"},
                                                        {"node_count", "integer"},
                                                        {"nodes_in_ring", "integer"},
                                                        {"way", "string|null"},
                                                        {"stale_since", "string|null"},
                                                        {"answered_by", "string|null"},
                                                        {"version", "string|null"},
                                                        {"addresses", "NamedNode[]"},
                                                        {"addresses_left_out", "integer"}});
constexpr auto kHistory = std::to_array<ShapeMember>({{"pool", "string"},
                                                      {"generation", "integer"},
                                                      {"worker_count", "integer"},
                                                      {"changes", "RingChange[]"}});
constexpr auto kNames = std::to_array<ShapeMember>({{"count", "integer"}, {"names", "string[]"}});
constexpr auto kRingChange = std::to_array<ShapeMember>({{"generation", "integer"},
                                                         {"snapshot_version", "integer"},
                                                         {"at", "string"},
                                                         {"causes", "string[]"},
                                                         {"source", "SourceName"},
                                                         {"fingerprint", "string"},
                                                         {"node_count", "integer"},
                                                         {"nodes_in_ring", "integer"},
                                                         {"added", "Names"},
                                                         {"removed", "Names"},
                                                         {"changed", "Names"},
                                                         {"ejected", "Names"},
                                                         {"returned", "Names"},
                                                         {"moved_percent", "number|null"},
                                                         {"moved_by", "string|null"},
                                                         {"adopted_by_all", "boolean"},
                                                         {"adopted", "object[]"}});

constexpr auto kRingState = std::to_array<ShapeMember>(
    {{"node_count", "integer"}, {"nodes_in_ring", "integer"}, {"fingerprint", "string"}});
constexpr auto kFlow = std::to_array<ShapeMember>(
    {{"from", "string|null"}, {"to", "string|null"}, {"percent", "number"}});
constexpr auto kMoved = std::to_array<ShapeMember>({{"pool", "string"},
                                                    {"before", "RingState"},
                                                    {"after", "RingState"},
                                                    {"moved_percent", "number|null"},
                                                    {"moved_by", "string|null"},
                                                    {"flows", "Flow[]"},
                                                    {"flows_left_out", "integer"}});
constexpr auto kLocation = std::to_array<ShapeMember>({{"pool", "string"},
                                                       {"key", "string"},
                                                       {"node", "string|null"},
                                                       {"address", "string|null"},
                                                       {"hashed_part", "string"},
                                                       {"hash_function", "string|null"},
                                                       {"hash", "integer|null"},
                                                       {"point", "integer|null"},
                                                       {"why", "string"},
                                                       {"owner", "Owner|null"},
                                                       {"next_owners", "Owner[]"},
                                                       {"problem", "string|null"}});
constexpr auto kOwner = std::to_array<ShapeMember>({{"name", "string"},
                                                    {"address", "string"},
                                                    {"state", "string"},
                                                    {"reason", "string"},
                                                    {"in_flight", "integer"},
                                                    {"failing_since", "string|null"},
                                                    {"last_failure", "string|null"},
                                                    {"last_failure_at", "string|null"}});
constexpr auto kRing = std::to_array<ShapeMember>({{"pool", "string"},
                                                   {"distribution", "string"},
                                                   {"fingerprint", "string"},
                                                   {"points", "Point[]"}});
constexpr auto kPoint = std::to_array<ShapeMember>({{"value", "integer"}, {"node", "string"}});
constexpr auto kRingByNode = std::to_array<ShapeMember>({{"pool", "string"},
                                                         {"distribution", "string"},
                                                         {"fingerprint", "string"},
                                                         {"nodes", "NodePoints[]"}});
constexpr auto kNodePoints =
    std::to_array<ShapeMember>({{"name", "string"}, {"points", "integer[]"}});
constexpr auto kRingSummary = std::to_array<ShapeMember>({{"pool", "string"},
                                                          {"distribution", "string"},
                                                          {"fingerprint", "string"},
                                                          {"points", "integer"},
                                                          {"nodes", "NodeShare[]"}});
constexpr auto kNodeShare = std::to_array<ShapeMember>(
    {{"name", "string"}, {"state", "string"}, {"points", "integer"}, {"share", "number"}});

constexpr auto kShapes = std::to_array<AnswerShape>({
    {"Index", kIndex},
    {"RouteRow", kRouteRow},
    {"Description", kDescription},
    {"Conditions", kConditions},
    {"PoolConditions", kPoolConditions},
    {"Condition", kCondition},
    {"Stats", kStats},
    {"Snapshot", kSnapshot},
    {"WorkerView", kWorkerView},
    {"ListenerCounters", kListenerCounters},
    {"Workers", kWorkers},
    {"Worker", kWorker},
    {"Connections", kConnections},
    {"Connection", kConnection},
    {"Slow", kSlow},
    {"SlowRequest", kSlowRequest},
    {"TopKeys", kTopKeys},
    {"HotKey", kHotKey},
    {"Owner", kOwner},
    {"Drained", kDrained},
    {"Config", kConfig},
    {"LoadAttempt", kAttempt},
    {"Setting", kSetting},
    {"PoolSettings", kPoolSettings},
    {"Log", kLog},
    {"Takeover", kTakeover},
    {"Pools", kPools},
    {"PoolSummary", kPoolSummary},
    {"Pool", kPool},
    {"Source", kSource},
    {"SourceName", kSourceName},
    {"SourceStanding", kSourceStanding},
    {"KeptOut", kKeptOut},
    {"AskedName", kAskedName},
    {"NamedNode", kNamedNode},
    {"SourceError", kSourceError},
    {"Health", kHealth},
    {"Latency", kLatency},
    {"Node", kNode},
    {"NodeAnswer", kNodeAnswer},
    {"Accepted", kAccepted},
    {"Discovery", kDiscovery},
    {"History", kHistory},
    {"RingChange", kRingChange},
    {"Names", kNames},
    {"Moved", kMoved},
    {"RingState", kRingState},
    {"Flow", kFlow},
    {"Location", kLocation},
    {"Ring", kRing},
    {"Point", kPoint},
    {"RingByNode", kRingByNode},
    {"NodePoints", kNodePoints},
    {"RingSummary", kRingSummary},
    {"NodeShare", kNodeShare},
});

struct ShapeOfRoute {
    http::Method method;
    std::string_view path;
    ShapeText shape;
};
constexpr auto kGet = http::Method::get;
constexpr auto kPost = http::Method::post;
constexpr auto kShapesOfRoutes = std::to_array<ShapeOfRoute>({
    {kGet, "/", "Index"},
    {kGet, "/openapi.json", "Description"},
    {kGet, "/conditions", "Conditions"},
    {kGet, "/stats", "Stats"},
    {kGet, "/snapshot", "Snapshot"},
    {kGet, "/workers", "Workers"},
    {kGet, "/connections", "Connections"},
    {kGet, "/slow", "Slow"},
    {kPost, "/clients/drain", "Drained"},
    {kGet, "/config", "Config"},
    {kPost, "/config/reload", "Config"},
    {kGet, "/log", "Log"},
    {kPost, "/log", "Log"},
    {kPost, "/takeover", "Takeover"},
    {kGet, "/pools", "Pools"},
    {kGet, "/pools/{pool}", "Pool"},
    {kGet, "/pools/{pool}/ring", "Ring|RingByNode|RingSummary"},
    {kGet, "/pools/{pool}/discovery", "Discovery"},
    {kGet, "/pools/{pool}/history", "History"},
    {kGet, "/pools/{pool}/what-if", "Moved"},
    {kGet, "/pools/{pool}/keys/top", "TopKeys"},
    {kGet, "/pools/{pool}/locate", "Location"},
    {kPost, "/pools/{pool}/locate", "Location[]"},
    {kPost, "/pools/{pool}/refresh", "Accepted"},
    {kPost, "/pools/{pool}/reconnect", "Accepted"},
    {kPost, "/pools/{pool}/nodes/{node}/eject", "NodeAnswer|Moved"},
    {kPost, "/pools/{pool}/nodes/{node}/drain", "NodeAnswer|Moved"},
    {kPost, "/pools/{pool}/nodes/{node}/restore", "NodeAnswer|Moved"},
    {kPost, "/pools/{pool}/nodes/{node}/reconnect", "NodeAnswer"},
});

}  // namespace

std::span<const AnswerShape> answer_shapes() noexcept {
    return kShapes;
}

ShapeText answer_shape_of(const Route& route) noexcept {
    const auto found = std::find_if(kShapesOfRoutes.begin(), kShapesOfRoutes.end(),
                                    [&route](const ShapeOfRoute& row) {
                                        return row.method == route.method && row.path == route.path;
                                    });
    return found == kShapesOfRoutes.end() ? ShapeText() : found->shape;
}

}  // namespace ringside::admin
