// The keys of `ringside: drain:`, how the process ends: a part of the tables in config/schema.cpp,
// which alone includes it.
#pragma once

#include "config/schema.h"
#include "config/value.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace ringside::config {

inline constexpr std::uint64_t kDrainMaxMs = 3'600'000;

inline constexpr std::array kDrainRows{
    Row<DrainConfig>{{.name = "grace",
                      .type = Type::duration,
                      .default_text = "5s",
                      .max = kDrainMaxMs,
                      .doc = "How long everything goes on as before, new clients included, while "
                             "`/readyz` tells those who ask to go elsewhere. 0 by default under "
                             "the name nutcracker, and where a pool is `strict_twemproxy`: the "
                             "addresses are free at once."},
                     [](DrainConfig& drain, const Key& key, std::string_view text) {
                         drain.grace_is_default = false;
                         return take_duration(key, text, drain.grace);
                     }},
    Row<DrainConfig>{{.name = "limit",
                      .type = Type::duration,
                      .default_text = "10s",
                      .max = kDrainMaxMs,
                      .doc = "How long clients may then take to leave: all that they have sent is "
                             "answered, and they are told the end. Who never pauses is told at "
                             "half of it, who stays is cut off at its end. The same bounds the "
                             "removal of a pool by a reload. Grace and limit together belong "
                             "below the time that a supervisor gives "
                             "(terminationGracePeriodSeconds, TimeoutStopSec)."},
                     [](DrainConfig& drain, const Key& key, std::string_view text) {
                         return take_duration(key, text, drain.limit);
                     }},
};

}  // namespace ringside::config
