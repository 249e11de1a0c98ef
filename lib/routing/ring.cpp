#include "routing/ring.h"

#include "base/check.h"
#include "base/md5.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

namespace ringside::routing {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"ketama", "modula", "random"});

constexpr std::uint64_t kHashCount = std::uint64_t{1} << 32;

// nc_ketama.c: KETAMA_POINTS_PER_SERVER, KETAMA_POINTS_PER_HASH, and KETAMA_MAX_HOSTLEN less its
// NUL: longer point texts are cut.
constexpr float kPointsPerServer = 160;
constexpr std::uint32_t kPointsPerHash = 4;
constexpr std::size_t kPointTextBytesMax = 272;

// How many MD5 digests, of four points each, a node contributes. Every step is rounded to binary32
// as in nc_ketama.c: with 25 equal nodes this yields 39 instead of 40.
static_assert(FLT_EVAL_METHOD == 0, "float expressions must not be evaluated in a wider type");
std::uint32_t digest_count(std::uint32_t weight, std::uint64_t total_weight,
                           std::size_t node_count) noexcept {
    const float pct = static_cast<float>(weight) / static_cast<float>(total_weight);
    const float share = pct * kPointsPerServer / static_cast<float>(kPointsPerHash);
    const float count = share * static_cast<float>(node_count);
    const auto nudged = static_cast<float>(static_cast<double>(count) + 0.0000000001);
    return static_cast<std::uint32_t>(std::floor(nudged));
}

// The text that is digested: "name-0", "name-1" and so on.
class PointText {
  public:
    explicit PointText(std::string_view name) : text_(name) {
        text_ += '-';
        prefix_bytes_ = text_.size();
    }

    // Valid until the next call.
    std::string_view numbered(std::uint32_t number) {
        std::array<char, std::numeric_limits<std::uint32_t>::digits10 + 1> digits;
        char* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
        text_.resize(prefix_bytes_);
        text_.append(digits.begin(), end);
        return std::string_view(text_).substr(0, kPointTextBytesMax);
    }

  private:
    std::string text_;
    std::size_t prefix_bytes_ = 0;
};

// One of the digest's four words, little-endian (nc_ketama.c, ketama_hash).
std::uint32_t read_point(const base::Md5Digest& digest, std::size_t which) noexcept {
    const std::uint8_t* p = &digest[which * 4];
    return std::uint32_t{p[0]} | std::uint32_t{p[1]} << 8 | std::uint32_t{p[2]} << 16 |
           std::uint32_t{p[3]} << 24;
}

using Points = std::vector<Ring::Point>;

// Adds the points of a node's digests from the one number to below the other.
void add_points(Points& points, const RingMember& member, std::uint32_t from, std::uint32_t to) {
    PointText text(member.name);
    for (std::uint32_t i = from; i < to; ++i) {
        const base::Md5Digest digest = base::md5(text.numbered(i));
        for (std::size_t which = 0; which < kPointsPerHash; ++which) {
            points.push_back({read_point(digest, which), member.node_index});
        }
    }
}

void sort_by_name(std::vector<RingMember>& members) {
    std::sort(members.begin(), members.end(), [](const RingMember& a, const RingMember& b) {
        return ring_name_less(a.name, b.name);
    });
}

std::uint64_t sum_weights(std::span<const RingMember> members) noexcept {
    std::uint64_t sum = 0;
    for (const RingMember& member : members) {
        sum += member.weight;
    }
    return sum;
}

// How many digests each member contributes, parallel to `members`.
std::vector<std::uint32_t> digest_counts(std::span<const RingMember> members) {
    const std::uint64_t total_weight = sum_weights(members);
    std::vector<std::uint32_t> counts;
    counts.reserve(members.size());
    for (const RingMember& member : members) {
        CHECK(member.weight >= 1);
        counts.push_back(digest_count(member.weight, total_weight, members.size()));
    }
    return counts;
}

constexpr std::uint32_t kNotKept = UINT32_MAX;

// How one ring becomes another. What is the same is renumbered and not hashed.
struct PointChanges {
    std::vector<std::uint32_t> kept_as;  // by the old node_index: the new one, or kNotKept
    Points gone;                         // of kept nodes, with the old node_index; not sorted
    Points added;                        // with the new one; not sorted
    std::size_t point_count = 0;         // of the new ring
};

// Both lists in the order of names. The digests of a node are numbered from 0, so that a node whose
// share has changed has those with the last numbers more or less. Of equal nodes the number changes
// when one of them comes or goes, if binary32 rounds otherwise.
PointChanges compare_points(std::span<const RingMember> before, std::span<const RingMember> after) {
    const std::vector<std::uint32_t> counts_before = digest_counts(before);
    const std::vector<std::uint32_t> counts_after = digest_counts(after);
    PointChanges changes;
    changes.kept_as.assign(before.empty() ? 0 : before.back().node_index + 1, kNotKept);
    std::size_t old = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const RingMember& member = after[i];
        const std::uint32_t count = counts_after[i];
        changes.point_count += std::size_t{count} * kPointsPerHash;
        while (old < before.size() && ring_name_less(before[old].name, member.name)) {
            ++old;
        }
        const bool is_known = old < before.size() && before[old].name == member.name;
        const std::uint32_t known = is_known ? counts_before[old] : 0;
        if (known / 2 > count) {
            add_points(changes.added, member, 0, count);  // fewer than those that would go
            continue;
        }
        add_points(changes.added, member, known, count);
        if (is_known) {
            add_points(changes.gone, before[old], count, known);
            changes.kept_as[before[old].node_index] = member.node_index;
        }
    }
    return changes;
}

}  // namespace

std::string_view to_string(Distribution distribution) noexcept {
    return kNames[static_cast<std::size_t>(distribution)];
}

std::optional<Distribution> parse_distribution(std::string_view name) noexcept {
    const auto* found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) {
        return std::nullopt;
    }
    return static_cast<Distribution>(found - kNames.begin());
}

Ring Ring::build(std::span<const Node> nodes, Distribution distribution) {
    std::vector<RingMember> members;
    members.reserve(nodes.size());
    for (std::uint32_t index = 0; index < nodes.size(); ++index) {
        members.push_back({nodes[index].name, nodes[index].weight, index});
    }
    return build_from(std::move(members), distribution);
}

Ring Ring::build_from(std::vector<RingMember> members, Distribution distribution) {
    Ring ring;
    ring.distribution_ = distribution;
    if (members.empty()) {
        return ring;
    }
    for (const RingMember& member : members) {
        CHECK(member.weight >= 1);
    }
    sort_by_name(members);
    if (distribution == Distribution::ketama) {
        ring.lay_ketama(members);
    } else {
        ring.lay_slots(members);
    }
    return ring;
}

// nc_ketama.c, ketama_update().
void Ring::lay_ketama(std::span<const RingMember> members) {
    const std::vector<std::uint32_t> counts = digest_counts(members);
    points_.reserve(members.size() * static_cast<std::size_t>(kPointsPerServer));
    for (std::size_t i = 0; i < members.size(); ++i) {
        add_points(points_, members[i], 0, counts[i]);
    }
    sort_points();
}

// nc_modula.c repeats a node once per weight and takes the slot `hash % slots`; nc_random.c gives
// each node one slot. A run of equal slots is kept as one point, so a huge weight costs nothing.
void Ring::lay_slots(std::span<const RingMember> members) {
    std::uint64_t slots = 0;
    for (const RingMember& member : members) {
        slots += distribution_ == Distribution::random ? 1 : member.weight;
        // No hash reaches a slot beyond 2^32.
        const std::uint64_t last = std::min(slots, kHashCount) - 1;
        points_.push_back({static_cast<std::uint32_t>(last), member.node_index});
    }
    value_count_ = std::min(slots, kHashCount);
}

// A point is a value and a node, and all of them stand by value and then by the node's place in the
// order of names. So a ring is a set that can be added to and taken from in one pass.
Ring Ring::build_like(const Ring& before, std::vector<RingMember> members_before,
                      std::vector<RingMember> members) {
    DCHECK(before.distribution_ == Distribution::ketama);
    sort_by_name(members_before);
    sort_by_name(members);
    if (members.empty()) {
        return {};
    }
    PointChanges changes = compare_points(members_before, members);
    Ring gone;
    gone.points_ = std::move(changes.gone);
    gone.sort_points();
    Ring added;
    added.points_ = std::move(changes.added);
    added.sort_points();

    Ring ring;
    ring.points_.reserve(changes.point_count);
    auto next_gone = gone.points_.begin();
    auto next_added = added.points_.begin();
    for (const Point& point : before.points_) {
        if (next_gone != gone.points_.end() && *next_gone == point) {
            ++next_gone;
            continue;
        }
        const Point kept{point.value, changes.kept_as[point.node_index]};
        if (kept.node_index == kNotKept) {
            continue;
        }
        for (; next_added != added.points_.end() && *next_added < kept; ++next_added) {
            ring.points_.push_back(*next_added);
        }
        ring.points_.push_back(kept);
    }
    ring.points_.insert(ring.points_.end(), next_added, added.points_.end());
    DCHECK(next_gone == gone.points_.end() && ring.points_.size() == changes.point_count);
    ring.index_points();
    return ring;
}

// The points need not be sorted yet. Digests are uniform, so a bucket holds one or two of them.
void Ring::index_points() {
    const auto bits = std::max(1, static_cast<int>(std::bit_width(points_.size())) - 1);
    shift_ = 32 - static_cast<unsigned>(bits);
    first_position_.assign(std::size_t{1} << bits, 0);
    for (const Point& point : points_) {
        ++first_position_[point.value >> shift_];
    }
    std::uint32_t position = 0;
    for (std::uint32_t& entry : first_position_) {
        position += std::exchange(entry, position);
    }
}

// A bucket sort by the high bits that leaves the lookup table behind. Stable: twemproxy's ties go
// to the node that comes first.
void Ring::sort_points() {
    index_points();
    std::vector<std::uint32_t> next_position = first_position_;
    std::vector<Point> sorted(points_.size());
    for (const Point& point : points_) {
        sorted[next_position[point.value >> shift_]++] = point;
    }
    // Insertion sort: each point has only to move within its bucket.
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        const Point point = sorted[i];
        std::size_t hole = i;
        for (; hole > 0 && sorted[hole - 1].value > point.value; --hole) {
            sorted[hole] = sorted[hole - 1];
        }
        sorted[hole] = point;
    }
    points_ = std::move(sorted);
}

std::size_t Ring::find_position(std::uint32_t hash) const noexcept {
    DCHECK(!empty());
    if (distribution_ == Distribution::ketama) {
        std::size_t position = first_position_[hash >> shift_];
        while (position < points_.size() && points_[position].value < hash) {
            ++position;
        }
        return position < points_.size() ? position : 0;  // above the last point: the first
    }
    const auto slot = static_cast<std::uint32_t>(hash % value_count_);
    const auto found = std::lower_bound(
        points_.begin(), points_.end(), slot,
        [](const Point& point, std::uint32_t value) { return point.value < value; });
    return static_cast<std::size_t>(found - points_.begin());
}

std::vector<double> Ring::shares(std::size_t node_count) const {
    std::vector<double> result(node_count, 0.0);
    if (empty()) {
        return result;
    }
    // The first point also owns what lies above the last one.
    std::int64_t previous =
        std::int64_t{points_.back().value} - static_cast<std::int64_t>(value_count_);
    for (const Point& point : points_) {
        const std::int64_t owned = std::int64_t{point.value} - previous;
        result[point.node_index] += static_cast<double>(owned) / static_cast<double>(value_count_);
        previous = std::int64_t{point.value};
    }
    return result;
}

}  // namespace ringside::routing
