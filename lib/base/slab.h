// Slots for objects that are named from elsewhere: a handle is an index and a generation, so one
// that outlives its object finds nothing instead of a stranger.
//
// Slots live in blocks that never move and are reused last-in-first-out; after warm-up neither
// emplace() nor erase() allocates. Owned by one object, used by one thread.
#pragma once

#include "base/check.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ringside::base {

// The Tag keeps the handles of different slabs apart at compile time.
template <typename Tag>
struct Handle {
    std::uint32_t index = UINT32_MAX;
    std::uint32_t generation = 0;

    bool operator==(const Handle&) const = default;
    explicit operator bool() const noexcept { return index != UINT32_MAX; }

    // The handle as one number, for places that keep a cookie, and back.
    std::uint64_t to_cookie() const noexcept { return (std::uint64_t{generation} << 32) | index; }
    static Handle from_cookie(std::uint64_t cookie) noexcept {
        return {static_cast<std::uint32_t>(cookie), static_cast<std::uint32_t>(cookie >> 32)};
    }
};

template <typename T, typename Tag = T>
class Slab {
  public:
    using HandleType = Handle<Tag>;

    // Takes a free slot. Its object is default-constructed the first time; later it is what the
    // last tenant left, see erase().
    HandleType emplace() {
        if (free_.empty()) {
            add_block();
        }
        const std::uint32_t index = free_.back();
        free_.pop_back();
        Slot& slot = slot_at(index);
        slot.live = true;
        ++size_;
        return {index, slot.generation};
    }

    // Null if the object is gone.
    T* find(HandleType handle) noexcept {
        if (handle.index >= blocks_.size() * kBlockSlots) {
            return nullptr;
        }
        Slot& slot = slot_at(handle.index);
        return slot.live && slot.generation == handle.generation ? &slot.value : nullptr;
    }

    // Requires: the object is live.
    T& operator[](HandleType handle) noexcept {
        T* found = find(handle);
        DCHECK(found != nullptr);
        return *found;
    }

    // The object itself stays constructed, so that its buffers keep their capacity for the next
    // tenant: whoever erases must have put it into the state a new tenant expects.
    void erase(HandleType handle) noexcept {
        DCHECK(find(handle) != nullptr);
        Slot& slot = slot_at(handle.index);
        slot.live = false;
        ++slot.generation;
        free_.push_back(handle.index);  // never grows: reserved when the block was added
        --size_;
    }

    std::size_t size() const noexcept { return size_; }

    // For who goes through the objects a part at a time. Slots that there are, free ones included:
    // they never get fewer.
    std::size_t slot_count() const noexcept { return blocks_.size() * kBlockSlots; }
    // The object in a slot; null if it is free. Requires: index < slot_count().
    HandleType handle_at(std::uint32_t index) noexcept {
        const Slot& slot = slot_at(index);
        return slot.live ? HandleType{index, slot.generation} : HandleType{};
    }

    // Calls visit(handle, object) for each live object; visit may erase that object.
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (std::uint32_t index = 0; index < blocks_.size() * kBlockSlots; ++index) {
            Slot& slot = slot_at(index);
            if (slot.live) {
                visit(HandleType{index, slot.generation}, slot.value);
            }
        }
    }

  private:
    static constexpr std::size_t kBlockSlots = 64;
    struct Slot {
        T value{};
        std::uint32_t generation = 0;
        bool live = false;
    };
    using Block = std::array<Slot, kBlockSlots>;

    Slot& slot_at(std::uint32_t index) noexcept {
        return (*blocks_[index / kBlockSlots])[index % kBlockSlots];
    }

    void add_block() {
        const auto first = static_cast<std::uint32_t>(blocks_.size() * kBlockSlots);
        free_.reserve(first + kBlockSlots);
        blocks_.push_back(std::make_unique<Block>());
        for (std::uint32_t i = kBlockSlots; i > 0; --i) {
            free_.push_back(first + i - 1);
        }
    }

    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

}  // namespace ringside::base
