// A contiguous first-in-first-out queue of bytes.
//
// Owned by one object and used by one thread. Contiguity is what lets one send() carry the answers
// of many requests, and lets a parser see a frame as one string_view. Capacity is kept when bytes
// are consumed, so a connection in steady state allocates nothing; release() gives it back.
#pragma once

#include "base/check.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace ringside::base {

class ByteBuffer {
  public:
    ByteBuffer() = default;
    ByteBuffer(ByteBuffer&& other) noexcept { swap(other); }
    ByteBuffer& operator=(ByteBuffer&& other) noexcept {
        ByteBuffer gone(std::move(other));
        swap(gone);
        return *this;
    }

    std::size_t size() const noexcept { return end_ - begin_; }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return capacity_; }

    // The queued bytes, oldest first. Valid until the next non-const call.
    std::string_view view() const noexcept { return {data_.get() + begin_, size()}; }

    // Room for at least `bytes` more at the end. Fill a prefix of it, then commit() that much.
    std::span<char> prepare(std::size_t bytes) {
        if (capacity_ - end_ < bytes) {
            make_room(bytes);
        }
        return {data_.get() + end_, capacity_ - end_};
    }

    void commit(std::size_t bytes) noexcept {
        DCHECK(bytes <= capacity_ - end_);
        end_ += bytes;
    }

    // Requires: `bytes` are not of this buffer, which may move while it grows.
    void append(std::string_view bytes) {
        if (bytes.empty()) {
            return;
        }
        std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
        end_ += bytes.size();
    }

    void push_back(char byte) {
        prepare(1)[0] = byte;
        ++end_;
    }

    // Drops the oldest bytes. Requires: bytes <= size().
    void consume(std::size_t bytes) noexcept {
        DCHECK(bytes <= size());
        begin_ += bytes;
        if (begin_ == end_) {
            begin_ = end_ = 0;
        }
    }

    // Keeps only the oldest `size_bytes`. Requires: size_bytes <= size().
    void truncate(std::size_t size_bytes) noexcept {
        DCHECK(size_bytes <= size());
        end_ = begin_ + size_bytes;
    }

    void clear() noexcept { begin_ = end_ = 0; }

    // Drops the bytes and gives the memory back.
    void release() noexcept { ByteBuffer().swap(*this); }

    void swap(ByteBuffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
        std::swap(begin_, other.begin_);
        std::swap(end_, other.end_);
    }

  private:
    void make_room(std::size_t bytes);

    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace ringside::base
