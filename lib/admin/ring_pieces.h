// GET /pools/{pool}/ring as text, made piece by piece while it is read: a ring of a thousand nodes
// has 160,000 points, and the control thread has other things to do.
//
// What a dump holds meanwhile is its pool, which never changes, and a text for each node.
#pragma once

#include "http/message.h"
#include "routing/snapshot.h"

#include <cstddef>

namespace ringside::admin {

// So many points are in a piece at most, which is some 64 KiB.
inline constexpr std::size_t kRingPointsAtOnce = 1'024;
// The same by node: they are shorter there.
inline constexpr std::size_t kNodePointsAtOnce = 4'096;

// {"value": 1234, "node": "ring name"} for each point, in ascending order.
http::NextPiece ring_pieces(routing::PoolPtr pool);

// {"name": "ring name", "points": [1234, ...]} for each node.
http::NextPiece ring_by_node_pieces(routing::PoolPtr pool);

}  // namespace ringside::admin
