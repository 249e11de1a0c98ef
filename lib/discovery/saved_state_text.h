// The saved state as a file has it: a line with the version and a checksum of what follows, then
// JSON. Pure.
//
// Forward and backward: keys that a reader does not know are left alone, and a release raises the
// version only when an older one would misread what it writes. What an older one cannot read it
// ignores, and says so.
#pragma once

#include "base/expected.h"
#include "discovery/saved_state.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::discovery {

inline constexpr std::uint64_t kSavedStateVersion = 1;

// `release` is for people.
std::string saved_state_text(const SavedState& state, std::string_view release);

// The error says in one phrase why the text is of no use, as a whole. What comes out may be used as
// what a source says: names are unique and in order, addresses are some that nodes can have.
base::Expected<SavedState> parse_saved_state(std::string_view text);

}  // namespace ringside::discovery
