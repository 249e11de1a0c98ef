// Whether a list that takes many nodes away at once is believed. Pure.
//
// A source that is wrong tends to be wrong by much: half of a DNS answer, a service with the wrong
// selector, an empty file. Nodes that join are believed at once, and so are few that leave. More
// than `leave_percent_max` of them leave when several answers, some time apart, agree on the same
// list: the source is asked again until they do, or until it says something else. Whoever is asked
// again says a whole list again, also a watch (which lists again) and a file (which is read again).
// That the source fails meanwhile says nothing.
//
// No list is believed that is shorter than `nodes_min`.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/source_rules.h"
#include "routing/membership.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::discovery {

class ChangeRule {
  public:
    // Answers that are closer together are one: both may come from the same cache.
    static constexpr base::milliseconds kAnswersApart{1000};
    // The next one is asked for up to so much later: all sidecars may have heard the same at once.
    static constexpr base::milliseconds kAskSpread{1000};

    // Whether `list` may take the place of `current`; else why not, for people: `current` stays.
    // Both are sorted, with unique names. `random` is from 0 to 1.
    base::Status judge(const routing::Membership& current, const routing::Membership& list,
                       base::TimePoint now, double random = 0);
    // The part of it that says how short a list may be.
    base::Status is_long_enough(const routing::Membership& list) const;
    // The source has said that there is nothing at all, or it is another one: agreement starts
    // over.
    void on_other_answer() noexcept { agreeing_ = 0; }

    // Other limits: agreement starts over.
    void set_limits(const config::ChangeLimits& limits);

    // When the source shall be asked again for an answer that may agree; kNever: no list waits.
    base::TimePoint ask_again_at() const noexcept;
    // It was asked: an answer that does not come is waited for as long as the source likes.
    void on_asked() noexcept { asked_ = true; }

  private:
    base::Error too_many_leave(std::size_t leaving, std::size_t known) const;

    config::ChangeLimits limits_;
    std::vector<std::string> doubted_;  // the names of the list that waits for agreement
    std::uint32_t agreeing_ = 0;        // answers that say so; 0: no list waits
    base::TimePoint last_agreed_{};
    base::TimePoint ask_at_{};  // behind that
    bool asked_ = false;        // since the last one that counts
};

}  // namespace ringside::discovery
