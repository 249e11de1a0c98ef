// What has become of the ring of a pool lately: each change with its cause, what it has moved, and
// when each worker went by it. Pure.
//
// Kept so that an operator who comes later finds out what the ring was when something happened.
// Bounded by number and by bytes, whatever changes: the oldest are dropped.
#pragma once

#include "base/clock.h"
#include "routing/fingerprint.h"
#include "routing/moved_keys.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

// Why a ring is another one. Changes that are published together may have several.
enum class ChangeCause : std::uint8_t {
    configuration,      // the start, or a reload: other nodes in the file, or settings of the ring
    source,             // its answer
    saved_list,         // its last one before the start
    health_ejection,    // a node has failed too often
    health_return,      // and has answered again
    operator_ejection,  // by the admin API
    operator_return,    // likewise, or the time of its ejection was over
    joined,             // its name has led to an address, or it was waited for long enough
};

// "source answer".
std::string_view to_string(ChangeCause cause) noexcept;

// Of many names the first ones.
struct NameList {
    static constexpr std::size_t kNamesMax = 16;

    std::vector<std::string> names = {};
    std::size_t count = 0;  // also of those that are left out

    void add(const std::string& name);
};

struct Adoption {
    std::uint32_t worker = 0;  // its index
    base::TimePoint at{};
};

struct RingChange {
    std::uint64_t generation = 0;  // of this pool's ring, counted from 1
    std::uint64_t version = 0;     // of the snapshot that has brought it
    base::TimePoint at{};          // of its publication
    std::vector<ChangeCause> causes = {};
    std::string source = {};  // who names the nodes, as people read it
    NameList added = {};
    NameList removed = {};
    NameList changed = {};   // another weight or address
    NameList ejected = {};   // off the ring, though members
    NameList returned = {};  // into it
    std::size_t nodes = 0;
    std::size_t nodes_in_ring = 0;
    routing::Fingerprint fingerprint = 0;
    // The share of the keys that live elsewhere, 0..1. Nothing: there was no ring before, no key
    // has a home (random), or it was too much to find out beside other pools' changes.
    std::optional<double> moved = std::nullopt;
    routing::MovedBy moved_by = routing::MovedBy::arcs;
    std::vector<Adoption> adoptions = {};  // by whom so far, in the order of time
};

// What is different; nothing: no node and no setting that decides where keys go. Without numbers
// and times, and without what has moved. `before` null: there was no ring of this pool.
std::optional<RingChange> ring_change(const routing::Pool* before, const routing::Pool& after);

// A value, owned by the controller's state of the pool.
class Journal {
  public:
    static constexpr std::size_t kChangesMax = 64;
    static constexpr std::size_t kBytesMax = std::size_t{64} << 10;

    // Gives it its generation.
    void add(RingChange change);
    // A worker goes by this snapshot from now on, and so by all rings before it.
    void on_adopted(std::uint64_t version, const Adoption& adoption);

    // The oldest first.
    const std::vector<RingChange>& changes() const noexcept { return changes_; }
    std::uint64_t generation() const noexcept { return generation_; }

  private:
    void drop_excess();

    std::vector<RingChange> changes_;
    std::uint64_t generation_ = 0;
};

// How much may be counted for one snapshot, in points of rings and in samples: about 20 ms of the
// control thread. What pools have moved that change together beyond it is not told.
class MovedCounting {
  public:
    static constexpr std::size_t kWorkMax = 4'000'000;

    void count(const routing::Pool& before, const routing::Pool& after, RingChange& change);

  private:
    std::size_t work_left_ = kWorkMax;
};

}  // namespace ringside::discovery
