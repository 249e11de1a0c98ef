// What has been read from a stream and not yet understood.
//
// Reads go to one block shared by all streams of the worker; only the incomplete rest of a message
// is copied to memory of the stream's own. So an idle connection holds no buffer, and a message
// that arrives in one piece is parsed where the kernel put it. Once a rest exists, reads go
// straight behind it.
#pragma once

#include "base/byte_buffer.h"
#include "base/limits.h"
#include "proxy/buffer_pool.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace ringside::proxy {

class Inbox {
  public:
    // Where to read to. `wanted_bytes` is how much the message under way still needs at least.
    std::span<char> target(std::span<char> shared, std::size_t wanted_bytes) {
        if (rest_.empty()) {
            return shared;
        }
        // Memory grows with what has come, not with what was declared.
        const std::size_t room = std::clamp(wanted_bytes, kSmallReadBytes, kGrowthBytesMax);
        const std::span<char> free = rest_.prepare(room);
        return free.first(std::min(free.size(), std::max(wanted_bytes, base::kReadBytesPerTurn)));
    }

    // Everything there is, after `size` bytes were read to target(). Valid until keep().
    std::string_view received(std::span<const char> shared, std::size_t size) noexcept {
        if (rest_.empty()) {
            return {shared.data(), size};
        }
        rest_.commit(size);
        return rest_.view();
    }

    std::string_view pending() const noexcept { return rest_.view(); }

    // Keeps what of `bytes` (from received() or pending()) lies behind its first `used` bytes: the
    // beginning of a message of at least `expected_bytes`.
    void keep(std::string_view bytes, std::size_t used, std::size_t expected_bytes,
              BufferPool& buffers) {
        if (!rest_.empty()) {
            rest_.consume(used);
        } else if (used < bytes.size()) {
            buffers.lend(rest_, expected_bytes);
            rest_.append(bytes.substr(used));
        }
        if (rest_.empty()) {
            buffers.take_back(rest_);
        }
    }

    void discard(BufferPool& buffers) noexcept {
        rest_.clear();
        buffers.take_back(rest_);
    }

  private:
    static constexpr std::size_t kSmallReadBytes = std::size_t{4} << 10;
    static constexpr std::size_t kGrowthBytesMax = std::size_t{64} << 10;

    base::ByteBuffer rest_;
};

}  // namespace ringside::proxy
