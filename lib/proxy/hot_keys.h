// The keys that are asked for most often, of one pool at one worker, in the last minute.
//
// One key of kOneOf is looked at, drawn at random, so that the others cost a subtraction. Those are
// counted by Space-Saving (Metwally, Agrawal, El Abbadi 2005), in sets of a few places each: a key
// that has no place takes that of the rarest in its set, with its count, and says how much of its
// count may be others'. So memory is fixed, a hot key is never missed, and none of them allocates.
// Windows of ten seconds follow each other; the oldest is forgotten. Owned by the pool's runtime.
#pragma once

#include "base/clock.h"
#include "protocol/request_frame.h"
#include "proxy/key_start.h"
#include "proxy/random.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ringside::proxy {

struct HotKey {
    KeyBeginning<128> key{};
    std::uint64_t hash = 0;      // of the whole key
    std::uint32_t count = 0;     // as often was it looked at; 0: a place that is free
    std::uint32_t too_high = 0;  // so many of these may be other keys'
};

struct HotKeyList {
    std::vector<HotKey> rows;  // in no order; of a key one for each window
    std::uint64_t looked_at = 0;
    base::Duration covered{0};  // since the oldest of the windows began
};

class HotKeys {
  public:
    static constexpr std::uint32_t kOneOf = 16;
    static constexpr base::seconds kWindow{10};
    static constexpr std::size_t kWindows = 6;

    explicit HotKeys(std::uint64_t seed) noexcept : random_(seed) {}

    // A request for these keys of `bytes` has come.
    void count(std::span<const protocol::Slice> keys, std::string_view bytes,
               base::TimePoint now) noexcept {
        if (keys.size() < until_next_) {
            until_next_ -= static_cast<std::uint32_t>(keys.size());
        } else {
            count_some(keys, bytes, now);
        }
    }

    // Adds what was looked at in the last kWindows windows and the one under way.
    void list(base::TimePoint now, HotKeyList& list) const;

  private:
    static constexpr std::size_t kSets = 64;
    static constexpr std::size_t kPlaces = 4;

    struct Window {
        base::TimePoint begin = base::TimePoint::min();
        std::uint64_t looked_at = 0;
        std::array<std::array<HotKey, kPlaces>, kSets> sets{};
    };

    void count_some(std::span<const protocol::Slice> keys, std::string_view bytes,
                    base::TimePoint now) noexcept;
    void look_at(std::string_view key, Window& window) noexcept;
    Window& window_of(base::TimePoint now) noexcept;
    static bool is_recent(const Window& window, base::TimePoint now) noexcept;

    std::uint32_t until_next_ = 1;  // keys, that one included
    Random random_;
    std::size_t current_ = 0;
    std::array<Window, kWindows + 1> windows_{};
};

}  // namespace ringside::proxy
