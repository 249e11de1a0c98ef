// Why keys move although the nodes stay: they have other names on the ring, and which setting would
// keep them. Pure.
#pragma once

#include "routing/snapshot.h"

#include <optional>
#include <string>

namespace ringside::ctl {

// One sentence; nothing if no node of both sides, by its address, has another name by the other.
std::optional<std::string> identity_note(const routing::Pool& from, const routing::Pool& to);

}  // namespace ringside::ctl
