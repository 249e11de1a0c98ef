// Keys to try a ring with, of the shapes that applications give them. Pure.
#pragma once

#include "routing/hash.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace ringside::routing {

// `count` different keys, the same ones in every run and all of them valid in memcached; for each
// tag (that is one) there are also such that hold it, so that a tag that is read or not shows.
std::vector<std::string> sample_keys(std::size_t count, std::span<const HashTag> tags);

}  // namespace ringside::routing
