// How the source of a pool fares: what it has said, when, and whether it fails. Pure: what people
// should read about it is added to lines.
//
// What a source is asked and what of its answers is believed is SourceMachine's matter; who has got
// what it says as a list, and compares it, is PoolState.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "discovery/log_lines.h"
#include "discovery/source_facts.h"
#include "routing/membership.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace ringside::discovery {

// A value, owned by the controller's state of the pool.
class SourceState {
  public:
    // Who is asked from now on, as people read it: config::describe(). The failures of another one
    // say nothing about this one.
    void set_name(std::string name);
    const std::string& name() const noexcept { return name_; }  // "elasticache cfg.example:11211"

    // --- what it says ---
    // A usable list.
    void on_list(routing::Membership said, base::TimePoint now, LogLines& lines);
    // That list has changed the pool: of the first one everything is added.
    void on_change(routing::MembershipDiff changes, base::TimePoint now, LogLines& lines);
    // No usable list: the `nodes_known` that are there stay. Told once in a streak.
    void on_failure(const base::Error& error, std::size_t nodes_known, LogLines& lines);

    // What it has shown of itself.
    void on_facts(SourceFacts facts) { facts_ = std::move(facts); }
    // For people; stays when the source is well again.
    void note_error(const base::Error& error, base::TimePoint now);

    // --- what is known of it ---
    // The last usable list, as the source names its nodes.
    const routing::Membership& said() const noexcept { return said_; }
    // It has given a usable list.
    bool has_discovered() const noexcept { return first_change_.has_value(); }
    // Requires: has_discovered().
    base::TimePoint first_change() const noexcept { return *first_change_; }
    std::optional<base::TimePoint> last_change() const noexcept { return last_change_; }
    const routing::MembershipDiff& last_diff() const noexcept { return last_diff_; }
    std::optional<base::TimePoint> last_answer() const noexcept { return last_answer_; }  // usable
    std::uint64_t answers() const noexcept { return answers_; }                           // usable
    std::uint64_t failures() const noexcept { return failures_; }
    // Empty: the last answer was usable.
    const std::string& last_failure() const noexcept { return last_failure_; }
    // Empty: there was none yet.
    const std::string& last_error() const noexcept { return last_error_; }
    std::optional<base::TimePoint> last_error_at() const noexcept { return last_error_at_; }
    const SourceFacts& facts() const noexcept { return facts_; }

  private:
    std::string name_;
    routing::Membership said_;
    routing::MembershipDiff last_diff_;
    std::optional<base::TimePoint> first_change_;
    std::optional<base::TimePoint> last_change_;
    std::optional<base::TimePoint> last_answer_;
    std::uint64_t answers_ = 0;
    std::uint64_t failures_ = 0;
    bool failing_ = false;  // a streak of failures is going on, and was told
    std::string last_failure_;
    std::string last_error_;
    std::optional<base::TimePoint> last_error_at_;
    SourceFacts facts_;
};

}  // namespace ringside::discovery
