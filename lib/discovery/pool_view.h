// What an operator sees of a pool: values, put together from the state of its source, its nodes and
// what was published last. Pure.
#pragma once

#include "base/clock.h"
#include "base/moment.h"
#include "discovery/source_facts.h"
#include "routing/fingerprint.h"
#include "routing/snapshot.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

class PoolState;
struct NodeRecord;

// How a node is, in short.
struct NodeStanding {
    routing::NodeState state = routing::NodeState::in_ring;
    std::string reason;  // why it is in that state, one phrase
    std::optional<std::chrono::system_clock::time_point> failing_since;  // nothing: it is not
    std::string last_failure;  // also of one that has answered since; empty: none is remembered
    std::optional<std::chrono::system_clock::time_point> last_failure_at;
};

struct NodeView {
    routing::Node node;
    routing::NodeState state = routing::NodeState::in_ring;
    std::string reason;       // why it is in that state, one phrase
    bool is_drained = false;  // by the operator: its links are closed when they owe nothing
    std::optional<std::chrono::system_clock::time_point> state_since;    // as workers know it
    std::optional<std::chrono::system_clock::time_point> failing_since;  // nothing: it is not
    std::optional<base::milliseconds> remaining;  // until an ejection ends or the next probe
    // What a node that is there does not do, in words, and since when; empty: nothing.
    std::string problem;
    std::optional<std::chrono::system_clock::time_point> problem_since;
    std::uint32_t link_epoch = 0;                  // how often its links were replaced
    std::uint32_t failures = 0;                    // in a row, that count for an ejection
    std::uint32_t failures_of_any_kind = 0;        // since its last answer
    double share = 0;                              // of the hash space, 0..1
    std::size_t points = 0;                        // on the ring
    std::vector<routing::Address> addresses = {};  // where it is dialled, in the order to try
    std::string_view address_problem = {};         // of its name's last lookup; empty: none
    std::optional<std::chrono::system_clock::time_point> address_problem_since = {};
};

// One of a pool's sources.
struct SourceView {
    std::string name;
    std::string_view state;     // words_of(SourceStanding)
    bool is_authority = false;  // it decides on the nodes
    std::optional<std::chrono::system_clock::time_point> authority_since;
    std::optional<std::chrono::system_clock::time_point> last_answer;  // usable one
    std::size_t nodes = 0;                                             // in its last usable list
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;
    std::string last_failure;  // empty: the last answer was usable
};

// A node that the source lists, and that is kept out of the ring as it comes and goes too often.
struct KeptOutView {
    std::string name;
    std::uint32_t returns = 0;
    base::milliseconds remaining{0};  // until it joins, if it stays on the list
};

struct PoolView {
    routing::PoolPtr pool;
    std::string listen;
    routing::Fingerprint fingerprint = 0;  // of its ring
    // Since when the ring that the workers have has nodes, or has none.
    std::optional<std::chrono::system_clock::time_point> ring_state_since;
    std::uint64_t generation = 0;  // of its ring, by its journal
    // The one that decides, else the preferred one: "static", "elasticache cfg.example:11211".
    std::string source;
    std::vector<SourceView> sources;  // all, in order of preference
    std::uint64_t source_version = 0;
    bool discovered = false;  // a usable membership has been seen
    std::optional<std::chrono::system_clock::time_point> last_change;
    std::optional<std::chrono::system_clock::time_point> last_answer;  // usable one
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;
    std::string last_failure;  // empty: the last answer was usable
    std::string last_error;    // the last one, however long ago; empty: none yet
    std::optional<std::chrono::system_clock::time_point> last_error_at;
    SourceFacts facts;              // times in monotonic time
    std::string_view source_state;  // words_of(SourceStanding)
    std::optional<std::chrono::system_clock::time_point> source_state_since;
    // Its nodes are those of a list from before the start, said then; nothing: they are not.
    std::optional<std::chrono::system_clock::time_point> stale_since;
    std::vector<KeptOutView> kept_out;
    std::vector<std::string> last_added, last_removed, last_changed;
    std::vector<NodeView> nodes;  // by ring_name_less
};

NodeStanding standing_of(const NodeRecord& record, const base::Moment& at);

// `published` is what the workers have. Wall time is for the eyes of people only: events are kept
// in monotonic time, so that a step of the clock cannot make one look newer than another one.
PoolView view_of(const PoolState& pool, const routing::PoolPtr& published, const base::Moment& at);

}  // namespace ringside::discovery
