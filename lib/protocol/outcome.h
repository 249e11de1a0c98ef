// What an answer of a node means, whatever its words: what plans decide by, and metrics count.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace ringside::protocol {

// Of Redis it is what the type of the answer tells (redis/reply.cpp): neither the options of the
// request nor whether a count is 0 matter.
enum class Outcome : std::uint8_t {
    value,       // what was asked for; Redis: any string or aggregate
    miss,        // the key does not exist; Redis: null
    stored,      // written; Redis: the status that answers a command that writes
    not_stored,  // a condition of the command did not hold (add, replace; Redis: null for SET, XADD
                 // and ZADD, for SET with GET as well, where the key did not exist)
    exists,      // somebody else has changed the value (cas)
    number,      // a count, or a number that was changed; Redis: any number, or a boolean
    ok,          // done (deleted, touched, flushed), or what none of the others describes
    error,       // an error in the node's words
    failed,      // no answer: the proxy says why
};

// Several of them.
class OutcomeSet {
  public:
    constexpr OutcomeSet() noexcept = default;
    constexpr OutcomeSet(std::initializer_list<Outcome> outcomes) noexcept {
        for (const Outcome each : outcomes) {
            add(each);
        }
    }

    constexpr void add(Outcome outcome) noexcept {
        bits_ = static_cast<std::uint16_t>(bits_ | bit(outcome));
    }
    constexpr bool has(Outcome outcome) const noexcept { return (bits_ & bit(outcome)) != 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }

    bool operator==(const OutcomeSet&) const = default;

  private:
    static constexpr std::uint16_t bit(Outcome outcome) noexcept {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(outcome));
    }

    std::uint16_t bits_ = 0;
};

}  // namespace ringside::protocol
