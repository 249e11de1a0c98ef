#include "admin/metric_families.h"

#include "admin/metric_values.h"

#include <array>
#include <cstddef>
#include <type_traits>

namespace ringside::admin {
namespace {

using namespace metric_values;

using metrics::Exposition;
using metrics::FamilyHead;
using metrics::FamilyType;
using metrics::NodeMetric;
using metrics::PoolMetric;

// --- the counters of counters.def ---

constexpr FamilyType COUNTER = FamilyType::counter;
constexpr FamilyType GAUGE = FamilyType::gauge;
constexpr FamilyType TIME = FamilyType::gauge;
constexpr FamilyType HISTOGRAM = FamilyType::histogram;

struct CounterText {
    FamilyType type;
    std::string_view help;
};
constexpr auto kPoolTexts = std::to_array<CounterText>({
#define RINGSIDE_POOL_METRIC(name, kind, group, help) {kind, help},
#include "metrics/counters.def"
});
constexpr auto kNodeTexts = std::to_array<CounterText>({
#define RINGSIDE_NODE_METRIC(name, kind, group, help) {kind, help},
#include "metrics/counters.def"
});

template <PoolMetric metric>
inline constexpr PoolSeries kPoolOnly[]{{metric}};
template <NodeMetric metric>
inline constexpr NodeSeries kNodeOnly[]{{metric}};

// One counter is the family.
template <PoolMetric metric>
constexpr MetricFamily of_pool(std::string_view name, std::string_view unit = {}) {
    const CounterText& text = kPoolTexts[static_cast<std::size_t>(metric)];
    return {{name, text.type, unit, text.help},
            Subject::pool,
            {},
            {},
            {.pool_counters = kPoolOnly<metric>}};
}
template <NodeMetric metric>
constexpr MetricFamily of_node(std::string_view name, std::string_view unit = {}) {
    const CounterText& text = kNodeTexts[static_cast<std::size_t>(metric)];
    return {{name, text.type, unit, text.help},
            Subject::node,
            {},
            {},
            {.node_counters = kNodeOnly<metric>}};
}

// Several are, each under a value of a label.
constexpr PoolSeries kRejected[]{{PoolMetric::rejected_unknown_command, "unknown_command"},
                                 {PoolMetric::rejected_refused_command, "refused_command"},
                                 {PoolMetric::rejected_bad_arguments, "bad_arguments"},
                                 {PoolMetric::rejected_bad_key, "bad_key"},
                                 {PoolMetric::rejected_too_large, "too_large"},
                                 {PoolMetric::rejected_too_long, "too_long"},
                                 {PoolMetric::rejected_bad_data, "bad_data"},
                                 {PoolMetric::rejected_foreign, "foreign"},
                                 {PoolMetric::rejected_no_auth, "no_auth"},
                                 {PoolMetric::rejected_crossing, "crossing"}};
constexpr PoolSeries kClientsClosed[]{{PoolMetric::client_eof, "client"},
                                      {PoolMetric::client_err, "error"},
                                      {PoolMetric::client_stalled, "stalled"},
                                      {PoolMetric::client_locked_out, "locked_out"},
                                      {PoolMetric::answers_cut, "answer_cut"}};
constexpr NodeSeries kNodeConnectionsLost[]{{NodeMetric::server_eof, "eof"},
                                            {NodeMetric::server_err, "error"},
                                            {NodeMetric::protocol_errors, "protocol"},
                                            {NodeMetric::auth_failed, "auth"}};
constexpr NodeSeries kNodeLookups[]{{NodeMetric::hits, "hit"}, {NodeMetric::misses, "miss"}};
constexpr NodeSeries kNodeRefused[]{{NodeMetric::queue_full, "queue_full"},
                                    {NodeMetric::fast_failures, "not_dialled"}};

constexpr MetricFamily process(const FamilyHead& head,
                               void (*write)(const MetricsReading&, Exposition&)) {
    return {head, Subject::process, {}, {}, {.write = write}};
}
constexpr MetricFamily worker(const FamilyHead& head,
                              void (*write)(const MetricsReading&, Exposition&)) {
    return {head, Subject::worker, {}, {}, {.write = write}};
}
constexpr MetricFamily listener(const FamilyHead& head,
                                void (*write)(const MetricsReading&, Exposition&)) {
    return {head, Subject::listener, {}, {}, {.write = write}};
}
constexpr MetricFamily pool(const FamilyHead& head,
                            void (*write)(const MetricsReading&, Exposition&)) {
    return {head, Subject::pool, {}, {}, {.write = write}};
}
constexpr MetricFamily source(const FamilyHead& head,
                              void (*write)(const MetricsReading&, Exposition&)) {
    return {head, Subject::source, {}, {}, {.write = write}};
}

// --- the table ---

constexpr auto kFamilies = std::to_array<MetricFamily>({
    // the process
    {{"ringside_build", FamilyType::info, "", "which release this is"},
     Subject::process,
     "version",
     {},
     {.write = write_build}},
    process({"ringside_ready", GAUGE, "", "1 if /readyz says ok"}, of_process<is_ready>),
    process({"ringside_draining", GAUGE, "", "1 since the process was told to end"},
            of_process<is_draining>),
    process({"ringside_workers", GAUGE, "", "worker threads"}, of_process<worker_count>),
    process({"ringside_snapshot_version", GAUGE, "", "version of the routing view"},
            of_process<snapshot_version>),
    process({"ringside_connections", GAUGE, "",
             "connections of clients and to nodes, and what listens for pools"},
            of_process<connections>),
    process({"ringside_config_last_reload_successful", GAUGE, "",
             "1 if the last attempt to load the configuration was applied"},
            of_process<last_reload_applied>),
    process({"ringside_config_last_reload_timestamp_seconds", GAUGE, "seconds",
             "when the last attempt to load the configuration was made"},
            of_process<last_reload_time>),
    process({"ringside_config_loaded_timestamp_seconds", GAUGE, "seconds",
             "when the configuration in force was loaded"},
            of_process<config_loaded_time>),
    process({"ringside_config_generation", GAUGE, "",
             "configurations that were applied, the first one included"},
            of_process<config_generation>),
    process({"ringside_config_reloads_refused", COUNTER, "",
             "attempts to load the configuration that changed nothing because something is wrong"},
            of_process<reloads_refused>),
    process({"ringside_config_settings_waiting", GAUGE, "",
             "settings of the file that wait for a restart"},
            of_process<settings_waiting>),
    process({"ringside_state_writes", COUNTER, "", "times that the file in state_dir was written"},
            of_process<state_writes>),
    process({"ringside_state_write_failures", COUNTER, "",
             "times that the file in state_dir could not be written"},
            of_process<state_failures>),
    process({"ringside_log_lines_dropped", COUNTER, "",
             "lines of the log that were dropped, as nobody waits for the log"},
            of_process<log_lines_dropped>),
    process({"ringside_control_lag_seconds", HISTOGRAM, "seconds",
             "how late the control thread comes to a timer that is due each second, which is what "
             "a probe or a change of nodes may wait"},
            write_control_lag),
    process({"ringside_event_streams", GAUGE, "", "clients that listen to /events"},
            of_process<event_streams>),
    process({"ringside_event_streams_refused", COUNTER, "",
             "clients that were turned away from /events, as there were too many"},
            of_process<event_streams_refused>),
    process({"ringside_event_streams_given_up", COUNTER, "",
             "clients of /events that were given up, as they read too slowly"},
            of_process<event_streams_given_up>),
    process({"ringside_memory_limit_bytes", GAUGE, "bytes",
             "smallest memory limit of the control groups (version 2); absent: none"},
            write_memory_limit),
    process({"process_cpu_seconds", COUNTER, "seconds", "CPU time of all threads"},
            of_process<cpu_seconds>),
    process({"process_resident_memory_bytes", GAUGE, "bytes", "memory in use"},
            of_process<resident_bytes>),
    process({"process_virtual_memory_bytes", GAUGE, "bytes", "size of the address space"},
            of_process<virtual_bytes>),
    process(
        {"process_open_fds", GAUGE, "", "open files; absent with more than 5,000 before Linux 6.2"},
        write_open_files),
    process({"process_max_fds", GAUGE, "", "limit of open files"}, of_process<files_max>),
    process({"process_start_time_seconds", GAUGE, "seconds", "when the process started"},
            of_process<start_time>),

    // workers
    worker({"ringside_worker_snapshot_version", GAUGE, "",
            "version of the routing view that the worker goes by"},
           of_workers<worker_snapshot>),
    worker({"ringside_worker_clients", GAUGE, "", "client connections that the worker serves"},
           of_workers<worker_clients>),
    worker({"ringside_worker_turn_duration_seconds", HISTOGRAM, "seconds",
            "how long the turns of the worker's event loop take, which is what a request may wait "
            "for others"},
           write_turns),

    // listeners
    listener({"ringside_listener_requests", COUNTER, "", "requests that were answered"},
             of_listeners<&AdminCounters::requests>),
    listener({"ringside_listener_raw_reads", COUNTER, "",
              "connections without a request, which got the statistics as raw text"},
             of_listeners<&AdminCounters::raw_reads>),
    listener({"ringside_listener_requests_refused", COUNTER, "",
              "requests that were malformed, too large, or refused"},
             of_listeners<&AdminCounters::requests_refused>),
    listener({"ringside_listener_requests_unauthorized", COUNTER, "",
              "requests that were refused for want of the token; also among those refused"},
             of_listeners<&AdminCounters::requests_unauthorized>),
    listener({"ringside_listener_connections_refused", COUNTER, "",
              "connections that were refused, as there were too many"},
             of_listeners<&AdminCounters::connections_refused>),
    listener({"ringside_listener_connections_displaced", COUNTER, "",
              "connections that were closed for new ones, as there were too many"},
             of_listeners<&AdminCounters::connections_displaced>),
    listener({"ringside_listener_timeouts", COUNTER, "",
              "connections that were closed as they were idle, or too slow"},
             of_listeners<&AdminCounters::timeouts>),

    // pools
    {{"ringside_requests", COUNTER, "",
      "requests that have ended, by the class of the command and what became of them. Those of "
      "several keys are one, and a hit if one key was found"},
     Subject::pool,
     "class, outcome",
     kRequestTexts,
     {.write = write_requests}},
    pool({"ringside_request_duration_seconds", HISTOGRAM, "seconds",
          "from a request's last byte to its answer, as its client sees it, of requests that nodes "
          "have answered, or not in time. Exact to a turn of the event loop"},
         write_pool_latencies),
    of_pool<PoolMetric::requests>("ringside_requests_received"),
    {{"ringside_requests_rejected", COUNTER, "",
      "requests that the proxy refused for what they are"},
     Subject::pool,
     "reason",
     {},
     {.pool_counters = kRejected}},
    of_pool<PoolMetric::forward_error>("ringside_forward_errors"),
    of_pool<PoolMetric::no_node>("ringside_requests_without_node"),
    of_pool<PoolMetric::fragments>("ringside_request_parts"),
    of_pool<PoolMetric::drain_raced>("ringside_requests_after_drain"),
    of_pool<PoolMetric::client_connections>("ringside_client_connections"),
    pool({"ringside_client_connections_limit", GAUGE, "",
          "`client_connections` of the pool; absent: none"},
         write_client_limits),
    pool({"ringside_pool_timeout_seconds", GAUGE, "seconds", "`timeout` of the pool; absent: none"},
         write_timeouts),
    {{"ringside_client_connections_closed", COUNTER, "",
      "client connections that have ended, by the client or by the proxy for this reason"},
     Subject::pool,
     "reason",
     {},
     {.pool_counters = kClientsClosed}},
    of_pool<PoolMetric::client_refused>("ringside_client_connections_refused"),
    of_pool<PoolMetric::server_ejects>("ringside_ejections"),
    of_pool<PoolMetric::adoptions>("ringside_pool_adoptions"),
    {{"ringside_pool_nodes", GAUGE, "", "nodes of the pool in this state"},
     Subject::pool,
     "state",
     kNodeStateTexts,
     {.write = write_pool_nodes}},
    pool({"ringside_pool_nodes_kept_out", GAUGE, "",
          "listed nodes that stay out of the ring as they come and go too often"},
         of_pools<nodes_kept_out>),
    pool({"ringside_pool_ready", GAUGE, "", "1 since the pool has had a node in its ring"},
         of_pools<pool_ready>),
    {{"ringside_pool_health", GAUGE, "",
      "1 for how the pool fares, by /healthz: `down` is a ring without nodes that answer, "
      "`degraded` anything "
      "else that wants to be looked at"},
     Subject::pool,
     "state",
     kHealthTexts,
     {.write = write_pool_health}},
    pool({"ringside_pool_stale", GAUGE, "",
          "1 while the nodes are those of a saved list, as no source has answered yet"},
         of_pools<pool_stale>),
    pool({"ringside_ring_generation", GAUGE, "", "changes of the ring in this process"},
         of_pools<ring_generation>),
    pool({"ringside_ring_fingerprint", GAUGE, "",
          "first 13 hexadecimal digits of the ring's fingerprint as a number: the same where nodes "
          "and settings are the same"},
         of_pools<ring_fingerprint>),

    // where nodes come from
    source({"ringside_discovery_answers", COUNTER, "", "usable answers of the source"},
           of_sources<source_answers>),
    source({"ringside_discovery_failures", COUNTER, "", "answers that failed or were not usable"},
           of_sources<source_failures>),
    source({"ringside_discovery_last_answer_timestamp_seconds", GAUGE, "seconds",
            "when the last usable answer came; 0: never. Its age is time() minus this"},
           of_sources<source_last_answer>),
    source({"ringside_discovery_nodes", GAUGE, "", "nodes in the last usable list"},
           of_sources<source_nodes>),
    source({"ringside_discovery_authority", GAUGE, "", "1 if this source decides on the nodes"},
           of_sources<source_decides>),
    {{"ringside_discovery_state", GAUGE, "", "1 for the state that the source is in"},
     Subject::source,
     "state",
     kSourceStates,
     {.write = write_source_states}},

    // nodes
    {{"ringside_node_state", GAUGE, "", "1 for the state that the node is in"},
     Subject::node,
     "state",
     kNodeStateTexts,
     {.write = write_node_states}},
    {{"ringside_node_ejection_ends_timestamp_seconds", GAUGE, "seconds",
      "when the operator's ejection ends by itself; absent: there is none, or it does not"},
     Subject::node,
     {},
     {},
     {.write = write_ejection_ends}},
    {{"ringside_node_share_ratio", GAUGE, "ratio", "part of the hash space that the node owns"},
     Subject::node,
     {},
     {},
     {.write = write_node_shares}},
    {{"ringside_node_response_duration_seconds", HISTOGRAM, "seconds",
      "from a request's last byte to the node to its answer, late ones included. Exact to a turn "
      "of "
      "the event loop"},
     Subject::node,
     {},
     {},
     {.write = write_node_latencies}},
    of_node<NodeMetric::requests>("ringside_node_requests"),
    of_node<NodeMetric::request_bytes>("ringside_node_request_bytes", "bytes"),
    of_node<NodeMetric::responses>("ringside_node_responses"),
    of_node<NodeMetric::response_bytes>("ringside_node_response_bytes", "bytes"),
    {{"ringside_node_lookups", COUNTER, "",
      "answers that have the value that was asked for, or say that there is no such key; those of "
      "several keys are one, and a hit if one key was found"},
     Subject::node,
     "outcome",
     {},
     {.node_counters = kNodeLookups}},
    of_node<NodeMetric::in_queue>("ringside_node_requests_queued"),
    of_node<NodeMetric::in_queue_bytes>("ringside_node_requests_queued_bytes", "bytes"),
    of_node<NodeMetric::out_queue>("ringside_node_requests_in_flight"),
    of_node<NodeMetric::out_queue_bytes>("ringside_node_requests_in_flight_bytes", "bytes"),
    of_node<NodeMetric::server_timedout>("ringside_node_timeouts"),
    of_node<NodeMetric::late_replies>("ringside_node_late_responses"),
    {{"ringside_node_requests_refused", COUNTER, "",
      "requests refused: too much waits for the node, or it is not dialled again yet"},
     Subject::node,
     "reason",
     {},
     {.node_counters = kNodeRefused}},
    of_node<NodeMetric::server_connections>("ringside_node_connections"),
    {{"ringside_node_connections_lost", COUNTER, "",
      "links that the node has closed or refused, or that were closed for what it said"},
     Subject::node,
     "reason",
     {},
     {.node_counters = kNodeConnectionsLost}},
    of_node<NodeMetric::links_silent>("ringside_node_connections_silent"),
    of_node<NodeMetric::links_replaced>("ringside_node_connections_replaced"),
    of_node<NodeMetric::readonly_replies>("ringside_node_readonly_responses"),
    of_node<NodeMetric::degraded>("ringside_node_degraded"),
    of_node<NodeMetric::lookup_failures>("ringside_node_lookup_failures"),
    of_node<NodeMetric::server_ejected_at>("ringside_node_last_ejection_timestamp_seconds",
                                           "seconds"),
});

// --- what must hold of it ---

template <typename Metric>
constexpr std::size_t times_told(Metric metric) {
    std::size_t times = 0;
    for (const MetricFamily& family : kFamilies) {
        if constexpr (std::is_same_v<Metric, PoolMetric>) {
            for (const PoolSeries& series : family.origin.pool_counters) {
                times += series.metric == metric ? 1 : 0;
            }
        } else {
            for (const NodeSeries& series : family.origin.node_counters) {
                times += series.metric == metric ? 1 : 0;
            }
        }
    }
    return times;
}

template <typename Metric>
constexpr bool are_all_told_once() {
    for (std::size_t i = 0; i < static_cast<std::size_t>(Metric::count_); ++i) {
        if (times_told(static_cast<Metric>(i)) != 1) {
            return false;
        }
    }
    return true;
}
static_assert(are_all_told_once<PoolMetric>(), "each counter of a pool stands in one family");
static_assert(are_all_told_once<NodeMetric>(), "each counter of a node stands in one family");

// A unit ends the name, and a name says no more than the form adds by itself.
constexpr bool are_named_well() {
    for (const MetricFamily& family : kFamilies) {
        const std::string_view name = family.head.name;
        if (!name.ends_with(family.head.unit) || name.ends_with("_total") ||
            !(name.starts_with("ringside_") || name.starts_with("process_"))) {
            return false;
        }
    }
    return true;
}
static_assert(are_named_well());

constexpr bool are_named_once() {
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (kFamilies[i].head.name == kFamilies[j].head.name) {
                return false;
            }
        }
    }
    return true;
}
static_assert(are_named_once());

}  // namespace

std::span<const MetricFamily> metric_families() noexcept {
    return kFamilies;
}

}  // namespace ringside::admin
