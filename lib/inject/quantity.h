// Amounts of CPU and memory as Kubernetes writes them: `100m`, `0.5`, `128Mi`.
#pragma once

#include <optional>
#include <string_view>

namespace ringside::inject {

// For comparing: cores or bytes, more than 0. Nothing for what Kubernetes refuses, and for
// what nobody writes of these two: exponents, signs, units below m and above Ti.
std::optional<double> parse_quantity(std::string_view text) noexcept;

}  // namespace ringside::inject
