// What clients of memcached pools ask.
#pragma once

#include "sim/asked.h"
#include "sim/dice.h"

#include <cstddef>
#include <string_view>

namespace ringside::sim {

Asked ask_memcached(Dice& dice, KeySource& keys);

// The length of the answer at the start of `bytes`, or 0 if it is incomplete.
std::size_t memcached_answer_size(std::string_view bytes);

}  // namespace ringside::sim
