// Which of the sources of a pool decides on its nodes: they stand in order of preference, and one
// has authority at a time. Pure: no clock, no lists; what a list says is the caller's matter.
// docs/decisions/041-sources-in-order-of-preference.md has the reasons.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

// A value, owned by the pool's sources. Places are those of the order: 0 is preferred.
class SourceOrder {
  public:
    // So long a pool without nodes waits for its preferred source, before the next best one that
    // has a list serves: a source that is a little slow shall not show the other one's ring first.
    static constexpr base::seconds kGrace{3};
    // So long the source in authority has failed without a break before a less preferred one may
    // take over. Shorter failures are restarts and lost packets.
    static constexpr base::seconds kOutageMin{60};

    struct Source {
        std::string name;        // as config::describe(): unique among them
        bool is_listed = false;  // by the configuration: what it says is no news of the nodes
    };

    // These from now on; what is known of those that stay, stays, and so does the authority.
    void set_sources(const std::vector<Source>& sources, base::TimePoint now);

    // A usable list came, or none.
    void on_list(std::size_t place, base::TimePoint now);
    void on_failure(std::size_t place, base::TimePoint now);
    // Its list was dropped: it is no candidate until it gives another one.
    void on_dropped(std::size_t place) { entries_[place].listed_at.reset(); }

    // Who may decide instead of the source that does, the best first.
    struct Candidate {
        std::size_t place;
        // Only if it gives the nodes that it shares with the present ones the same names.
        bool must_agree;
    };
    // `has_nodes`: the pool has some, from whomever: its last good list.
    std::vector<Candidate> candidates(bool has_nodes, base::TimePoint now);
    // Requires: it is a candidate.
    void give_to(std::size_t place, base::TimePoint now);

    std::size_t size() const noexcept { return entries_.size(); }
    std::optional<std::size_t> find(std::string_view name) const noexcept;
    bool is_listed(std::size_t place) const noexcept { return entries_[place].source.is_listed; }
    // Nothing: no source of these has decided yet.
    std::optional<std::size_t> authority() const noexcept { return authority_; }
    // Since when. Requires: there is one.
    base::TimePoint since() const noexcept { return since_; }
    std::optional<base::TimePoint> failing_since(std::size_t place) const noexcept;

    // When candidates() may name others only because time has passed; kNever: not by that.
    base::TimePoint next_deadline(bool has_nodes) const noexcept;

  private:
    struct Entry {
        Source source;
        std::optional<base::TimePoint> listed_at;      // its last usable list
        std::optional<base::TimePoint> failing_since;  // the first failure after that
    };

    // When a less preferred one may take over; kNever: not as things are.
    base::TimePoint open_at(bool has_nodes) const noexcept;
    bool has_news(const Entry& entry) const noexcept;

    std::vector<Entry> entries_;
    std::optional<std::size_t> authority_;
    base::TimePoint since_{};
    // Of the wait for one to have authority.
    base::TimePoint began_{};
    base::TimePoint looked_at_ = base::TimePoint::min();  // by candidates()
};

}  // namespace ringside::discovery
