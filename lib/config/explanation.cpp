#include "config/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace ringside::config {
namespace {

// Longer values push their source to the right instead of everybody's.
constexpr std::size_t kColumnMax = 40;

std::size_t column_width(const Explanation& explanation, std::string EffectiveSetting::*column) {
    std::size_t width = 0;
    for (const EffectiveSetting& setting : explanation) {
        width = std::max(width, (setting.*column).size());
    }
    return std::min(width, kColumnMax);
}

}  // namespace

std::string explanation_text(const Explanation& explanation) {
    const std::size_t path_width = column_width(explanation, &EffectiveSetting::path);
    const std::size_t value_width = column_width(explanation, &EffectiveSetting::value);
    std::string text;
    for (const EffectiveSetting& setting : explanation) {
        fmt::format_to(std::back_inserter(text), "{:<{}}  {:<{}}  {}\n", setting.path, path_width,
                       setting.value, value_width, setting.source);
    }
    return text;
}

std::vector<std::string> waiting_for_restart(const Explanation& running,
                                             const Explanation& wanted) {
    std::vector<std::string> paths;
    for (const EffectiveSetting& setting : wanted) {
        const auto before =
            std::find_if(running.begin(), running.end(),
                         [&setting](const auto& other) { return other.path == setting.path; });
        if (setting.needs_restart && before != running.end() && before->value != setting.value) {
            paths.push_back(setting.path);
        }
    }
    return paths;
}

}  // namespace ringside::config
