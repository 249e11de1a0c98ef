#include "config/difference.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace ringside::config {
namespace {

constexpr std::size_t kNamesMax = 8;

using Names = std::vector<std::string_view>;

const PoolConfig* find(const Config& config, const std::string& name) {
    const auto found = std::find_if(config.pools.begin(), config.pools.end(),
                                    [&name](const PoolConfig& pool) { return pool.name == name; });
    return found == config.pools.end() ? nullptr : &*found;
}

// The line may be another one.
bool is_same(const PoolConfig& a, PoolConfig b) {
    b.listen_place = a.listen_place;
    return a == b;
}

void append(std::string& text, const Names& names, std::string_view what) {
    if (names.empty()) {
        return;
    }
    text += fmt::format("{}{} {}{} (", text.empty() ? "" : ", ", names.size(),
                        text.empty() ? (names.size() == 1 ? "pool " : "pools ") : "", what);
    for (std::size_t i = 0; i < std::min(names.size(), kNamesMax); ++i) {
        text += i == 0 ? "" : ", ";
        text += names[i];
    }
    text += names.size() > kNamesMax ? ", ...)" : ")";
}

}  // namespace

std::string describe_changes(const Config& before, const Config& after) {
    Names added;
    Names removed;
    Names changed;
    for (const PoolConfig& pool : after.pools) {
        const PoolConfig* const old = find(before, pool.name);
        if (old == nullptr) {
            added.push_back(pool.name);
        } else if (!is_same(*old, pool)) {
            changed.push_back(pool.name);
        }
    }
    for (const PoolConfig& pool : before.pools) {
        if (find(after, pool.name) == nullptr) {
            removed.push_back(pool.name);
        }
    }
    std::string text;
    append(text, added, "added");
    append(text, removed, "removed");
    append(text, changed, "changed");
    return text.empty() ? "no pool has changed" : text;
}

}  // namespace ringside::config
