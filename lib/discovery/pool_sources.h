// The sources of a pool: how each of them fares, and which of them decides. Pure.
//
// Each is asked all the time. What the one in authority says becomes the pool's nodes; what the
// others say is kept, to be seen, and for the day on which they take over (source_order.h).
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "discovery/log_lines.h"
#include "discovery/source_facts.h"
#include "discovery/source_order.h"
#include "discovery/source_state.h"
#include "routing/membership.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::discovery {

// Whether a source names nodes as the pool's are named: at least half of those that are there are
// in its list under the same names, and none that is there under an address has another name at it.
bool names_agree(const routing::Membership& present, const routing::Membership& next);

// A value, owned by the controller's state of the pool. Its places are those of SourceOrder.
class PoolSources {
  public:
    // The sources of the pool from now on. What is known of those that stay, stays; what the pool
    // has from another one stays in the books of the preferred one.
    void configure(const config::PoolConfig& config, base::TimePoint now);

    // Empty: the preferred one. Nothing: none of these.
    std::optional<std::size_t> find(std::string_view name) const noexcept;

    void on_list(std::size_t place, routing::Membership said, base::TimePoint now, LogLines& lines);
    void on_failure(std::size_t place, const base::Error& error, std::size_t nodes_known,
                    base::TimePoint now, LogLines& lines);
    // As SourceState's, of a list that is not believed.
    void on_refused(std::size_t place, const base::Error& error, std::size_t nodes_known,
                    base::TimePoint now, LogLines& lines);
    // The one that decides says that there are no nodes, and says so when a hold is over.
    void on_nothing(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                    LogLines& lines);
    void on_hold_over(std::size_t nodes_known, base::TimePoint now, LogLines& lines);
    void on_facts(std::size_t place, SourceFacts facts) {
        states_[place].on_facts(std::move(facts));
    }
    // The pool has nodes that were listed before the start.
    void on_saved(routing::MembershipDiff changes, base::TimePoint now);
    // The list of the one that decides has changed the pool.
    void on_change(routing::MembershipDiff changes, base::TimePoint now, LogLines& lines);

    bool decides(std::size_t place) const noexcept { return order_.authority() == place; }
    // It decides, or is preferred and none does yet.
    bool leads(std::size_t place) const noexcept { return leading_place() == place; }
    // As SourceOrder's.
    std::vector<SourceOrder::Candidate> candidates(bool has_nodes, base::TimePoint now) {
        return order_.candidates(has_nodes, now);
    }
    void give_to(std::size_t place, base::TimePoint now, LogLines& lines);
    base::TimePoint next_deadline(bool has_nodes) const noexcept {
        return order_.next_deadline(has_nodes);
    }

    std::size_t size() const noexcept { return states_.size(); }
    const SourceState& at(std::size_t place) const noexcept { return states_[place]; }
    const SourceOrder& order() const noexcept { return order_; }
    // The one that decides, or the preferred one as long as none does.
    std::size_t leading_place() const noexcept { return order_.authority().value_or(0); }
    const SourceState& leading() const noexcept { return states_[leading_place()]; }

    // --- what they have led to, whichever it was ---
    bool has_discovered() const noexcept { return first_change_.has_value(); }
    // Requires: has_discovered().
    base::TimePoint first_change() const noexcept { return *first_change_; }
    std::optional<base::TimePoint> last_change() const noexcept { return last_change_; }
    const routing::MembershipDiff& last_diff() const noexcept { return last_diff_; }

  private:
    std::vector<SourceState> states_;
    SourceOrder order_;
    bool has_nodes_ = false;  // the pool, by what they have said
    routing::MembershipDiff last_diff_;
    std::optional<base::TimePoint> first_change_;
    std::optional<base::TimePoint> last_change_;
};

}  // namespace ringside::discovery
