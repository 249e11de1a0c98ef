#include "proxy/hot_keys.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace ringside::proxy {

void HotKeys::count_some(std::span<const protocol::Slice> keys, std::string_view bytes,
                         base::TimePoint now) noexcept {
    Window& window = window_of(now);
    for (const protocol::Slice& key : keys) {
        if (--until_next_ == 0) {
            look_at(key.of(bytes), window);
            // Around kOneOf, so that no rhythm of the requests hides a key.
            until_next_ = 1 + random_.next() % (2 * kOneOf - 1);
        }
    }
}

void HotKeys::look_at(std::string_view key, Window& window) noexcept {
    ++window.looked_at;
    const std::uint64_t hash = std::hash<std::string_view>{}(key);
    auto& set = window.sets[hash % kSets];
    const auto found = std::find_if(set.begin(), set.end(), [&](const HotKey& each) {
        return each.hash == hash && each.count > 0 && each.key.whole_bytes() == key.size();
    });
    if (found != set.end()) {
        ++found->count;
        return;
    }
    const auto rarest = std::min_element(
        set.begin(), set.end(), [](const HotKey& a, const HotKey& b) { return a.count < b.count; });
    *rarest = {.key = KeyBeginning<128>(key),
               .hash = hash,
               .count = rarest->count + 1,
               .too_high = rarest->count};
}

HotKeys::Window& HotKeys::window_of(base::TimePoint now) noexcept {
    if (now >= windows_[current_].begin + kWindow || windows_[current_].looked_at == 0) {
        if (windows_[current_].looked_at > 0) {
            current_ = (current_ + 1) % windows_.size();
        }
        windows_[current_].begin = now;
        windows_[current_].looked_at = 0;
        windows_[current_].sets = {};
    }
    return windows_[current_];
}

bool HotKeys::is_recent(const Window& window, base::TimePoint now) noexcept {
    return window.looked_at > 0 && now - window.begin <= kWindow * (kWindows + 1);
}

void HotKeys::list(base::TimePoint now, HotKeyList& list) const {
    for (const Window& window : windows_) {
        if (!is_recent(window, now)) {
            continue;
        }
        list.looked_at += window.looked_at;
        list.covered = std::max(list.covered, now - window.begin);
        for (const auto& set : window.sets) {
            std::copy_if(set.begin(), set.end(), std::back_inserter(list.rows),
                         [](const HotKey& each) { return each.count > 0; });
        }
    }
}

}  // namespace ringside::proxy
