#include "discovery/saved_state.h"

#include <algorithm>

namespace ringside::discovery {
namespace {

// Two readings of both clocks, with a correction of the one on the wall in between.
constexpr base::seconds kClocksApart{2};

// Nobody waits for what is so far away, in either direction, and sums stay within the clocks.
constexpr std::chrono::hours kFarAway{24 * 366 * 10};

bool says_the_same(const SavedEjection& a, const SavedEjection& b) {
    if (a.node != b.node || a.remark != b.remark || a.is_drained != b.is_drained ||
        a.until.has_value() != b.until.has_value()) {
        return false;
    }
    return !a.until || std::chrono::abs(*a.until - *b.until) <= kClocksApart;
}

bool says_the_same(const SavedPool& a, const SavedPool& b) {
    std::optional<SavedList> list = b.list;
    if (list && a.list) {
        list->said_at = a.list->said_at;
    }
    return a.name == b.name && a.protocol == b.protocol && a.list == list &&
           std::equal(a.ejections.begin(), a.ejections.end(), b.ejections.begin(),
                      b.ejections.end(), [](const SavedEjection& one, const SavedEjection& other) {
                          return says_the_same(one, other);
                      });
}

}  // namespace

std::string_view protocol_text(routing::ProtocolKind protocol) noexcept {
    switch (protocol) {
        case routing::ProtocolKind::memcached:
            return "memcached";
        case routing::ProtocolKind::redis:
            return "redis";
    }
    return {};
}

bool says_the_same(const SavedState& a, const SavedState& b) {
    return std::equal(
        a.pools.begin(), a.pools.end(), b.pools.begin(), b.pools.end(),
        [](const SavedPool& one, const SavedPool& other) { return says_the_same(one, other); });
}

const SavedPool* find(const SavedState& state, std::string_view name, std::string_view protocol) {
    const auto found = std::find_if(
        state.pools.begin(), state.pools.end(),
        [&](const SavedPool& pool) { return pool.name == name && pool.protocol == protocol; });
    return found == state.pools.end() ? nullptr : &*found;
}

WallTime to_wall(base::TimePoint event, const base::Moment& at) {
    return at.wall + std::chrono::duration_cast<WallTime::duration>(event - at.steady);
}

base::TimePoint to_steady(WallTime event, const base::Moment& at) {
    if (event > at.wall + kFarAway) {
        return base::kNever;
    }
    const auto left = std::max<WallTime::duration>(event - at.wall, -kFarAway);
    return at.steady + std::chrono::duration_cast<base::Duration>(left);
}

}  // namespace ringside::discovery
