// How many requests have ended how: a cell for each kind and ending. One writer, read by anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::metrics {

enum class RequestKind : std::uint8_t { read, write, remove, other, count_ };

// Each request that was received ends in one of these ways.
enum class RequestEnding : std::uint8_t {
    ok,           // done, and it was no question for a value
    hit,          // there was a value
    miss,         // there was no such key
    node_error,   // an error in a node's words
    proxy_error,  // the proxy says why there is no answer
    timed_out,    // no answer of a node in time
    rejected,     // refused for what it is
    abandoned,    // its client left before it was answered
    count_,
};

std::string_view to_string(RequestKind kind) noexcept;
std::string_view to_string(RequestEnding ending) noexcept;

class RequestCounts {
  public:
    static constexpr auto kKinds = static_cast<std::size_t>(RequestKind::count_);
    static constexpr auto kEndings = static_cast<std::size_t>(RequestEnding::count_);
    using Values = std::array<std::int64_t, kKinds * kEndings>;

    static constexpr std::size_t index_of(RequestKind kind, RequestEnding ending) noexcept {
        return static_cast<std::size_t>(kind) * kEndings + static_cast<std::size_t>(ending);
    }

    void add(RequestKind kind, RequestEnding ending) noexcept { add(index_of(kind, ending)); }
    void add(std::size_t index) noexcept {
        auto& cell = cells_[index];
        cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    Values get() const noexcept {
        Values values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = cells_[i].load(std::memory_order_relaxed);
        }
        return values;
    }

  private:
    std::array<std::atomic<std::int64_t>, kKinds * kEndings> cells_{};
};

}  // namespace ringside::metrics
