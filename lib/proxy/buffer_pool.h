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
        small_.spare.reserve(small_.count_max);
        large_.spare.reserve(large_.count_max);
    }

    // Puts a buffer with capacity into `slot` if it has none and there is one. `expected_bytes` is
    // what it will have to hold, as far as that is known.
    void lend(base::ByteBuffer& slot, std::size_t expected_bytes = 0) noexcept {
        if (slot.capacity() != 0) {
            return;
        }
        Shelf& shelf = expected_bytes > small_.bytes_max ? large_ : small_;
        if (!shelf.spare.empty()) {
            slot = std::move(shelf.spare.back());
            shelf.spare.pop_back();
        }
    }

    // Takes the memory of `slot` back. What is too large or too many goes back to the system.
    void take_back(base::ByteBuffer& slot) noexcept {
        if (slot.capacity() == 0) {
            return;
        }
        Shelf& shelf = slot.capacity() > small_.bytes_max ? large_ : small_;
        if (slot.capacity() > shelf.bytes_max || shelf.spare.size() == shelf.count_max) {
            slot.release();
            return;
        }
        slot.clear();
        shelf.spare.push_back(std::move(slot));
    }

  private:
    struct Shelf {
        std::size_t bytes_max;  // of one buffer
        std::size_t count_max;
        std::vector<base::ByteBuffer> spare;
    };

    // At most 16 MiB each per worker, reached only if as many connections were busy at once.
    Shelf small_{.bytes_max = std::size_t{64} << 10, .count_max = 256, .spare = {}};
    // Values of up to memcached's 1 MiB, in a buffer that has grown by doubling.
    Shelf large_{.bytes_max = std::size_t{2} << 20, .count_max = 8, .spare = {}};
};

}  // namespace ringside::proxy
