// What somebody may have meant by a word that names nothing. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

// How many letters have to be put in, left out, changed or swapped with their neighbour to make the
// one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// "; did you mean 'eject'?" with the only one of `known` that begins so, or the nearest; empty if
// none is near: more than a third of the letters would have to change.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

// Those that begin with `word`; alone the one that is equal to it.
std::vector<std::string> begin_with(std::string_view word, std::span<const std::string> known);

// "a, b, c and 7 more".
std::string listed(std::span<const std::string> names);

}  // namespace ringside::ctl
