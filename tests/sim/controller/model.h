// What must be true of a controller, whatever it is told: a second, simpler account of its rules,
// which shares no code with lib/discovery.
//
// It knows exactly what follows from lists, names, settings and the operator's word. What health
// makes of a node it does not foresee: it knows what may happen (no ejection without so many
// failures, no return without a reason), and what must in the plainest cases.
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "routing/membership.h"
#include "routing/snapshot.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::sim {

// When what is gone is forgotten, not sooner and not later. A node or a pool that returns before is
// the one that it was. Behind that it is another, under an id that nobody had.
struct Forgetting {
    // So long it is remembered, and as long as an ejection by the operator lasts.
    static constexpr base::seconds kAbsence = std::chrono::hours(1);
    // So many nodes of one pool; scripts have fewer, and fewer pools than would be too many.
    static constexpr std::size_t kAbsentNodes = 1'024;
};

// A node that joins a pool by its name has no keys before that has led to an address.
struct Joining {
    // So long a changed list waits for that.
    static constexpr base::seconds kHold{2};
    // And so long the node itself, in a pool that no node may leave for its health.
    static constexpr base::seconds kWait{30};
};

// Failures that were reported of a node, in a row; not all of them need count.
struct ReportedFailures {
    std::uint32_t count = 0;
    bool were_enough = false;  // for the pool's failure_limit at that time

    void add(const routing::PoolPolicy& policy) {
        ++count;
        were_enough = were_enough || (policy.auto_eject && count >= policy.failure_limit);
    }
};

struct ModelNode {
    std::optional<routing::NodeId> id;  // nothing: it was in no snapshot yet
    bool is_member = false;
    base::TimePoint absent_since{};

    routing::Member member;
    std::vector<routing::Address> addresses;
    std::string address_problem;
    std::optional<base::TimePoint> joining_since;
    std::optional<base::TimePoint> ejected_until;  // by the operator; kNever: until restored
    std::uint32_t link_epoch = 0;                  // as it was seen last

    // Health: seen, or reported.
    std::optional<routing::NodeState> seen;  // in the snapshot before, as a member
    bool given_up = false;                   // as seen last: out, or kept with its requests failing
    ReportedFailures failures;
    bool must_be_given_up = false;  // they were enough, and all of them count
    // There was a reason to trust it again since it was seen given up, and what failed behind that.
    bool may_be_back = false;
    ReportedFailures failures_since;
    int beginnings = 0;  // how often it has left or was restored

    // What was asked then says nothing of the node now. (Whoever has left or was restored meanwhile
    // and is being probed again may take that probe's answer for this one's.)
    bool has_moved_since(const routing::PoolNode& asked, int beginnings_then) const {
        const bool is_elsewhere = member.address != asked.node.address ||
                                  (member.address.is_name() && addresses != asked.addresses);
        return is_elsewhere && beginnings == beginnings_then;
    }

    // A probe was answered, or the operator has said so.
    void on_reason_to_trust() {
        may_be_back = true;
        must_be_given_up = false;
        failures_since = {};
    }
};

struct NameLess {
    bool operator()(std::string_view a, std::string_view b) const noexcept {
        return routing::ring_name_less(a, b);
    }
    using is_transparent = void;
};

// Of a list that takes away more nodes than may leave at once.
struct Doubt {
    // Answers that are closer together are one; the next is asked for so much later, or once more.
    static constexpr base::milliseconds kApart{1'000};
    static constexpr base::milliseconds kAskedWithin{2'000};

    std::vector<std::string> names;  // of the nodes on it, by ring name
    std::vector<routing::Member> said;
    std::uint32_t answers = 1;
    base::TimePoint last{};  // that counts
    bool is_asked = false;   // since then

    bool must_be_asked(base::TimePoint now) const {
        return !is_asked && now >= last + kAskedWithin;
    }
};

// Of a node that has left its source's list at least once.
struct ModelFlaps {
    static constexpr base::seconds kWindow{600};
    static constexpr base::seconds kStable{300};

    std::vector<base::TimePoint> returns;
    bool is_listed = false;
    base::TimePoint left_at{};
    base::TimePoint listed_since{};
    bool is_kept_out = false;
    bool joins_at_once = false;

    bool may_join(base::TimePoint now) const {
        return joins_at_once || now - listed_since >= kStable;
    }
};

struct ModelPool {
    routing::PoolId id = 0;
    config::PoolConfig config;
    std::string source;
    bool is_present = false;
    base::TimePoint absent_since{};
    std::vector<routing::Member> said;  // the last usable list, as it came
    std::uint64_t source_version = 0;
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;
    bool is_failing = false;
    bool has_had_ring = false;
    bool is_new_source = false;
    std::optional<Doubt> doubt;
    // The source says that there is nothing, since then; until it says something else.
    std::optional<base::TimePoint> held_since;
    bool is_hold_asked = false;
    bool is_emptied = false;  // by the end of a hold
    bool was_discovered = false;
    std::set<std::string> listed;
    std::map<std::string, ModelFlaps> flaps;

    // How much later than its end a hold may be looked into.
    base::milliseconds hold_spread() const;
    bool is_hold_over(base::TimePoint now) const;
    std::set<std::string> kept_out() const;
    std::map<std::string, ModelNode, NameLess> nodes;  // members, and those who are remembered
    std::set<routing::NodeId> ids;                     // all that were ever seen
    routing::PoolPtr seen;                             // as it was in the last snapshot
    std::optional<base::TimePoint> disagrees_since;    // what is published, with this

    std::size_t member_count() const;
    std::size_t joining_count() const;
    // A change of its list may wait.
    bool may_wait(base::TimePoint now) const;
    std::size_t absent_count() const;
    bool is_static() const;
    // How many nodes may be off the ring before health may take no more.
    std::size_t most_off_ring() const;
};

// By ring name and in its order; nothing if two have the same, or if there is none.
std::optional<std::vector<routing::Member>> named(const std::vector<routing::Member>& said,
                                                  routing::Identity identity);
std::vector<routing::Member> members_of(const ModelPool& pool);

enum class ListEffect { refused, same, changed };

class ControllerModel {
  public:
    // --- what happens; to be told before the controller is ---
    // `ids` are those that the controller has given to the pools. What is wrong with them.
    std::string load(const config::Config& config, const std::vector<routing::PoolId>& ids,
                     base::TimePoint now);
    ListEffect take_list(ModelPool& pool, const routing::Membership& list, base::TimePoint now);
    void take_failure(ModelPool& pool);
    // The source says that it has no nodes.
    ListEffect take_nothing(ModelPool& pool, base::TimePoint now);
    // Nodes that were kept out and are stable by now.
    void take_stable(base::TimePoint now);
    // A question that is overdue; empty: none.
    std::string unasked(base::TimePoint now) const;
    // The source is asked, and nobody has told the controller to. What is wrong with that.
    std::string take_question(routing::PoolId pool, base::TimePoint now);
    // What is known of a name after a lookup; one that nobody uses is ignored.
    void take_name(const std::string& host, const std::vector<std::string>& ips,
                   std::string_view problem);
    void end_ejections(base::TimePoint now);
    void end_joins(base::TimePoint now);
    // The controller has forgotten it. What is wrong with that.
    std::string forget(routing::PoolId pool, routing::NodeId node, base::TimePoint now);
    std::string forget(routing::PoolId pool, base::TimePoint now);

    // --- what is known ---
    // Null: there is none at present.
    ModelPool* find(std::string_view name);
    ModelPool* find_any(routing::PoolId id);  // present or not, unless it is forgotten
    static ModelNode* find_member(ModelPool& pool, std::string_view node);
    ModelNode* find_node(routing::PoolId pool, routing::NodeId node);  // likewise
    const std::vector<ModelPool*>& present() const { return present_; }
    std::set<std::string> hosts() const;

    // --- what must be true ---
    // Takes note of a snapshot that was published. What may not follow the one before.
    std::string see(const routing::Snapshot& snapshot);
    // What is not yet in the snapshot, or never should have been.
    std::string disagreement(const routing::Snapshot& snapshot, base::TimePoint now) const;
    // What should be forgotten by now.
    std::string overdue(base::TimePoint now) const;

  private:
    // What is known of a host name.
    struct Name {
        std::vector<std::string> ips;
        std::string problem;
    };

    std::string take_id(const config::PoolConfig& config, routing::PoolId id);
    void configure(ModelPool& pool, const config::PoolConfig& config, base::TimePoint now);
    ListEffect judge_list(ModelPool& pool, const routing::Membership& list, base::TimePoint now);
    static bool is_believed(ModelPool& pool, const std::vector<routing::Member>& said,
                            const std::vector<routing::Member>& members, base::TimePoint now);
    static std::vector<routing::Member> without_flapping(ModelPool& pool,
                                                         std::vector<routing::Member> members,
                                                         base::TimePoint now);
    void take_members(ModelPool& pool, const std::vector<routing::Member>& members,
                      base::TimePoint now);
    static void take_member(ModelPool& pool, const routing::Member& member, base::TimePoint now);
    static void leave(ModelNode& node, base::TimePoint now);
    void take_known_names(ModelPool& pool);
    static void take_name(ModelNode& node, const Name& name);
    void use_names();

    std::map<std::pair<std::string, routing::ProtocolKind>, std::unique_ptr<ModelPool>> pools_;
    std::set<routing::PoolId> ids_;
    std::vector<ModelPool*> present_;  // in the order of the configuration
    std::map<std::string, Name> names_;
};

}  // namespace ringside::sim
