// The only writer of snapshots: merges configuration, memberships, health and the operator's
// wishes.
//
// Sans-io and clock-free: answers come in, snapshots go out through `publish`, deadlines are asked
// for and told. Owned by App; control thread only. Its rules:
//  - a failing answer never changes a ring that has nodes, an empty one only when the last list was
//    held for as long as is configured; it is counted and logged once per streak;
//  - a list that takes many nodes away has to be said again (change_rule.h), and a node that comes
//    and goes too often stays out until it is stable (flap_rule.h);
//  - a change is published at once, further ones within kPublishIntervalMin are collected; a few
//    ejections and returns (PublishGate::kBurst) do not wait for that;
//  - a node that joins a pool by its name stays out of the ring until the name has led anywhere;
//    for a short while the whole list waits for that (kJoinHold);
//  - a node ejected for its health is probed, and comes back when it has answered; one in the ring
//    that has failed and is not asked any more is probed to know how it is;
//  - nodes are dialled at the addresses of the snapshot: names are looked up for the controller,
//    and a node whose name does not resolve any more keeps the last good ones;
//  - what the operator ejected stays out across memberships until restored or its time is over.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/config.h"
#include "discovery/address_gate.h"
#include "discovery/known_pools.h"
#include "discovery/name_book.h"
#include "discovery/pool_view.h"
#include "discovery/publish_gate.h"
#include "discovery/saved_state.h"
#include "discovery/source_machine.h"
#include "discovery/used_names.h"
#include "health/ejector.h"
#include "health/health_event.h"
#include "health/mass_loss.h"
#include "routing/membership.h"
#include "routing/snapshot.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::discovery {

class Journal;
class PoolState;

class Controller {
  public:
    struct Hooks {
        // A new snapshot, to all workers and the admin API.
        std::function<void(routing::SnapshotPtr)> publish;
        // Ask this node whether it is well; answer through on_probe().
        std::function<void(routing::PoolId, const routing::PoolNode&)> probe;
        // The sources of this pool shall be asked now.
        std::function<void(routing::PoolId, RefreshAsked)> refresh;
        // The members of this pool as they are now, for its sources' fail-over.
        std::function<void(routing::PoolId, const MembersKnown&)> members_changed;
        // For counters: a node was ejected (by health or operator) at this time.
        std::function<void(routing::PoolId, routing::NodeId)> ejected;
        // For counters: a node does not do all that it should, or does again.
        std::function<void(routing::PoolId, routing::NodeId, bool)> degraded;
        // The host names of all nodes from now on: look them up; answer through on_name(). May not
        // call back from inside.
        std::function<void(const std::set<std::string>&)> use_names;
        // This one, if it is a name, may lead elsewhere by now: look it up again.
        std::function<void(const std::string& host)> doubt_name;
        // For counters: a lookup of this node's name has found nothing.
        std::function<void(routing::PoolId, routing::NodeId)> lookup_failed;
        // It has left long ago, is in no snapshot, and comes back as another one, with another id:
        // whatever is kept for this one is of no use any more. A pool's nodes go with it.
        std::function<void(routing::PoolId, routing::NodeId)> node_forgotten;
        std::function<void(routing::PoolId)> pool_forgotten;
        // What saved_state() says may be something else from now on.
        std::function<void()> state_changed = [] {};
    };

    explicit Controller(Hooks hooks);
    ~Controller();

    Controller(const Controller&) = delete;
    Controller& operator=(const Controller&) = delete;

    // --- the configuration ---
    // The id of a pool: that of its name and protocol, present or not, until it is forgotten
    // (discovery/absence.h); no other one ever gets it. Another protocol is another pool, as
    // clients that are under way cannot change theirs. Of one that comes to nothing, as what is
    // asked for is refused, no more stays than of a pool that has left.
    routing::PoolId id_of(const config::PoolConfig& pool, base::TimePoint now);
    // Where this process listens for clients: no answer may lead there. For the pools of the next
    // configure().
    void set_own_listeners(OwnListeners own);
    // The pools from now on, the first ones or others than before. Publishes. Static pools are
    // discovered at once. What is known of nodes that stay in a pool stays: ejections, failures and
    // ids; and so do the members of a pool with another source, until that one has answered. A pool
    // that comes back before it is forgotten is as it was when it left.
    void configure(const config::Config& config, base::TimePoint now);

    // --- events ---
    // `source`: which of the pool's, by config::describe(); empty: the preferred one.
    void on_membership(routing::PoolId pool, routing::Membership membership, base::TimePoint now,
                       std::string_view source = {});
    void on_source_failure(routing::PoolId pool, const base::Error& error, base::TimePoint now,
                           std::string_view source = {});
    void on_source_facts(routing::PoolId pool, SourceFacts facts, std::string_view source = {});
    void on_health(const health::HealthEvent& event, base::TimePoint now);
    void on_probe(routing::PoolId pool, routing::NodeId node, bool healthy, base::TimePoint now);
    // What is known of a host name now, after each lookup of it. `failed`: this one found nothing.
    void on_name(const std::string& host, const NameState& state, bool failed, base::TimePoint now);
    // This worker goes by the snapshot of this version, since then.
    void on_adopted(std::uint32_t worker, std::uint64_t version, base::TimePoint at);
    // Ejections that end, probes that are due, publishes that were held back, what is forgotten.
    void tick(base::TimePoint now);
    // When tick() is needed next; kNever if not.
    base::TimePoint next_deadline() const;

    // How the operator takes a node out.
    struct TakeOut {
        std::optional<base::milliseconds> duration = {};  // nothing: until restored
        std::string remark = {};  // why, and who says so; shown beside the node's state
    };
    // --- the operator; every call is idempotent ---
    // Takes a node out of its ring. conflict if it is the last
    // one in the ring and not `force`; not_found if pool or node (a ring name) is unknown.
    base::Status eject(std::string_view pool, std::string_view node, TakeOut how, bool force,
                       base::TimePoint now);
    // The same for a node that shall be shut down: its links are closed as well, when they owe
    // nothing.
    base::Status drain(std::string_view pool, std::string_view node, TakeOut how, bool force,
                       base::TimePoint now);
    // Puts it back into the ring, and replaces its links.
    base::Status restore(std::string_view pool, std::string_view node, base::TimePoint now);
    // Whether there is such a node to be put back: also one that has left and is not forgotten.
    bool may_restore(std::string_view pool, std::string_view node) const;
    // The links to this node, or to all nodes of the pool, take no more requests and close when
    // they owe nothing; new ones are dialled at need, at once.
    base::Status reconnect(std::string_view pool, std::string_view node, base::TimePoint now);
    base::Status reconnect(std::string_view pool, base::TimePoint now);
    // Asks the source, and replaces the links to all nodes.
    base::Status refresh(std::string_view pool, base::TimePoint now, RefreshAsked how = {});

    // --- what outlives the process ---
    SavedState saved_state(const base::Moment& at) const;
    // Goes on with what another process has left, for the pools that are there, and publishes.
    // Requires: no source has told anything yet.
    void take_saved(const SavedState& saved, const base::Moment& at);

    // --- views, for the admin API ---
    routing::SnapshotPtr snapshot() const { return snapshot_; }
    std::vector<std::string> pool_names() const;
    // Nothing if there is no such pool.
    std::optional<PoolView> view(std::string_view pool, const base::Moment& at) const;
    // How one of its nodes stands. Requires: it is in the snapshot.
    NodeStanding standing(routing::PoolId pool, routing::NodeId node, const base::Moment& at) const;
    // The changes of its ring; null if there is no such pool. Until the next event.
    const Journal* history(std::string_view pool) const;
    // Every pool has had a non-empty ring at least once, and each name of its nodes has been looked
    // up (or kNamesWaitMax has passed); never goes back to false, whatever pools come later.
    bool ready() const noexcept { return ready_; }
    // The same of one pool, also while it is not in the configuration; not if it is not known.
    bool is_ready(routing::PoolId pool) const;
    // What the pool's sources are told of them (Hooks::members_changed), for one that begins now.
    MembersKnown members_known(routing::PoolId pool) const;
    // Why not ready, one line per pool: "pool alpha: no answer yet from cfg.example:11211 (...)".
    std::vector<std::string> readiness_report() const;

  private:
    // A pool of the present configuration; null if there is none of that name.
    PoolState* find(std::string_view name) const;
    // Null if it has left: for news that come late.
    PoolState* present(routing::PoolId id) const;
    // Requires: `pool` is of the present configuration.
    const routing::PoolPtr& published(const PoolState& pool) const;

    void on_node_change(routing::PoolId id, routing::NodeId node, health::Ejector::Change change,
                        base::TimePoint now);
    // Its members are not, but perhaps why it has none.
    void on_members_kept(const PoolState& pool, base::TimePoint now);
    // Its members are others.
    void on_members_changed(PoolState& pool, base::TimePoint now);
    void on_operator_done(PoolState& pool, bool changed, base::TimePoint now);
    void replace_all_links(PoolState& pool, base::TimePoint now);
    void renew_links(PoolState& pool, base::TimePoint now);
    void doubt_names(const PoolState& pool, std::string_view node) const;
    void use_names();
    void update_ready(base::TimePoint now);

    // Nodes, and pools that are not in the configuration, that have left long enough ago.
    void forget_absent(base::TimePoint now);
    base::TimePoint next_forgotten() const;

    void on_change(routing::PoolId id);
    bool is_unpublished(routing::PoolId id) const {
        return changed_.contains(id) || held_.contains(id);
    }
    // The same, but that it waits for nodes that join, kJoinHold at most whoever joins meanwhile,
    // and goes with any other change of the pool.
    void on_change_of_list(const PoolState& pool, base::TimePoint now);
    void release_held(base::TimePoint now);
    base::TimePoint next_release() const;
    void publish_if_due(base::TimePoint now);
    void publish(base::TimePoint now, bool is_configured = false);
    void note_changes(const std::map<routing::PoolId, routing::PoolPtr>& before,
                      base::TimePoint now, bool is_configured);

    // What there is to be told of it; of changes of its ring with the ring that they led to, if it
    // is published.
    void log_lines(PoolState& pool, const routing::Pool* ring = nullptr) const;
    std::string ring_text(const PoolState& pool, const routing::Pool& ring) const;
    void log_losses() const;
    double random();

    const Hooks hooks_;
    std::shared_ptr<const OwnListeners> own_listeners_;
    KnownPools known_;
    std::vector<PoolState*> pools_;      // of the present configuration, in the snapshot's order
    std::set<routing::PoolId> changed_;  // since the last publish
    // Pools whose list waits for nodes that join, and until when: it is published when they are in
    // changed_, too.
    std::map<routing::PoolId, base::TimePoint> held_;
    std::map<routing::PoolId, routing::PoolPtr> published_;  // those of the snapshot
    UsedNames names_;
    bool ready_ = false;
    PublishGate gate_;
    health::MassLoss mass_loss_;
    routing::SnapshotPtr snapshot_ = std::make_shared<routing::Snapshot>();
    std::minstd_rand random_;
};

}  // namespace ringside::discovery
