// ringload in the background, and what it reports.
#pragma once

#include "integration/support/process.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::testing {

struct LoadReport {
    int exit_code = 0;  // 0: every reply was right
    std::int64_t requests = 0;
    std::int64_t hits = 0;
    std::int64_t misses = 0;
    std::int64_t errors = 0;
    std::int64_t wrong = 0;
    std::int64_t lost = 0;
    std::string text;  // the whole report, for messages
};

// Runs from construction until stop(); started when it returns, with connections open.
class Load {
  public:
    explicit Load(std::uint16_t port, std::vector<std::string> more_arguments = {});

    Process& process() noexcept { return process_; }

    // Lets every client finish what it has asked for.
    LoadReport stop();

  private:
    Process process_;
};

}  // namespace ringside::testing
