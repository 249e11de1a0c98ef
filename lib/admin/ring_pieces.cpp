#include "admin/ring_pieces.h"

#include "base/json_text.h"
#include "routing/fingerprint.h"
#include "routing/ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

// Written by hand: a tree of 160,000 points would cost more than the whole text.
std::string head_of(const routing::Pool& pool, std::string_view list) {
    return fmt::format(
        "{{\n  \"pool\": \"{}\",\n  \"distribution\": \"{}\",\n  \"fingerprint\": \"{}\",\n"
        "  \"{}\": [",
        base::json_text(pool.name), routing::to_string(pool.ring.distribution()),
        routing::to_hex(routing::fingerprint(pool)), list);
}
constexpr std::string_view kTail = "\n  ]\n}\n";

class ByPoint {
  public:
    explicit ByPoint(routing::PoolPtr pool) : pool_(std::move(pool)) {
        endings_.reserve(pool_->nodes.size());
        for (const routing::PoolNode& node : pool_->nodes) {
            endings_.push_back(
                fmt::format(", \"node\": \"{}\"}}", base::json_text(node.node.name)));
        }
    }

    std::string next() {
        const auto points = pool_->ring.points();
        if (is_ended_) {
            return {};
        }
        std::string text = next_ == 0 ? head_of(*pool_, "points") : std::string();
        const std::size_t end = std::min(next_ + kRingPointsAtOnce, points.size());
        for (; next_ < end; ++next_) {
            text += next_ == 0 ? "\n" : ",\n";
            text += "    {\"value\": ";
            text += fmt::format_int(points[next_].value).c_str();
            text += endings_[points[next_].node_index];
        }
        is_ended_ = next_ == points.size();
        text += is_ended_ ? kTail : std::string_view();
        return text;
    }

  private:
    const routing::PoolPtr pool_;
    std::vector<std::string> endings_;  // of a point, by node
    std::size_t next_ = 0;
    bool is_ended_ = false;
};

// Several nodes at once go through all points once. One that has more points than fit into a piece
// is alone in several, each of which goes on where the one before has ended.
class ByNode {
  public:
    explicit ByNode(routing::PoolPtr pool) : pool_(std::move(pool)), counts_(pool_->nodes.size()) {
        for (const routing::Ring::Point& point : pool_->ring.points()) {
            ++counts_[point.node_index];
        }
    }

    std::string next() {
        if (is_ended_) {
            return {};
        }
        std::string text = std::exchange(is_begun_, true) ? "" : head_of(*pool_, "nodes");
        if (node_ < counts_.size()) {
            text += counts_[node_] > kNodePointsAtOnce ? next_of_many() : next_nodes();
        }
        is_ended_ = node_ == counts_.size();
        text += is_ended_ ? kTail : std::string_view();
        return text;
    }

  private:
    std::string opening(std::size_t node) const {
        return fmt::format("{}    {{\"name\": \"{}\", \"points\": [", node == 0 ? "\n" : ",\n",
                           base::json_text(pool_->nodes[node].node.name));
    }

    static void add(std::string& list, std::uint32_t value, bool is_first) {
        list += is_first ? "" : ", ";
        list += fmt::format_int(value).c_str();
    }

    std::string next_nodes() {
        const std::size_t first = node_;
        std::size_t total = 0;
        while (node_ < counts_.size() && total + counts_[node_] <= kNodePointsAtOnce) {
            total += counts_[node_++];
        }
        std::vector<std::string> lists(node_ - first);
        for (const routing::Ring::Point& point : pool_->ring.points()) {
            if (point.node_index >= first && point.node_index < node_) {
                std::string& list = lists[point.node_index - first];
                add(list, point.value, list.empty());
            }
        }
        std::string text;
        for (std::size_t i = 0; i < lists.size(); ++i) {
            text += opening(first + i) + lists[i] + "]}";
        }
        return text;
    }

    std::string next_of_many() {
        const auto points = pool_->ring.points();
        std::string text = told_ == 0 ? opening(node_) : std::string();
        for (std::size_t added = 0; added < kNodePointsAtOnce && told_ < counts_[node_]; ++point_) {
            if (points[point_].node_index == node_) {
                add(text, points[point_].value, told_ == 0);
                ++told_;
                ++added;
            }
        }
        if (told_ == counts_[node_]) {
            text += "]}";
            ++node_;
            told_ = 0;
            point_ = 0;
        }
        return text;
    }

    const routing::PoolPtr pool_;
    std::vector<std::uint32_t> counts_;  // of points, by node
    std::size_t node_ = 0;               // the next one
    std::size_t told_ = 0;               // of its points, if it is alone
    std::size_t point_ = 0;              // where it goes on
    bool is_begun_ = false;
    bool is_ended_ = false;
};

}  // namespace

http::NextPiece ring_pieces(routing::PoolPtr pool) {
    return [state = std::make_shared<ByPoint>(std::move(pool))] { return state->next(); };
}

http::NextPiece ring_by_node_pieces(routing::PoolPtr pool) {
    return [state = std::make_shared<ByNode>(std::move(pool))] { return state->next(); };
}

}  // namespace ringside::admin
