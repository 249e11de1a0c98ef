// The one source of chance in a simulation, and what is drawn from it.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace ringside::sim {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    bool chance(int percent) { return pick(100) < static_cast<std::size_t>(percent); }
    std::size_t pick(std::size_t count) { return random_() % count; }  // 0..count-1

  private:
    std::mt19937_64 random_;
};

// Keys that no other request has, so that a node's request tells whose it is.
class KeySource {
  public:
    std::string fresh(char kind = 'k') { return fmt::format("{}{}", kind, ++count_); }

  private:
    std::uint64_t count_ = 0;
};

}  // namespace ringside::sim
