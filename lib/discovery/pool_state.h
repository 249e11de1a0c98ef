// One pool as the controller knows it: its settings, the state of its sources, and its nodes. Pure:
// no clock, no I/O, no log; what people should read about is collected as lines.
//
// Owned by the controller. Its operations, as those of the NodeBook, tell whether the data path has
// to know.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/config.h"
#include "discovery/address_gate.h"
#include "discovery/advice.h"
#include "discovery/change_rule.h"
#include "discovery/flap_rule.h"
#include "discovery/journal.h"
#include "discovery/log_lines.h"
#include "discovery/node_book.h"
#include "discovery/pool_sources.h"
#include "discovery/saved_state.h"
#include "discovery/source_state.h"
#include "routing/identity.h"
#include "routing/membership.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::discovery {

class PoolState {
  public:
    PoolState(routing::PoolId id, const config::PoolConfig& config);

    PoolState(const PoolState&) = delete;
    PoolState& operator=(const PoolState&) = delete;

    routing::PoolId id() const noexcept { return id_; }
    const std::string& name() const noexcept { return name_; }
    const std::string& listen() const noexcept { return listen_; }
    bool is_static() const noexcept { return is_static_; }
    const PoolSources& sources() const noexcept { return sources_; }
    // The one that decides on the nodes, or would like to.
    const SourceState& source() const noexcept { return sources_.leading(); }
    // Whose list the nodes are, perhaps from before the start; empty: they never had one.
    const std::string& listed_by() const noexcept { return origin_.source; }
    NodeBook& nodes() noexcept { return nodes_; }
    const NodeBook& nodes() const noexcept { return nodes_; }
    Journal& journal() noexcept { return journal_; }
    const Journal& journal() const noexcept { return journal_; }

    // Where no node of a discovered pool may be; from the next configure() on.
    void set_own_listeners(std::shared_ptr<const OwnListeners> own) {
        own_listeners_ = std::move(own);
    }
    // Takes over settings that may be others than before; of a static source the members too.
    // Requires: name and protocol are those of the constructor.
    bool configure(const config::PoolConfig& config, base::TimePoint now);

    // Takes over a complete list, if its source is the one that decides. One that is of no use
    // changes nothing, and is a failure of the source: it is empty, or has a name twice; or it is
    // not believed (change_rule.h). `source`: its config::describe(), or empty for the preferred
    // one; late news of a former one is ignored. `random` is from 0 to 1.
    bool on_membership(routing::Membership said, base::TimePoint now, std::string_view source = {},
                       double random = 0);
    // The source has failed, which changes nothing; or it says that there are no nodes (not_found),
    // which does if it decides and the last list was held long enough.
    bool on_failure(const base::Error& error, base::TimePoint now, std::string_view source = {},
                    double random = 0);
    void on_facts(SourceFacts facts, std::string_view source);
    // Lets another source decide whose time has come.
    bool follow_sources(base::TimePoint now);
    // Its sources shall be asked now for an answer that may agree with the one before. They were
    // asked when this says so: it does not say so twice.
    bool take_ask_again(base::TimePoint now) noexcept;
    // Takes over nodes of the last list that were kept out, and are stable by now.
    bool take_stable(base::TimePoint now);
    const FlapRule& flaps() const noexcept { return flap_rule_; }

    // --- what outlives the process ---
    SavedPool saved(const base::Moment& at) const;
    // Takes over the ejections, and the list as the last good one, until its source gives one. No
    // list that is of another source or identity, or against a rule of the pool; nor by a pool that
    // has nodes. Requires: name and protocol are its own.
    bool take_saved(const SavedPool& saved, const base::Moment& at);
    // When the list was said that is there from before the start; nothing: its source has answered.
    std::optional<WallTime> stale_since() const noexcept { return stale_since_; }

    // When something is due for it or its nodes; kNever: not before another event.
    base::TimePoint next_deadline() const noexcept;

    // --- results ---
    routing::PoolPtr build(const routing::Pool* before = nullptr) const;
    // A ring was published.
    void on_published(const routing::Pool& pool, base::TimePoint now);
    // Since when the published ring has nodes, or has none; nothing: there was none yet.
    std::optional<base::TimePoint> ring_state_since() const noexcept { return ring_state_since_; }
    // Whether it is ready by now. Readiness never goes back.
    void update_ready(base::TimePoint now);
    bool ready() const noexcept { return ready_; }
    // Why it is not ready, one line.
    std::string why_not_ready() const;
    // What requests are told while no node is in the ring, kNoNodeReasonMax at most.
    std::string no_node_reason() const;
    // What has come to be told of it since the last call.
    std::vector<LogLine> take_lines(LogLines::Ring ring) { return lines_.take(ring); }

  private:
    base::Expected<bool> take_list(std::size_t source, routing::Membership said,
                                   base::TimePoint now, double random);
    // What the source that decides lists now, but for those who come and go.
    bool take_settled(routing::Membership named, base::TimePoint now);
    bool has_nodes() const noexcept { return !nodes_.members().members.empty(); }
    bool take_members(routing::Membership named, base::TimePoint now);
    bool rename_members(base::TimePoint now);
    base::Status judge(std::size_t source, const routing::Membership& members, base::TimePoint now,
                       double random);
    void begin_with_other_source(base::TimePoint now);
    // "from dns cache.example (SERVFAIL), file /nodes.yml".
    std::string sources_with_failures() const;
    bool is_last_said(const base::Expected<routing::Membership>& named) const;
    bool on_nothing(const base::Error& error, base::TimePoint now, double random);
    base::Status may_take(const SavedList& list) const;
    void end_staleness();
    // When the source shall be asked as the hold is over; kNever: it goes on, or there is none.
    base::TimePoint hold_ask_at() const noexcept;
    bool is_hold_over(base::TimePoint now) const noexcept;
    // Requires: the source is held.
    base::TimePoint hold_began() const noexcept;
    base::TimePoint next_stable() const noexcept;
    base::TimePoint end_of_wait() const noexcept;

    const routing::PoolId id_;
    const std::string name_;
    std::string listen_;
    bool is_static_ = false;
    config::SourceRules rules_;
    ChangeRule change_rule_;
    FlapRule flap_rule_;
    double hold_spread_ = 0;         // when it is asked at the end of a hold
    bool hold_asked_ = false;        // it was, in this one
    base::TimePoint leads_since_{};  // the source that decides, if another one did before
    bool is_new_source_ = false;     // what the one before has said is no measure of what it says
    routing::Identity identity_ = routing::Identity::source;
    std::string identity_template_;
    // Of the nodes that are there: whose list it was, by which identity they were named. Without
    // members.
    SavedList origin_;
    std::optional<WallTime> stale_since_;
    bool ring_is_empty_ = true;
    std::optional<base::TimePoint> ring_state_since_;
    // A saved list that the pool may not take, kept on: its settings may be what is wrong.
    std::optional<SavedList> unused_;

    std::shared_ptr<const OwnListeners> own_listeners_;

    LogLines lines_;
    PoolSources sources_;
    NodeBook nodes_;
    Journal journal_;

    AdviceOnce advice_;
    bool has_had_ring_ = false;
    bool ready_ = false;
};

}  // namespace ringside::discovery
