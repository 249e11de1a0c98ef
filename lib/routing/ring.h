// The continuum: which node owns a hash. Immutable once built.
//
// Built on the control thread, read by every worker. Bit-exact with twemproxy 0.5.0: the rounding
// of its float arithmetic, its order of nodes, its ties (docs/decisions, and the golden vectors in
// tests/golden).
#pragma once

#include "routing/node.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ringside::routing {

enum class Distribution : std::uint8_t { ketama, modula, random };

std::string_view to_string(Distribution distribution) noexcept;
std::optional<Distribution> parse_distribution(std::string_view name) noexcept;

// What a ring needs to know of a node.
struct RingMember {
    std::string_view name;         // unique; must live until the ring is built
    std::uint32_t weight = 1;      // >= 1
    std::uint32_t node_index = 0;  // what find() answers for this node
};

class Ring {
  public:
    // Owns all hashes (modula, random: all slots) above the point before it, up to its own value.
    // Of points with the same value the first owns; the others own nothing.
    struct Point {
        std::uint32_t value;  // ketama: a position on the ring; else: the node's last slot
        std::uint32_t node_index;

        auto operator<=>(const Point&) const = default;
    };

    Ring() = default;

    // `nodes` are the live ones; the order does not matter, build() sorts by ring_name_less.
    // Point::node_index is an index into `nodes`. A node whose share rounds to nothing gets no
    // points, as in twemproxy.
    static Ring build(std::span<const Node> nodes, Distribution distribution);

    // The same for a caller that numbers the nodes itself.
    static Ring build_from(std::vector<RingMember> members, Distribution distribution);

    // The ketama ring of `members`, point for point what build_from() makes, out of the points of
    // `before`, which `members_before` have: only those that it has not are hashed and sorted. A
    // change of one of 1,000 nodes takes a tenth of the time.
    // Requires: both are ketama, and node_index ascends by ring_name_less in both lists.
    static Ring build_like(const Ring& before, std::vector<RingMember> members_before,
                           std::vector<RingMember> members);

    bool empty() const noexcept { return points_.empty(); }

    // The index of the owner of `hash`. Requires: !empty(). For `random` pass a random number.
    // Ketama: O(1) on average, a table over the high bits leads to within a few points.
    std::uint32_t find(std::uint32_t hash) const noexcept { return find_point(hash).node_index; }

    // The point that decides for `hash`; the same choice as find().
    const Point& find_point(std::uint32_t hash) const noexcept {
        return points_[find_position(hash)];
    }

    // All points in ascending order of value.
    std::span<const Point> points() const noexcept { return points_; }

    Distribution distribution() const noexcept { return distribution_; }

    // The share of the hashes that each node owns, by index; the shares add up to 1.
    // Requires: every node_index < node_count.
    std::vector<double> shares(std::size_t node_count) const;

  private:
    void lay_ketama(std::span<const RingMember> members);
    void lay_slots(std::span<const RingMember> members);
    void index_points();
    void sort_points();
    std::size_t find_position(std::uint32_t hash) const noexcept;

    Distribution distribution_ = Distribution::ketama;
    std::vector<Point> points_;

    // Ketama: by a hash's high bits, the position of the first point that is not below them.
    std::vector<std::uint32_t> first_position_;
    unsigned shift_ = 31;  // what remains after shifting by it are the high bits

    // How many values there are to own: 2^32 hashes on a ketama ring, else the number of slots.
    std::uint64_t value_count_ = std::uint64_t{1} << 32;
};

}  // namespace ringside::routing
