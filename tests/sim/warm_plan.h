// A plan of three steps that only tests have: what a pool could do for keys that a new node has
// taken over. It shows that there is room for requests of several steps.
#pragma once

#include "protocol/request_frame.h"
#include "proxy/plan.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::sim {

// A `get` of one key asks the key's owner; on a miss the previous owner, whose value is the
// client's answer and is then added at the owner. Whatever fails behind the miss, the client gets
// the miss. All other requests follow the plans that they always have.
const proxy::Plan& warm_plan_of(const protocol::RequestFrame& frame) noexcept;

// Who is asked behind the owner, an index into Pool::nodes: of the other nodes of the ring the
// oldest, by its id.
std::optional<std::uint32_t> previous_owner_of(const routing::Pool& pool,
                                               std::string_view key) noexcept;

}  // namespace ringside::sim
