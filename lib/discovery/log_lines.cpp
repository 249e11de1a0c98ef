#include "discovery/log_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringside::discovery {

void LogLines::add(LogLine line) {
    if (line.of_ring && of_ring_ == kOfRingMax) {
        ++left_out_;
        return;
    }
    of_ring_ += line.of_ring ? 1 : 0;
    lines_.push_back(std::move(line));
}

std::vector<LogLine> LogLines::take(Ring ring) {
    std::vector<LogLine> taken = std::exchange(lines_, {});
    if (ring == Ring::pending) {
        const auto waiting = std::stable_partition(
            taken.begin(), taken.end(), [](const LogLine& line) { return !line.of_ring; });
        lines_.assign(std::make_move_iterator(waiting), std::make_move_iterator(taken.end()));
        taken.erase(waiting, taken.end());
        return taken;
    }
    of_ring_ = 0;
    if (left_out_ > 0) {
        const auto last = std::find_if(taken.rbegin(), taken.rend(),
                                       [](const LogLine& line) { return line.of_ring; });
        taken.insert(last.base(),
                     {.about = {base::LogEvent::changes_left_out},
                      .text = fmt::format("and {} more changes", std::exchange(left_out_, 0)),
                      .of_ring = true});
    }
    return taken;
}

}  // namespace ringside::discovery
