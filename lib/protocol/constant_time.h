// Comparison of secrets whose duration does not tell how much of a guess was right.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringside::protocol {

// The time depends on the length of `guess` only. Requires: !secret.empty().
inline bool equal_in_constant_time(std::string_view secret, std::string_view guess) noexcept {
    // volatile: the compiler must not leave the loop at the first difference.
    volatile std::size_t difference = secret.size() ^ guess.size();
    for (std::size_t i = 0; i < guess.size(); ++i) {
        const auto expected = static_cast<unsigned char>(secret[i % secret.size()]);
        difference =
            difference | static_cast<std::size_t>(expected ^ static_cast<unsigned char>(guess[i]));
    }
    return difference == 0;
}

}  // namespace ringside::protocol
