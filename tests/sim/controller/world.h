// A controller and all that it talks to, in virtual time: sources, nameservers, probes, the
// operator, and two workers that take over its snapshots late. Plays a script, one line at a time.
//
//   load POOL; POOL...            the configuration from now on (script_text.h)
//   members POOL VERSION NODE...  the source answers; without nodes: an empty list
//   source_fails POOL
//   nothing POOL                  the source says that it has no nodes
//   found HOST IP...              a lookup has led to these
//   lost HOST                     a lookup has failed
//   fail WORKER POOL NODE TIMES   so many attempts, one behind the other
//   late WORKER POOL NODE MS      one that had ended so long ago
//   tell WORKER POOL NODE WORD    recovered, readonly, writable, auth, uncounted
//   probe POOL NODE WORD          the oldest probe of it that waits is answered: well or ill
//   eject POOL NODE MS|ever [force], restore POOL NODE, reconnect POOL [NODE], refresh POOL
//   adopt WORKER COUNT            so many of the snapshots that wait for it; all but one superseded
//   wait MS                       with a tick at each deadline
//   jump MS                       the same with one tick, late
//   idle                          a tick when nothing is due
//
// A line about something that is not there does nothing, so that scripts can be cut. Workers report
// what they know of, however old: nodes and pools that are gone as well.
//
// Invariants, checked after every line:
//  - the snapshot is what ControllerModel says, at once after a word of the operator or a load,
//  else
//    within kPublishIntervalMin;
//  - no ring becomes empty but by the operator's word; lists that are empty or have a name twice
//    change nothing;
//  - the ring of a pool whose source says that there is nothing stays until its hold is over and
//  the
//    source, which is asked then, says so again; failures begin and end nothing;
//  - a node that comes and goes too often is out of the ring until it is stable, and never more
//  than
//    half of a list;
//  - many nodes leave at once only if answers agree, a second apart; the source is asked for them;
//  - what the operator has ejected stays out until he or its time ends that, whatever comes and
//    goes; whom he restores is in the ring;
//  - health takes no node off that has not failed often enough, and not more than max_ejected; none
//    is back without a probe or the operator; each is back when probes are answered;
//  - a pool and a node keep their ids until they are forgotten, when it is time (Forgetting) and no
//    snapshot has them, and no id is used twice;
//  - versions grow by one; each snapshot is adopted or superseded, and none changes on the way;
//  - the view says the same as the snapshot; readiness never goes back;
//  - nothing is due behind a tick, and one that is not due does nothing;
//  - the names that are looked up are those of the members; only a degraded node is told to
//    be well again.
#pragma once

#include "discovery/controller.h"
#include "sim/controller/model.h"
#include "sim/controller/script_text.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringside::sim {

// What has happened in a script, to see that it is worth something.
struct ControllerCounts {
    std::size_t published = 0;
    std::size_t superseded = 0;
    std::size_t refused_lists = 0;
    std::size_t changed_lists = 0;
    std::size_t ejected_by_health = 0;
    std::size_t kept = 0;
    std::size_t back = 0;
    std::size_t operator_ejections = 0;
    std::size_t conflicts = 0;
    std::size_t late_events = 0;  // about nodes that are no members
    std::size_t loads = 0;
    std::size_t returns = 0;  // of pools
    std::size_t forgotten_nodes = 0;
    std::size_t forgotten_pools = 0;
    std::size_t degraded = 0;
    std::size_t held_back = 0;  // changes that were not published at once
    std::size_t doubted_lists = 0;
    std::size_t agreements = 0;  // that have ended a doubt
    std::size_t questions = 0;   // because of a doubt, or as a hold was over
    std::size_t holds = 0;
    std::size_t emptied = 0;   // pools, as a hold was over
    std::size_t kept_out = 0;  // lines behind which a node was
    std::size_t joining = 0;   // nodes in snapshots, as their names led to no address

    void add(const ControllerCounts& other);
};

class ControllerWorld {
  public:
    static constexpr std::size_t kWorkers = 2;

    struct Probe {
        routing::PoolId pool = 0;
        std::string pool_name;
        routing::PoolNode node;      // as it was to be asked
        routing::PoolPolicy policy;  // likewise
        int beginnings = 0;          // of the node
    };

    ControllerWorld();

    // What is violated; empty: nothing. Not to be called again then.
    std::string play(const std::string& line);
    // Calm: probes are answered, snapshots adopted. Everything must come to rest and be well.
    std::string finish();

    // For who writes scripts.
    ControllerModel& model() { return model_; }
    const std::vector<Probe>& probes() const { return probes_; }
    const ControllerCounts& counts() const { return counts_; }
    // Everything that was published, in order.
    std::uint64_t trace() const { return trace_; }

  private:
    // How soon what has been told must be in the snapshot.
    enum class Publishes { at_once, in_time };

    // What a worker knows of a node, also of one that is gone.
    struct Link {
        routing::PoolId pool = 0;
        routing::NodeId node = 0;
        std::uint32_t epoch = 0;
    };
    struct Posted {
        routing::SnapshotPtr snapshot;
        std::uint64_t print = 0;  // of its contents, when it was published
    };
    struct WorkerSide {
        std::deque<Posted> posted;
        std::uint64_t version = 0;
        std::map<std::pair<std::string, std::string>, Link> links;  // by pool and node
    };

    using Handler = void (ControllerWorld::*)(const Words& words);
    static Handler handler_of(const std::string& verb);

    void load(const Words& words);
    void members(const Words& words);
    void source_fails(const Words& words);
    void nothing(const Words& words);
    void found(const Words& words);
    void lost(const Words& words);
    void fail(const Words& words);
    void late(const Words& words);
    void tell(const Words& words);
    void probe(const Words& words);
    void eject(const Words& words);
    void restore(const Words& words);
    void reconnect(const Words& words);
    void refresh(const Words& words);
    void adopt(const Words& words);
    void wait(const Words& words);
    void jump(const Words& words);
    void idle(const Words& words);

    discovery::Controller::Hooks hooks();
    void on_publish(const routing::SnapshotPtr& next);
    void on_probe_wanted(routing::PoolId pool, const routing::PoolNode& node);
    void on_refresh(routing::PoolId pool);
    void on_ejected(routing::PoolId pool, routing::NodeId node);
    void on_degraded(routing::PoolId pool, routing::NodeId node, bool is_degraded);
    void on_forgotten(routing::PoolId pool, routing::NodeId node);
    void on_forgotten(routing::PoolId pool);
    void on_members(routing::PoolId pool, const routing::Membership& members);

    // The worker of words[1], and what it knows of the node of words[2] and words[3].
    WorkerSide& worker(const Words& words);
    const Link* link(const Words& words);
    void report(const Link& link, health::HealthKind kind, base::milliseconds ago, bool counts);
    // Whether each of these failures counts for certain, and would lead to something.
    bool is_plain_failure(const Link& link, int times);
    void answer_probe(std::size_t index, bool is_well);
    void adopt(WorkerSide& worker, std::size_t count);
    void expect_named_lookups(const std::string& host);
    std::map<std::string, std::uint32_t> epochs(const std::string& pool) const;
    std::optional<bool> is_last_in_ring(const std::string& pool, const std::string& node) const;

    void tick();
    void wait(base::milliseconds span);
    // No change waits to be published.
    bool is_quiet() const;
    void settle(Publishes publishes, bool is_tick = false);
    void check_room_after_change(const std::vector<ModelPool*>& pools);
    void check_ready();
    void check_views();
    void check_forgotten();
    void violation(std::string what);

    base::TimePoint now_{base::seconds(1'000)};
    std::string violation_;
    ControllerModel model_;
    ControllerCounts counts_;
    bool is_loaded_ = false;
    std::array<WorkerSide, kWorkers> workers_;
    routing::SnapshotPtr published_;
    std::uint64_t trace_ = 0;
    std::optional<base::TimePoint> pending_since_;  // a change that is not published
    std::uint64_t pending_version_ = 0;
    base::TimePoint published_at_{};
    bool was_ready_ = false;
    std::vector<Probe> probes_;  // that are not answered, the oldest first
    std::set<std::string> hosts_;
    std::set<std::pair<routing::PoolId, routing::NodeId>> degraded_;
    std::size_t ejections_ = 0;  // told
    std::size_t refreshes_ = 0;
    bool is_operator_asking_ = false;
    std::size_t member_changes_ = 0;
    std::map<routing::PoolId, std::size_t> failed_lookups_;
    std::map<std::string, std::vector<std::string>> last_good_;  // of names that are looked up
    discovery::Controller controller_;
};

}  // namespace ringside::sim
