// The continuum: which node owns a hash. Immutable once built.
//
// Built on the control thread, read by every worker. Bit-exact with twemproxy 0.5.0: the rounding
// of its float arithmetic, its order of nodes, its ties (docs/decisions, and the golden vectors in
// tests/golden).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "routing/node.h"

namespace ringside::routing {

enum class Distribution : std::uint8_t { ketama, modula, random };

std::string_view to_string(Distribution distribution) noexcept;
std::optional<Distribution> parse_distribution(std::string_view name) noexcept;

class Ring {
  public:
    struct Point {
        std::uint32_t value;       // ketama: position on the ring; modula, random: the slot's number
        std::uint32_t node_index;  // into the nodes given to build()
    };

    Ring() = default;

    // `nodes` are the live ones; the order does not matter, build() sorts by ring_name_less.
    // A node whose share rounds to nothing gets no points, as in twemproxy.
    static Ring build(std::span<const Node> nodes, Distribution distribution);

    bool empty() const noexcept { return points_.empty(); }

    // The index of the owner of `hash`. Requires: !empty(). For `random` pass a random number.
    // O(1) on average: a table over the high bits leads to within a few points.
    std::uint32_t find(std::uint32_t hash) const noexcept;

    // The point that decides for `hash`; the same choice as find().
    const Point& find_point(std::uint32_t hash) const noexcept;

    // All points in ascending order of value.
    std::span<const Point> points() const noexcept { return points_; }

    Distribution distribution() const noexcept { return distribution_; }

    // The share of the hash space that each node owns, by index; the shares add up to 1.
    std::vector<double> shares(std::size_t node_count) const;

  private:
    std::size_t find_position(std::uint32_t hash) const noexcept;

    Distribution distribution_ = Distribution::ketama;
    std::vector<Point> points_;
    std::vector<std::uint32_t> first_position_;  // by the hash's high bits (ketama only)
    unsigned shift_ = 32;
};

}  // namespace ringside::routing
