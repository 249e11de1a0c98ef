// The result of a run, for a person or a program.
#pragma once

#include "tally.h"

#include <string>

namespace ringside::load {

std::string report_text(const Tally& tally);
std::string report_json(const Tally& tally);

}  // namespace ringside::load
