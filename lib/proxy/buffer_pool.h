// Byte buffers that connections borrow while they have something in them.
//
// An idle connection holds none, however much it sent or received before; in steady state a
// borrowed buffer has already grown to its use, so borrowing allocates nothing. Owned by the
// worker.
#pragma once

#include "base/byte_buffer.h"

#include <vector>

namespace ringside::proxy {

class BufferPool {
  public:
    BufferPool() { spare_.reserve(kSpareMax); }

    // Puts a buffer with capacity into `slot` if it has none.
    void lend(base::ByteBuffer& slot) noexcept {
        if (slot.capacity() == 0 && !spare_.empty()) {
            slot = std::move(spare_.back());
            spare_.pop_back();
        }
    }

    // Takes the memory of `slot` back. What is too large or too many goes back to the system.
    void take_back(base::ByteBuffer& slot) noexcept {
        if (slot.capacity() == 0) {
            return;
        }
        if (slot.capacity() > kKeptBytesMax || spare_.size() == kSpareMax) {
            slot.release();
            return;
        }
        slot.clear();
        spare_.push_back(std::move(slot));
    }

  private:
    // Together at most 16 MiB per worker, reached only if as many connections were busy at once.
    static constexpr std::size_t kSpareMax = 256;
    static constexpr std::size_t kKeptBytesMax = std::size_t{64} << 10;

    std::vector<base::ByteBuffer> spare_;
};

}  // namespace ringside::proxy
