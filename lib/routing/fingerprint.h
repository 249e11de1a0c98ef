// One number for what decides where the keys of a pool live: two pools with the same one agree on
// every key, as long as no node is ejected. Pure.
//
// The number is the same in every process and in every release: docs/DISCOVERY.md has the recipe
// byte by byte for those who compute it elsewhere, and the golden vectors of its test keep it.
#pragma once

#include "routing/snapshot.h"

#include <cstdint>
#include <string>

namespace ringside::routing {

using Fingerprint = std::uint64_t;

// Of all nodes of the pool by ring name and weight, also the ejected ones: an ejection passes, and
// each process has its own. Addresses, timeouts and the pool's name do not count.
[[nodiscard]] Fingerprint fingerprint(const Pool& pool);

// The text that is hashed.
[[nodiscard]] std::string fingerprint_text(const Pool& pool);

// 16 digits: "00c0ffee00c0ffee". JSON has no numbers of 64 bits.
[[nodiscard]] std::string to_hex(Fingerprint fingerprint);

}  // namespace ringside::routing
