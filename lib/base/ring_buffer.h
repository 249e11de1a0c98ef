// A first-in-first-out queue of values in one block of memory: std::deque without its allocations.
// Grows by doubling and keeps its capacity. Owned by one object, used by one thread.
#pragma once

#include "base/check.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace ringside::base {

template <typename T>
class RingBuffer {
  public:
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    T& front() noexcept { return (*this)[0]; }
    const T& front() const noexcept { return (*this)[0]; }
    T& back() noexcept { return (*this)[size_ - 1]; }

    // The element `index` places behind the oldest. Requires: index < size().
    T& operator[](std::size_t index) noexcept {
        DCHECK(index < size_);
        return slots_[(head_ + index) & (slots_.size() - 1)];
    }
    const T& operator[](std::size_t index) const noexcept {
        DCHECK(index < size_);
        return slots_[(head_ + index) & (slots_.size() - 1)];
    }

    void push_back(T value) { push_slot() = std::move(value); }

    // A new youngest element, to be filled: it holds what a former one has left.
    T& push_slot() {
        if (size_ == slots_.size()) {
            grow();
        }
        return slots_[(head_ + size_++) & (slots_.size() - 1)];
    }

    // The element itself is overwritten later, by the push that takes its slot: T should not own
    // anything that must be given back early. Requires: !empty().
    void pop_front() noexcept {
        DCHECK(size_ > 0);
        head_ = (head_ + 1) & (slots_.size() - 1);
        --size_;
    }

    void clear() noexcept { head_ = size_ = 0; }

    // Drops the elements and gives the memory back.
    void release() noexcept {
        clear();
        std::vector<T>().swap(slots_);
    }

  private:
    void grow() {
        std::vector<T> bigger(slots_.empty() ? kFirstSlots : slots_.size() * 2);
        for (std::size_t i = 0; i < size_; ++i) {
            bigger[i] = std::move((*this)[i]);
        }
        slots_.swap(bigger);
        head_ = 0;
    }

    static constexpr std::size_t kFirstSlots = 8;  // a power of two, as are all later sizes
    std::vector<T> slots_;
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace ringside::base
