// Which node, or nodes, a request goes to. Pure.
#pragma once

#include "protocol/request_frame.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ringside::proxy {

enum class RouteKind : std::uint8_t {
    one,       // RoutePlan::node
    split,     // RoutePlan::parts
    crossing,  // refused: the keys belong to different nodes, RoutePlan::crossing_key tells
    pattern,   // refused: RoutePlan::crossing_key may name keys of different nodes
    keyless,   // refused: a script without keys may run on any of several nodes
    none,      // the ring is empty
};

// Where a request goes. Reused from request to request: keeps its capacity.
struct RoutePlan {
    struct Part {
        std::uint32_t node = 0;   // index into Pool::nodes
        std::uint32_t first = 0;  // its keys: key_order[first, first + count)
        std::uint32_t count = 0;
    };

    RouteKind kind = RouteKind::none;
    std::uint32_t node = 0;  // index into Pool::nodes; crossing: of the first key

    std::uint32_t crossing_key = 0;   // the first key of another node than the first key's
    std::uint32_t crossing_node = 0;  // whose it is: index into Pool::nodes

    std::vector<Part> parts;               // in the order in which their first keys appear
    std::vector<std::uint32_t> owners;     // for each key the index of its part
    std::vector<std::uint32_t> key_order;  // indices of the keys, part by part, ascending in each

    std::span<const std::uint32_t> keys_of(const Part& part) const noexcept {
        return std::span(key_order).subspan(part.first, part.count);
    }

    std::vector<std::uint32_t> part_of_node;  // scratch of route()
};

// Fills `plan` for a complete frame whose command is forwarded. `bytes` are those of the frame;
// `random` seeds the choices of the random distribution.
void route(const routing::Pool& pool, const protocol::RequestFrame& frame, std::string_view bytes,
           std::uint32_t random, RoutePlan& plan);

}  // namespace ringside::proxy
