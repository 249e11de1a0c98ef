// Keeps a node out of the ring that leaves the source's list and comes back again and again. Pure.
//
// In the shape of BGP's route flap damping (RFC 2439): what goes away is gone at once, as a source
// that says so knows more than we do and health ejection has its own rules; only what comes back
// waits. So each node that flaps costs a bounded number of changes of the ring, and no key is sent
// to a node that its source does not list. Reasons and numbers: docs/decisions/040.
#pragma once

#include "base/clock.h"
#include "discovery/log_lines.h"
#include "routing/membership.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ringside::discovery {

// A value, owned by the controller's state of the pool.
class FlapRule {
  public:
    // Returns are counted for so long.
    static constexpr base::seconds kWindow{600};
    // Who is kept out joins when it was listed for so long without a break.
    static constexpr base::seconds kStable{300};
    // Nodes that are not listed and whose returns are known; beyond it the oldest are forgotten.
    static constexpr std::size_t kAbsentMax = 1024;

    struct KeptOut {
        std::string name;
        std::uint32_t returns;  // within kWindow
        base::TimePoint until;
    };

    // `returns_max` 0: nobody is kept out. Never so many that fewer than `nodes_min`, or than half
    // of the list, are left.
    void set_limits(std::uint32_t returns_max, std::size_t nodes_min);

    // The part of a list that may be in the ring. Also when next_deadline() has come, with the same
    // list. Requires: it is sorted, with unique names; time does not go back.
    routing::Membership take(routing::Membership list, base::TimePoint now, LogLines& lines);
    // The source says that there is nothing: who is kept out is not listed without a break.
    void on_nothing(base::TimePoint now) noexcept;
    // Names are others from now on, or come from another source.
    void forget() noexcept;

    // When a node that is kept out may join; kNever: nobody is kept out.
    base::TimePoint next_deadline() const noexcept;
    std::vector<KeptOut> kept_out() const;

  private:
    // Of a node that has left at least once.
    struct Record {
        std::vector<base::TimePoint> returns;  // the oldest first, at most returns_max_ + 1
        base::TimePoint left_at{};
        bool is_listed = false;
        bool is_new = false;  // on this list
        bool is_kept_out = false;
        bool joins_at_once = false;      // without having been stable
        base::TimePoint listed_since{};  // without a break
        bool is_told = false;            // that it is kept out, since it was stable last
    };

    void note_who_has_left(const routing::Membership& list, base::TimePoint now);
    void note_return(Record& record, base::TimePoint now) const;
    void let_stable_join(base::TimePoint now, LogLines& lines);
    void keep_out_flapping(std::size_t listed, LogLines& lines);
    void forget_old(base::TimePoint now);
    static base::TimePoint until(const Record& record) noexcept;
    std::size_t kept_out_count() const noexcept;

    std::uint32_t returns_max_ = 3;
    std::size_t nodes_min_ = 1;
    std::set<std::string> listed_;  // on the last list
    std::map<std::string, Record> records_;
};

}  // namespace ringside::discovery
