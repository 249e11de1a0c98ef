// What people should read about a pool, collected until the controller logs it. Pure.
#pragma once

#include "base/log_fields.h"

#include <cstddef>
#include <string>
#include <vector>

namespace ringside::discovery {

struct LogLine {
    base::LogFields about;  // the pool is added when it is logged
    std::string text;
    bool warning = false;
    // It tells a change of the ring, and is logged with the ring that it led to.
    bool of_ring = false;
};

// A value, owned by the controller's state of the pool.
class LogLines {
  public:
    // A pool of thousands must not fill the log when its ring changes; the rest is counted in one
    // line.
    static constexpr std::size_t kOfRingMax = 32;

    void add(LogLine line);

    // Whether the ring is there that the lines of changes are to be logged with.
    enum class Ring : bool { pending, published };
    // What has come since the last call, in this order. Lines of a pending ring stay.
    std::vector<LogLine> take(Ring ring);

  private:
    std::vector<LogLine> lines_;
    std::size_t of_ring_ = 0;   // of lines_
    std::size_t left_out_ = 0;  // further ones of the ring
};

}  // namespace ringside::discovery
