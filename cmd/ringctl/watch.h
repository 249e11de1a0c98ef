// The same reading again and again (--watch): on a terminal each takes the place of the one before,
// elsewhere they follow each other.
#pragma once

#include "options.h"

#include <cstdint>
#include <string_view>

namespace ringside::ctl {

class Watch {
  public:
    // Not `is_repeated`: one reading.
    Watch(const Options& options, bool is_repeated);

    // Prints, at once.
    void show(std::string_view text);

    // Sleeps until it is time for another reading; false if there is none.
    bool wait_for_next();

  private:
    const Options& options_;
    bool is_repeated_;
    bool clears_;
    std::uint64_t shown_ = 0;
    std::uint64_t readings_ = 0;
    base::TimePoint next_;
};

}  // namespace ringside::ctl
