// How many nodes of a pool its health may keep off the ring. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ringside::routing {

struct MaxEjected {
    enum class Unit : std::uint8_t {
        unset,    // all but the last node; in a pool that is strict, all of them as in twemproxy
        nodes,    // so many
        percent,  // of the pool's nodes, rounded down
    };

    Unit unit = Unit::unset;
    std::uint32_t amount = 0;

    bool operator==(const MaxEjected&) const = default;

    // Of a pool with so many nodes, in the ring or not.
    std::size_t of(std::size_t nodes, bool strict_twemproxy) const noexcept {
        switch (unit) {
            case Unit::unset:
                return strict_twemproxy || nodes == 0 ? nodes : nodes - 1;
            case Unit::nodes:
                return std::min<std::size_t>(nodes, amount);
            case Unit::percent:
                return nodes * std::min<std::size_t>(amount, 100) / 100;
        }
        return nodes;
    }
};

}  // namespace ringside::routing
