// Byte buffers that connections borrow while they have something in them.
//
// An idle connection holds none, however much it sent or received before; in steady state a
// borrowed buffer has already grown to its use, so borrowing allocates nothing. Owned by the
// worker.
#pragma once

#include "base/byte_buffer.h"

#include <cstddef>
#include <vector>

namespace ringside::proxy {

class BufferPool {
  public:
    BufferPool() {
        small_.spare.reserve(kShelfBuffersMax);
        large_.spare.reserve(kShelfBuffersMax);
    }

    // Puts a buffer with capacity into `slot` if it has none and there is one. `expected_bytes` is
    // what it will have to hold, as far as that is known.
    void lend(base::ByteBuffer& slot, std::size_t expected_bytes = 0) noexcept {
        if (slot.capacity() != 0) {
            return;
        }
        // A small buffer may have to grow for them, by doubling, and must be one still.
        Shelf& shelf = expected_bytes > kSmallBytesMax / 2 ? large_ : small_;
        if (!shelf.spare.empty()) {
            slot = std::move(shelf.spare.back());
            shelf.spare.pop_back();
            shelf.spare_bytes -= slot.capacity();
        }
    }

    // Takes the memory of `slot` back. What is too large or too much goes back to the system.
    void take_back(base::ByteBuffer& slot) noexcept {
        const std::size_t bytes = slot.capacity();
        if (bytes == 0) {
            return;
        }
        Shelf& shelf = bytes > kSmallBytesMax ? large_ : small_;
        if (bytes > kLargeBytesMax || shelf.spare_bytes + bytes > shelf.spare_bytes_max ||
            shelf.spare.size() == kShelfBuffersMax) {
            slot.release();
            return;
        }
        slot.clear();
        shelf.spare_bytes += bytes;
        shelf.spare.push_back(std::move(slot));
    }

  private:
    struct Shelf {
        std::size_t spare_bytes_max;
        std::size_t spare_bytes;
        std::vector<base::ByteBuffer> spare;
    };

    static constexpr std::size_t kSmallBytesMax = std::size_t{64} << 10;
    // Values of up to memcached's 1 MiB, in a buffer that has grown by doubling.
    static constexpr std::size_t kLargeBytesMax = std::size_t{2} << 20;
    static constexpr std::size_t kShelfBuffersMax = 4096;

    // Per worker, reached only if as many connections were busy at once. A large buffer costs the
    // system's work for each of its pages, a small one next to nothing.
    Shelf small_{.spare_bytes_max = std::size_t{4} << 20, .spare_bytes = 0, .spare = {}};
    Shelf large_{.spare_bytes_max = std::size_t{16} << 20, .spare_bytes = 0, .spare = {}};
};

}  // namespace ringside::proxy
