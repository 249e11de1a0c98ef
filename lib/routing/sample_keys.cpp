#include "routing/sample_keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace ringside::routing {
namespace {

// Vigna's splitmix64: digits without a pattern.
std::uint64_t scramble(std::uint64_t number) noexcept {
    std::uint64_t z = number + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

constexpr auto kShapes = std::to_array<std::string (*)(std::size_t number)>({
    [](std::size_t number) { return fmt::format("k{}", number); },
    [](std::size_t number) { return fmt::format("user:{}:profile", number); },
    [](std::size_t number) { return fmt::format("session:{:016x}", scramble(number)); },
    [](std::size_t number) { return fmt::format("/images/{}.png?size=64", number); },
});

std::string key_with_tag(std::size_t number, HashTag tag) {
    return fmt::format("cart:{}{}{}:items", tag[0], number, tag[1]);
}

}  // namespace

std::vector<std::string> sample_keys(std::size_t count, std::span<const HashTag> tags) {
    std::vector<HashTag> distinct;
    for (const HashTag tag : tags) {
        if (tag != HashTag{} &&
            std::find(distinct.begin(), distinct.end(), tag) == distinct.end()) {
            distinct.push_back(tag);
        }
    }
    const std::size_t shapes = kShapes.size() + distinct.size();
    std::vector<std::string> keys;
    keys.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t shape = i % shapes;
        const std::size_t number = i / shapes;
        keys.push_back(shape < kShapes.size()
                           ? kShapes[shape](number)
                           : key_with_tag(number, distinct[shape - kShapes.size()]));
    }
    return keys;
}

}  // namespace ringside::routing
