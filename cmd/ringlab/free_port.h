// Ports for the lab's processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ringside::lab {

// A port that nobody has at `ip` ("0.0.0.0": at none) now. Nothing: none was found.
std::optional<std::uint16_t> pick_port(const std::string& ip);

}  // namespace ringside::lab
