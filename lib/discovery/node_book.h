// The nodes of a pool: who is a member, what is held against each, what the operator wants and
// where its name leads. Pure: no clock, no I/O; what people should read about is added to lines.
//
// Knows nothing of the source that the members come from. Its operations tell whether the ring has
// to be built anew.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "discovery/absence.h"
#include "discovery/address_gate.h"
#include "discovery/log_lines.h"
#include "discovery/losses.h"
#include "discovery/node_record.h"
#include "health/ejector.h"
#include "health/health_event.h"
#include "routing/membership.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::discovery {

// What news of a name are to the data path.
enum class NameChange : std::uint8_t {
    none,
    of_list,  // as a change of the list: of nodes that join, or of what is told of a name
    moved,    // a node that takes requests is elsewhere
};

// A node is out of the ring by the operator's word.
struct HandEjection {
    base::TimePoint until = base::kNever;  // kNever: until restored
    std::string remark = {};               // why, and who says so; may be empty
    bool is_drained = false;               // its links are closed as well
};

// Owned by the controller's state of the pool.
class NodeBook {
  public:
    // `pool` is its name, for errors. `lines` outlives the book.
    NodeBook(std::string pool, const routing::PoolPolicy& policy, LogLines& lines);

    NodeBook(const NodeBook&) = delete;
    NodeBook& operator=(const NodeBook&) = delete;

    // --- the policy ---
    const routing::PoolPolicy& policy() const noexcept { return policy_; }
    // What the old settings have led to says nothing about the new ones. keep_what_must_not_leave()
    // is due afterwards. True if the data path has to know.
    bool set_policy(const routing::PoolPolicy& policy, base::TimePoint now);
    // The pool may spare fewer nodes than before. The operator's ejections stay. True if a node is
    // back in the ring for that.
    bool keep_what_must_not_leave(base::TimePoint now);

    // Which addresses its nodes may have.
    AddressGate& gate() noexcept { return gate_; }
    const AddressGate& gate() const noexcept { return gate_; }

    // --- members ---
    // A complete list by ring names. The difference to the one before; empty: nothing has changed.
    // Of the first one no changes are told. Requires: it is not empty, and no name is there twice.
    routing::MembershipDiff take_members(routing::Membership membership, base::TimePoint now);
    // All leave.
    void drop_members(base::TimePoint now);
    const routing::Membership& members() const noexcept { return members_; }
    // The workers know them so.
    void on_published(const routing::Pool& pool, base::TimePoint now);
    // As the data path has to know them, in the order of the ring.
    std::vector<routing::PoolNode> nodes() const;
    routing::NodeId id_of(std::string_view node) const;       // Requires: it is a member.
    const NodeRecord& record_of(routing::NodeId node) const;  // Requires: it is not forgotten.

    // --- nodes that have left ---
    // Forgets those whose time is over, by discovery/absence.h, and says which. Requires: the
    // members are those of the last snapshot, so that nobody can ask for others.
    std::vector<routing::NodeId> forget_absent(base::TimePoint now);
    // When it has something to do next; kNever: not before another event.
    base::TimePoint next_forgotten() const noexcept;
    // That of a pool of this id that leaves now, with the ejections of all its nodes.
    Absence absence_of_all(std::uint32_t id, base::TimePoint now) const noexcept;

    // --- names ---
    // Adds the host names of its nodes.
    void add_names(std::set<std::string>& names) const;
    // What is known of a name, its nodes' or any other.
    NameChange on_name(const std::string& host, const NameState& state, base::TimePoint now);
    // The same of many names, in one pass over the nodes; those that are pending say nothing.
    bool take_names(const std::map<std::string, NameState>& names, base::TimePoint now);
    // The nodes that have this name.
    std::vector<routing::NodeId> nodes_named(const std::string& host) const;
    // A name has neither been found nor failed.
    bool waits_for_names() const noexcept;

    // --- nodes that join by a name ---
    // A changed list waits for the first address of one, to be published with it.
    bool holds_list() const noexcept;
    // Looks at those that wait; true if the data path has to know.
    bool check_joins(base::TimePoint now);

    // --- health; what becomes of the node ---
    health::Ejector::Change on_health(const health::HealthEvent& event, base::TimePoint now,
                                      double random);
    health::Ejector::Change on_probe(routing::NodeId node, bool healthy, base::TimePoint now,
                                     double random);
    // Looks for outages that are over by now (health/outage.h).
    void end_outages(base::TimePoint now);
    // The nodes that shall be probed now.
    std::vector<routing::PoolNode> begin_probes(base::TimePoint now);
    // Those whose links are replaced from now on, as they refuse writes (health/link_renewal.h):
    // the data path has to know. Their names may mean others by now.
    std::vector<routing::Node> renew_links(base::TimePoint now);
    // Nodes that have become degraded or well since the last call.
    std::vector<std::pair<routing::NodeId, bool>> take_degraded();

    // --- losses of nodes; no lines, nor their ejections, until they are told ---
    bool has_losses() const noexcept { return !losses_.empty(); }
    void tell_losses();
    // Somebody else has told. The cause of the last one.
    std::string drop_losses() { return losses_.drop(lines_); }
    // All nodes, as far as was told.
    bool is_lost() const noexcept { return is_lost_; }

    // --- the operator; true if the data path has to know ---
    // As Controller::eject().
    base::Expected<bool> eject(std::string_view node, const HandEjection& how, bool force,
                               base::TimePoint now);
    // Of one that was ejected so: its links are closed when they owe nothing.
    bool close_links(std::string_view node);
    // Its links are replaced as well, whatever its state.
    base::Expected<bool> restore(std::string_view node, base::TimePoint now);
    // Whether restore() finds it.
    bool knows(std::string_view node) const { return records_.find(node) != records_.end(); }
    // The links to this node, or to all, take no more requests; new ones are dialled at need.
    base::Status reconnect(std::string_view node);
    void reconnect_all();
    // Ejects a node as the operator has done in a process before this one: also one that is no
    // member. True if the data path has to know.
    bool keep_ejected(const std::string& node, const HandEjection& how, base::TimePoint now);
    // All of theirs, kNever: until restored; of nodes that have left, too.
    std::vector<std::pair<std::string, HandEjection>> operator_ejections() const;
    // Ends the operator's ejections whose time is over.
    bool end_ejections(base::TimePoint now);

    // When something of the above is due; kNever: not before another event.
    base::TimePoint next_deadline() const noexcept;

  private:
    // Ring names in the order of the ring.
    struct NameLess {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const noexcept {
            return routing::ring_name_less(a, b);
        }
    };

    NameChange take_name(NodeRecord& record, const NameState& state, base::TimePoint now);
    NameState allowed(const NodeRecord& record, const NameState& state, base::TimePoint now) const;
    NodeRecord& find_or_add(const std::string& name);
    // Null if it is forgotten: for news that come late.
    NodeRecord* find(routing::NodeId node) const;
    // Null if it is no member.
    NodeRecord* find_member(std::string_view node);
    base::Error unknown(std::string_view node) const;

    bool has_absent() const noexcept;
    void leave(NodeRecord& record, base::TimePoint now);
    void update(const routing::Member& member, base::TimePoint now);
    bool has_others_than_joining() const noexcept;
    // By now it is known where it is.
    void end_join(NodeRecord& record, std::string_view how);
    void end_joins() noexcept;
    std::size_t joined_nodes() const noexcept;
    void tell_members(const routing::MembershipDiff& changes);
    void on_link_settings(base::TimePoint now);
    void on_ejection_settings(const routing::PoolPolicy& before, base::TimePoint now);

    void on_answer(NodeRecord& record, base::TimePoint now);
    health::Ejector::Change on_failure(NodeRecord& record, const health::HealthEvent& event,
                                       base::TimePoint now, double random);
    // True if this is news of its own.
    bool begin_problem(NodeRecord& record, health::HealthKind kind, base::TimePoint now);
    void end_problem(NodeRecord& record, health::HealthKind kind);
    void tell_end_of_outage(NodeRecord& record, base::TimePoint now);
    bool are_all_lost() const noexcept;

    std::size_t nodes_in_ring() const noexcept;
    // How many more nodes health may take off the ring; less than 0 if there are too many already.
    std::ptrdiff_t room_off_the_ring() const noexcept;
    health::EjectionPolicy ejection_policy() const noexcept;

    // A line about a change of the ring, or about whatever changes none.
    void tell_change(base::LogFields about, std::string text, bool warning = false);
    void tell_news(base::LogFields about, std::string text, bool warning = false);

    const std::string pool_;
    routing::PoolPolicy policy_;
    LogLines& lines_;
    AddressGate gate_;
    routing::Membership members_;  // the last list, by ring name
    std::map<std::string, NodeRecord, NameLess> records_;
    std::map<routing::NodeId, NodeRecord*> record_by_id_;
    routing::NodeId next_id_ = 0;  // no id is ever given twice
    Losses losses_;
    bool is_lost_ = false;
    std::vector<std::pair<routing::NodeId, bool>> degraded_;
};

}  // namespace ringside::discovery
