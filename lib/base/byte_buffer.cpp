#include "base/byte_buffer.h"

#include <algorithm>

namespace ringside::base {
namespace {
// Small enough for an idle protocol exchange, large enough that most requests never grow it.
constexpr std::size_t kFirstCapacityBytes = 1024;
}  // namespace

void ByteBuffer::make_room(std::size_t bytes) {
    const std::size_t used = size();
    // Moving the bytes to the front is cheap only while fewer bytes move than were consumed:
    // that makes the total cost linear in the bytes that pass through.
    if (capacity_ - used >= bytes && used <= begin_) {
        std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
        const std::size_t capacity = std::max({kFirstCapacityBytes, capacity_ * 2, used + bytes});
        std::unique_ptr<char[]> data(new char[capacity]);
        if (used != 0) {
            std::memcpy(data.get(), data_.get() + begin_, used);
        }
        data_ = std::move(data);
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = used;
}

}  // namespace ringside::base
