// Refused commands that change the meaning of those behind them.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace ringside::protocol {

// What a session believes to be in, though it was refused.
enum class Refusal : std::uint8_t {
    transaction,     // MULTI: what follows is to be done together, or not at all
    database,        // SELECT of another one: what follows is meant for that
    channels,        // SUBSCRIBE, in RESP2: nothing but more of it may follow
    patterns,        // PSUBSCRIBE: likewise
    shard_channels,  // SSUBSCRIBE: likewise
    monitor,         // MONITOR: nothing that concerns keys may follow
};

// Several of them.
class Refusals {
  public:
    constexpr Refusals() noexcept = default;
    constexpr Refusals(std::initializer_list<Refusal> refusals) noexcept {
        for (const Refusal each : refusals) {
            add(each);
        }
    }

    constexpr void add(Refusal refusal) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ | bit(refusal));
    }
    constexpr void remove(Refusal refusal) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ & ~bit(refusal));
    }
    constexpr void remove(Refusals others) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ & ~others.bits_);
    }
    constexpr bool has(Refusal refusal) const noexcept { return (bits_ & bit(refusal)) != 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    // Whether each of `others` is among them.
    constexpr bool include(Refusals others) const noexcept { return (others.bits_ & ~bits_) == 0; }

    bool operator==(const Refusals&) const = default;

  private:
    static constexpr std::uint8_t bit(Refusal refusal) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(refusal));
    }

    std::uint8_t bits_ = 0;
};

}  // namespace ringside::protocol
