#include "discovery/losses.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::LogEvent;
namespace {

// "a, b, c and 16 more". Requires: there are more than Losses::kToldMax.
template <typename Named>
std::string names(const std::vector<Named>& all) {
    std::string text = all.front().name;
    for (std::size_t i = 1; i < Losses::kToldMax; ++i) {
        text += ", " + all[i].name;
    }
    return text + fmt::format(" and {} more", all.size() - Losses::kToldMax);
}

void tell_loss(const Loss& loss, LogLines& lines) {
    if (!loss.is_told) {
        lines.add({.about = {.event = LogEvent::node_lost, .node = loss.name, .cause = loss.cause},
                   .text = fmt::format("node {} lost: {}", loss.name, loss.cause),
                   .warning = true});
    }
}

}  // namespace

void Losses::add_ejection(std::string node, LogLine line) {
    ejections_.push_back({std::move(node), std::move(line)});
}

void Losses::tell(std::size_t nodes, bool is_all, LogLines& lines) {
    if (!(is_all && nodes > 1) && losses_.size() <= kToldMax) {
        tell_ejections(lines);
        for (const Loss& loss : std::exchange(losses_, {})) {
            tell_loss(loss, lines);
        }
        return;
    }
    const std::string text = is_all && nodes > 1
                                 ? fmt::format("all {} nodes are lost", nodes)
                                 : fmt::format("{} nodes lost: {}", losses_.size(), names(losses_));
    const std::string cause = drop(lines);
    lines.add({.about = {.event = LogEvent::nodes_lost, .cause = cause},
               .text = fmt::format("{}, the last one: {}", text, cause),
               .warning = true});
}

void Losses::tell_one(routing::NodeId node, LogLines& lines) {
    const auto untold = std::find_if(losses_.begin(), losses_.end(),
                                     [node](const Loss& loss) { return loss.node == node; });
    if (untold != losses_.end()) {
        tell_loss(*untold, lines);
        losses_.erase(untold);
    }
}

// Likewise in one line if they are many.
void Losses::tell_ejections(LogLines& lines) {
    if (ejections_.size() > kToldMax) {
        lines.add({.about = {LogEvent::nodes_ejected},
                   .text = fmt::format("{} nodes ejected after failures in a row: {}",
                                       ejections_.size(), names(ejections_)),
                   .warning = true,
                   .of_ring = true});
    } else {
        for (Ejection& ejection : ejections_) {
            lines.add(std::move(ejection.line));
        }
    }
    ejections_.clear();
}

std::string Losses::drop(LogLines& lines) {
    tell_ejections(lines);
    std::string cause = std::move(losses_.back().cause);
    losses_.clear();
    return cause;
}

}  // namespace ringside::discovery
