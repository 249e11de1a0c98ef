// One pool as the controller knows it: its members, what is held against them, and the state of its
// source. Pure: no clock, no I/O, no log; what people should read about is collected as notes.
//
// Owned by the controller. Its operations tell whether the ring has to be built anew.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/config.h"
#include "discovery/advice.h"
#include "discovery/controller.h"
#include "discovery/node_record.h"
#include "health/health_event.h"
#include "routing/identity.h"
#include "routing/membership.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::discovery {

// An edge to be logged with the ring it led to.
struct Note {
    bool warning = false;
    std::string text;
};

// What a usable list has led to.
struct ListOutcome {
    bool changed = false;         // the members are others than before
    bool source_is_back = false;  // it ended a streak of failures
};

class PoolState {
  public:
    PoolState(routing::PoolId id, const config::PoolConfig& config);

    PoolState(const PoolState&) = delete;
    PoolState& operator=(const PoolState&) = delete;

    routing::PoolId id() const noexcept { return id_; }
    const std::string& name() const noexcept { return name_; }
    const std::string& source() const noexcept { return source_; }
    bool is_static() const noexcept { return is_static_; }

    // Takes over settings that may be others than before; of a static source the members too. True
    // if the data path has to know. Requires: name and protocol are those of the constructor.
    bool configure(const config::PoolConfig& config, base::TimePoint now);

    // --- the source ---
    // Takes over a complete list. An empty one, or one with a name twice, is refused: nothing has
    // changed then, and on_failure() is due.
    base::Expected<ListOutcome> on_membership(routing::Membership membership, base::TimePoint now);
    // True if this is the first failure of its streak.
    bool on_failure(const base::Error& error);
    const routing::Membership& members() const noexcept { return members_; }

    // --- names ---
    // Adds the host names of its nodes.
    void add_names(std::set<std::string>& names) const;
    // What is known of a name, its nodes' or any other; true if the data path has to know.
    bool on_name(const std::string& host, const NameState& state, base::TimePoint now);
    // The nodes that have this name.
    std::vector<routing::NodeId> nodes_named(const std::string& host) const;

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

    // --- the operator; true if the data path has to know ---
    // As Controller::eject(); `until` kNever: until restored.
    base::Expected<bool> eject(std::string_view node, base::TimePoint until, bool force,
                               base::TimePoint now);
    // Its links are replaced as well, whatever its state.
    base::Expected<bool> restore(std::string_view node, base::TimePoint now);
    // The links to this node, or to all, take no more requests; new ones are dialled at need.
    base::Status reconnect(std::string_view node);
    void reconnect_all();
    // Ends the operator's ejections whose time is over.
    bool end_ejections(base::TimePoint now);

    base::TimePoint next_deadline() const noexcept;

    // --- results ---
    routing::PoolPtr build() const;
    // Edges since the last call.
    std::vector<Note> take_notes();
    // Nodes lost and back, and advice, since the last call: whatever changes no ring.
    std::vector<Note> take_news();
    // Nodes that have become degraded or well since the last call.
    std::vector<std::pair<routing::NodeId, bool>> take_degraded();
    // Losses of nodes are no news, and their ejections no notes, until tell_losses(): one line may
    // say it of many.
    bool has_losses() const noexcept { return !losses_.empty(); }
    void tell_losses();
    // Somebody else has told. The cause of the last one.
    std::string drop_losses();
    bool is_lost() const noexcept { return is_lost_; }
    // A ring was published.
    void on_published(const routing::Pool& pool);
    // Whether it is ready by now. Readiness never goes back.
    void update_ready(base::TimePoint now);
    bool ready() const noexcept { return ready_; }
    // Why it is not ready, one line.
    std::string why_not_ready() const;
    // `published` is what the workers have.
    PoolView view(const routing::PoolPtr& published, base::TimePoint now) const;
    routing::NodeId id_of(std::string_view node) const;  // Requires: it was a member once.

  private:
    // Ring names in the order of the ring.
    struct NameLess {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const noexcept {
            return routing::ring_name_less(a, b);
        }
    };

    struct Loss {
        routing::NodeId node;
        std::string name;
        std::string cause;
        bool is_told;  // by the line about its cause
    };
    struct Ejection {
        std::string name;
        std::string text;
    };

    NodeRecord& record_of(const std::string& name);
    NodeRecord& record_of(routing::NodeId node);
    bool rename_members(base::TimePoint now);
    void take_members(routing::Membership membership, base::TimePoint now);
    void update(const routing::Member& member, base::TimePoint now);
    void note_members(const routing::MembershipDiff& diff);
    void note(std::string text, bool warning = false);
    // True if this is news of its own.
    bool begin_problem(NodeRecord& record, health::HealthKind kind, base::TimePoint now);
    void end_problem(NodeRecord& record, health::HealthKind kind);
    void on_link_settings(base::TimePoint now);
    void on_ejection_settings(const routing::PoolPolicy& before, base::TimePoint now);
    void tell_end_of_outage(NodeRecord& record, base::TimePoint now);
    void note_loss(const NodeRecord& record, bool is_told);
    void note_ejections();
    void tell(const Loss& loss);
    bool are_all_lost() const noexcept;
    std::size_t nodes_in_ring() const noexcept;
    bool waits_for_names() const noexcept;
    base::TimePoint end_of_wait() const noexcept;
    // How many more nodes health may take off the ring; less than 0 if there are too many already.
    std::ptrdiff_t room_off_the_ring() const noexcept;
    health::EjectionPolicy ejection_policy() const noexcept;
    bool keep_what_must_not_leave(base::TimePoint now);
    void add_nodes(PoolView& view, base::TimePoint now) const;

    const routing::PoolId id_;
    const std::string name_;
    std::string listen_;
    std::string source_;
    bool is_static_ = false;
    routing::PoolPolicy policy_;

    routing::Identity identity_ = routing::Identity::source;
    routing::Membership said_;     // the last usable list, as the source named its nodes
    routing::Membership members_;  // the same, by ring name
    std::map<std::string, NodeRecord, NameLess> records_;
    std::vector<NodeRecord*> record_by_id_;

    bool discovered_ = false;
    bool ready_ = false;
    bool has_had_ring_ = false;
    std::optional<base::TimePoint> first_members_at_;
    bool failing_ = false;
    std::uint64_t answers_ = 0;
    std::uint64_t failures_ = 0;
    std::string last_failure_;
    std::optional<base::TimePoint> last_answer_;
    std::optional<base::TimePoint> last_change_;
    routing::MembershipDiff last_diff_;

    AdviceOnce advice_;
    bool is_lost_ = false;             // all nodes, as far as was told
    std::vector<Loss> losses_;         // that were not told yet
    std::vector<Ejection> ejections_;  // likewise
    std::vector<Note> news_;
    std::vector<std::pair<routing::NodeId, bool>> degraded_;
    std::vector<Note> notes_;
    std::size_t notes_left_out_ = 0;
};

}  // namespace ringside::discovery
