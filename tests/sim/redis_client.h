// What clients of Redis pools ask.
#pragma once

#include "sim/asked.h"
#include "sim/dice.h"

#include <cstddef>
#include <string_view>

namespace ringside::sim {

// `resp3` is what the client has chosen by its requests so far; this one may change it.
Asked ask_redis(Dice& dice, KeySource& keys, bool& resp3);

// The length of the answer at the start of `bytes`, or 0 if it is incomplete.
std::size_t redis_answer_size(std::string_view bytes);

}  // namespace ringside::sim
