// What a comparison has found, pool by pool, as text and as JSON.
#pragma once

#include "routing/comparison.h"

#include <optional>
#include <string>
#include <vector>

namespace ringside::ctl {

struct PoolReport {
    std::string name;
    std::optional<routing::Comparison> comparison = {};
    std::string reason = {};  // why there is no comparison
    std::vector<std::string> notes = {};
};

struct CompareReport {
    std::string from;
    std::string to;
    std::vector<PoolReport> pools = {};
};

std::string compare_text(const CompareReport& report);
std::string compare_json(const CompareReport& report);

}  // namespace ringside::ctl
