// What the controller knows of one node of a pool, and what follows from it. Pure.
//
// There is a record for each ring name that is a member or was one not long ago
// (discovery/absence.h): the id must come back with the name, and so must the operator's ejection.
#pragma once

#include "base/clock.h"
#include "discovery/name_book.h"
#include "health/ejector.h"
#include "health/health_event.h"
#include "health/link_renewal.h"
#include "health/outage.h"
#include "routing/node.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

// A node that joins a pool by its name takes keys when the name has led to an address. So long a
// changed list waits for that, so that keys move once.
inline constexpr base::seconds kJoinHold{2};
// And so long the node stays out of the ring at most, unless nodes may leave it anyway
// (auto_eject): all who have this list shall agree on who owns a key.
inline constexpr base::seconds kJoinWaitMax{30};

// The node is there, and does not do all that it should: degraded.
struct NodeProblem {
    health::HealthKind kind = health::HealthKind::auth_failed;  // or readonly
    base::TimePoint since{};
};

// "refuses redis_auth or redis_db"
std::string_view words_of(const NodeProblem& problem) noexcept;

struct NodeRecord {
    routing::Node node;
    bool member = false;        // its source lists it at present
    base::TimePoint left_at{};  // when it was one last; of meaning unless it is a member
    // What is known of its name; of an IP or a path, that itself and nothing else ever.
    std::vector<routing::Address> addresses = {};
    std::string_view address_problem = {};
    base::TimePoint address_problem_since{};
    // It has joined the pool then, and its name has led to no address since.
    std::optional<base::TimePoint> joining_since;
    bool join_told = false;  // kJoinHold is over: people know that it is kept out
    health::Ejector ejector;
    health::Outage outage;
    std::string last_failure;  // what happened, in words; empty: nothing yet
    base::TimePoint last_failure_at{};
    std::string last_cause;  // the same, in the words that clients get
    std::optional<NodeProblem> problem;
    health::LinkRenewal renewal;
    std::uint32_t link_epoch = 0;  // see routing::PoolNode
    // The state that the workers know it in, and since when; nothing: they have not heard of it.
    routing::NodeState state_shown = routing::NodeState::in_ring;
    std::optional<base::TimePoint> state_shown_since;
    // When the operator's ejection ends, kNever if he has to end it; nothing if there is none.
    std::optional<base::TimePoint> ejected_until;
    std::string ejection_remark;  // what he has said about it
    bool is_drained = false;      // of meaning while he has: its links are closed as well

    // Its name has neither been found nor failed.
    bool waits_for_address() const noexcept {
        return member && addresses.empty() && address_problem.empty();
    }
    void begin_join(base::TimePoint now);
    void end_join() noexcept { joining_since.reset(); }
    // A changed list waits for it.
    bool holds_list() const noexcept { return joining_since && !join_told; }
    // When its joining is looked at next.
    base::TimePoint next_of_join(bool auto_eject) const noexcept;

    // True if this is other than what was known.
    bool take_addresses(const NameState& state, base::TimePoint now);

    // The operator's word goes first.
    routing::NodeState state() const noexcept;

    // In the ring, and not because it must not leave: what traffic says of it counts.
    bool is_trusted() const noexcept {
        return in_ring() && ejector.state() == health::Ejector::State::in_ring;
    }

    // Of a member: it takes its share of the keys.
    bool in_ring() const noexcept { return member && state() == routing::NodeState::in_ring; }

    // True if it shall be probed now.
    bool begin_probe(base::TimePoint now) noexcept;

    // When this node needs attention next: an ejection ends, a probe is due, an outage is over,
    // links are to be replaced.
    base::TimePoint next_deadline() const noexcept;
};

// As the data path has to know it. Requires: it is a member.
routing::PoolNode published(const NodeRecord& record);

// " (what its name's last lookup found instead of an address)", or empty.
std::string problem_text(const NodeRecord& record);

// Why the node is in its state, one phrase; empty if nothing is to be said.
std::string reason(const NodeRecord& record);

// Until the ejection ends or the next probe; nothing in the ring, or if only the operator ends it.
std::optional<base::milliseconds> remaining(const NodeRecord& record, base::TimePoint now);

}  // namespace ringside::discovery
