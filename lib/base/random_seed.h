// A number that differs between processes and calls, to spread what many of them do.
#pragma once

#include <cstdint>
#include <random>

namespace ringside::base {

inline std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

}  // namespace ringside::base
