#include "watch.h"

#include "terminal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <thread>

namespace ringside::ctl {

Watch::Watch(const Options& options, bool is_repeated)
    : options_(options),
      is_repeated_(is_repeated),
      clears_(is_repeated && is_terminal() && !options.view.is_data()),
      next_(base::Clock::now()) {}

void Watch::show(std::string_view text) {
    if (text.empty()) {
        return;  // it has been said elsewhere
    }
    std::string_view before;
    if (clears_) {
        before = kClearScreen;
    } else if (shown_ > 0) {
        before = options_.view.format == Format::yaml ? "---\n" : "\n";
    }
    ++shown_;
    fmt::print("{}{}", before, text);
    std::fflush(stdout);
}

bool Watch::wait_for_next() {
    ++readings_;
    if (!is_repeated_ || std::ferror(stdout) != 0 ||
        (options_.count && readings_ >= *options_.count)) {
        return false;
    }
    // What took too long makes nobody hurry afterwards.
    next_ = std::max(next_ + *options_.watch, base::Clock::now());
    std::this_thread::sleep_until(next_);
    return true;
}

}  // namespace ringside::ctl
