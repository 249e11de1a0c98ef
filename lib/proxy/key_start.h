// The beginning of a key: enough to know whose it is. A value, as its request's bytes are gone when
// it is looked at.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ringside::proxy {

template <std::size_t kBytes>
class KeyBeginning {
  public:
    static constexpr std::size_t kBytesMax = kBytes;

    KeyBeginning() = default;
    explicit KeyBeginning(std::string_view key) noexcept : whole_bytes_(key.size()) {
        std::copy_n(key.data(), std::min(key.size(), kBytesMax), bytes_.data());
    }

    std::string_view text() const noexcept {
        return {bytes_.data(), std::min(whole_bytes_, kBytesMax)};
    }
    std::size_t whole_bytes() const noexcept { return whole_bytes_; }  // 0: no key
    bool is_whole() const noexcept { return whole_bytes_ <= kBytesMax; }

  private:
    std::size_t whole_bytes_ = 0;
    std::array<char, kBytes> bytes_{};
};

// Each request carries one.
using KeyStart = KeyBeginning<48>;

}  // namespace ringside::proxy
