// How a source of a pool fares: what it has said, when, and whether it fails. Pure: what people
// should read about it is added to lines.
//
// What a source is asked and what of its answers is believed is SourceMachine's matter; which of
// several decides is that of PoolSources; who compares what it says with the nodes is PoolState.
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
#include <string_view>
#include <utility>

namespace ringside::discovery {

enum class SourceStanding : std::uint8_t {
    waiting,  // there was no list yet
    good,     // the last answer was usable
    failing,  // it was not, and the last list stays
    held,     // the source says that there are no nodes, and the last list stays for a while
    empty,    // that is over: the pool has none
};

// "waiting", ...
std::string_view words_of(SourceStanding standing) noexcept;

// A value, owned by the sources of the pool.
class SourceState {
  public:
    // Who is asked from now on, as people read it: config::describe(). The failures of another one
    // say nothing about this one.
    void set_name(std::string name);
    const std::string& name() const noexcept { return name_; }  // "elasticache cfg.example:11211"

    // --- what it says ---
    // A usable list.
    void on_list(routing::Membership said, base::TimePoint now, LogLines& lines);
    // No usable list: the `nodes_known` that are there stay. Told once in a streak.
    void on_failure(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                    LogLines& lines);
    // A list that is not believed. The source names nodes, so a hold is over.
    void on_refused(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                    LogLines& lines);
    // It says that there are no nodes. The begin of a hold is told, if there is something to hold.
    void on_nothing(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                    LogLines& lines);
    // It says so once more, and the nodes that were known are dropped.
    void on_hold_over(std::size_t nodes_known, base::TimePoint now, LogLines& lines);

    // What it has shown of itself.
    void on_facts(SourceFacts facts) { facts_ = std::move(facts); }

    // --- what is known of it ---
    SourceStanding standing() const noexcept { return standing_; }
    // Nothing: it was never asked.
    std::optional<base::TimePoint> standing_since() const noexcept { return standing_since_; }
    // The last usable list, as the source names its nodes.
    const routing::Membership& said() const noexcept { return said_; }
    std::optional<base::TimePoint> last_answer() const noexcept { return last_answer_; }  // usable
    std::uint64_t answers() const noexcept { return answers_; }                           // usable
    std::uint64_t failures() const noexcept { return failures_; }
    // Empty: the last answer was usable.
    const std::string& last_failure() const noexcept { return last_failure_; }
    // That is its word that there are no nodes.
    bool says_nothing() const noexcept { return says_nothing_; }
    // Of the last failure, also when the source is well again. Empty: there was none yet.
    const std::string& last_error() const noexcept { return last_error_; }
    std::optional<base::TimePoint> last_error_at() const noexcept { return last_error_at_; }
    const SourceFacts& facts() const noexcept { return facts_; }

  private:
    void stand(SourceStanding standing, base::TimePoint now) noexcept;
    void note(const base::Error& error, base::TimePoint now);

    std::string name_;
    SourceStanding standing_ = SourceStanding::waiting;
    std::optional<base::TimePoint> standing_since_;
    routing::Membership said_;
    std::optional<base::TimePoint> last_answer_;
    std::uint64_t answers_ = 0;
    std::uint64_t failures_ = 0;
    bool has_nodes_ = false;  // the pool, by its lists
    bool failing_ = false;    // a streak of failures is going on, and was told
    bool says_nothing_ = false;
    std::string last_failure_;
    std::string last_error_;
    std::optional<base::TimePoint> last_error_at_;
    SourceFacts facts_;
};

}  // namespace ringside::discovery
