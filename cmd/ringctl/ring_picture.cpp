#include "ring_picture.h"

#include "fields.h"
#include "table.h"
#include "targets.h"
#include "terminal.h"
#include "yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string_view>

namespace ringside::ctl {
namespace {

using base::Expected;
using http::Json;

constexpr std::size_t kShareWidth = 40;

// A letter of a terminal is twice as high as it is wide.
constexpr int kPictureColumns = 57;
constexpr int kPictureRows = 25;
constexpr double kOuterRadius = 12.4;  // in rows
constexpr double kInnerRadius = 9.4;
constexpr std::size_t kParts = 180;

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr auto kNodeColours = std::to_array<Colour>(
    {Colour::red, Colour::green, Colour::yellow, Colour::blue, Colour::magenta, Colour::cyan});

// More nodes than letters begin anew.
char letter_of(std::size_t node) {
    return kLetters[node % kLetters.size()];
}

std::string letters(std::size_t node, std::size_t count, const View& view) {
    const std::string text(count, letter_of(node));
    return view.colour && count > 0 ? coloured(text, kNodeColours[node % kNodeColours.size()])
                                    : text;
}

struct RingNode {
    std::string name;
    std::string state;
    double share = 0;
    std::string points;
};

struct RingPicture {
    std::string pool;
    std::string distribution;
    std::vector<RingNode> nodes = {};
    std::vector<Arc> arcs = {};  // none: there is no circle of them

    std::vector<std::string> words() const {
        return {pool, fmt::format("{} nodes, {} points", nodes.size(), arcs.size()), distribution};
    }
};

RingPicture read_summary(const Json& summary) {
    RingPicture ring{.pool = summary.at("pool").get<std::string>(),
                     .distribution = summary.at("distribution").get<std::string>()};
    for (const Json& node : summary.at("nodes")) {
        ring.nodes.push_back({node.at("name").get<std::string>(),
                              node.at("state").get<std::string>(), node.at("share").get<double>(),
                              number(node.at("points"))});
    }
    return ring;
}

// The arcs of all nodes in the order of the circle. A node that has come in between the two answers
// has no letter: then there is no circle this time.
std::vector<Arc> read_arcs(const Json& by_node, const RingPicture& ring) {
    std::map<std::string, std::size_t, std::less<>> indices;
    for (std::size_t i = 0; i < ring.nodes.size(); ++i) {
        indices.emplace(ring.nodes[i].name, i);
    }
    std::vector<Arc> arcs;
    for (const Json& node : by_node.at("nodes")) {
        const auto index = indices.find(node.at("name").get_ref<const std::string&>());
        if (index == indices.end()) {
            return {};
        }
        for (const Json& point : node.at("points")) {
            arcs.push_back({point.get<std::uint32_t>(), index->second});
        }
    }
    std::stable_sort(arcs.begin(), arcs.end(),
                     [](const Arc& a, const Arc& b) { return a.value < b.value; });
    return arcs;
}

// In the middle of the row `y`, the words about the ring; nullptr elsewhere.
const std::string* words_at(const std::vector<std::string>& words, int y) {
    const int first = (kPictureRows - static_cast<int>(words.size())) / 2;
    const int index = y - first;
    return index >= 0 && index < static_cast<int>(words.size())
               ? &words[static_cast<std::size_t>(index)]
               : nullptr;
}

std::string circle(const RingPicture& ring, const View& view) {
    const std::vector<std::size_t> owners = owners_of_parts(ring.arcs, kParts);
    const std::vector<std::string> words = ring.words();
    constexpr double kTurn = 2 * std::numbers::pi;
    std::string text;
    for (int y = 0; y < kPictureRows; ++y) {
        std::string row;
        const std::string* const middle = words_at(words, y);
        const int width = middle == nullptr ? 0 : static_cast<int>(middle->size());
        const int begin = (kPictureColumns - width) / 2;
        int blanks = 0;
        for (int x = 0; x < kPictureColumns; ++x) {
            if (middle != nullptr && x == begin) {
                row += std::string(static_cast<std::size_t>(blanks), ' ') + printable(*middle);
                blanks = 0;
                x += width - 1;
                continue;
            }
            const double right = (x - (kPictureColumns - 1) / 2.0) / 2.0;
            const double down = y - (kPictureRows - 1) / 2.0;
            const double radius = std::hypot(right, down);
            if (radius > kOuterRadius || radius < kInnerRadius) {
                ++blanks;
                continue;
            }
            // From the top, the way of the clock.
            const double angle = std::fmod(std::atan2(right, -down) + kTurn, kTurn);
            const auto part = static_cast<std::size_t>(angle / kTurn * kParts) % kParts;
            row +=
                std::string(static_cast<std::size_t>(blanks), ' ') + letters(owners[part], 1, view);
            blanks = 0;
        }
        text += row + "\n";
    }
    return text;
}

std::string shares(const RingPicture& ring, const View& view) {
    double largest = 0;
    std::size_t widest = 0;
    for (const RingNode& node : ring.nodes) {
        largest = std::max(largest, node.share);
        widest = std::max(widest, node.name.size());
    }
    std::string text;
    for (std::size_t i = 0; i < ring.nodes.size(); ++i) {
        const RingNode& node = ring.nodes[i];
        const auto marks = static_cast<std::size_t>(
            largest > 0 ? std::round(node.share / largest * kShareWidth) : 0);
        const std::string strip(marks, '#');
        text += fmt::format("{}  {:<{}}  {:>6}  {}{}  {:>5}  {}\n", letters(i, 1, view),
                            printable(node.name), widest, percent(node.share),
                            view.colour && marks > 0
                                ? coloured(strip, kNodeColours[i % kNodeColours.size()])
                                : strip,
                            std::string(kShareWidth - marks, ' '), node.points,
                            view.colour ? painted(node.state) : node.state);
    }
    return text;
}

std::string points_text(const Json& ring) {
    std::string text;
    for (const Json& point : ring.at("points")) {
        text += fmt::format("{:>10}  {}\n", point.at("value").get<std::uint32_t>(),
                            printable(point.at("node").get<std::string>()));
    }
    return text;
}

}  // namespace

std::vector<std::size_t> owners_of_parts(std::span<const Arc> arcs, std::size_t count) {
    constexpr double kHashes = 4294967296.0;
    const double part_size = kHashes / static_cast<double>(count);
    std::vector<std::size_t> owners;
    std::size_t at = 0;
    for (std::size_t part = 0; part < count; ++part) {
        const double end = part_size * static_cast<double>(part + 1);
        double begin = part_size * static_cast<double>(part);
        std::map<std::size_t, double> owned;
        while (begin < end) {
            const bool is_past_last = at == arcs.size();
            const Arc& arc = is_past_last ? arcs.front() : arcs[at];
            // The owner of the hashes up to its value, included.
            const double arc_end = is_past_last ? kHashes : static_cast<double>(arc.value) + 1;
            owned[arc.node] += std::max(0.0, std::min(end, arc_end) - begin);
            begin = std::max(begin, std::min(end, arc_end));
            at += arc_end <= end && !is_past_last ? 1 : 0;
        }
        owners.push_back(
            std::max_element(owned.begin(), owned.end(), [](const auto& a, const auto& b) {
                return a.second < b.second;
            })->first);
    }
    return owners;
}

Expected<Shown> run_ring(Api& api, const Options& options) {
    const std::string path = pool_path(options) + "/ring";
    if (options.view.is_data() || options.points) {
        const auto body = api.fetch(path + (options.summary ? "?format=summary" : ""));
        if (!body) {
            return body.error();
        }
        return Shown{options.view.is_data() ? as_data(options.view, *body)
                                            : points_text(Json::parse(*body))};
    }
    const auto summary = api.get(path + "?format=summary");
    if (!summary) {
        return summary.error();
    }
    RingPicture ring = read_summary(*summary);
    // Only there the points stand on a circle of hashes.
    if (ring.distribution == "ketama" && !options.summary) {
        const auto by_node = api.get(path + "?format=nodes");
        if (!by_node) {
            return by_node.error();
        }
        ring.arcs = read_arcs(*by_node, ring);
    }
    const std::string picture = ring.arcs.empty() ? "" : circle(ring, options.view) + "\n";
    return Shown{picture + shares(ring, options.view)};
}

}  // namespace ringside::ctl
