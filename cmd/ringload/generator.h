// Runs the clients: one thread, one epoll set, no timers but a look around ten times a second.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "connection.h"
#include "options.h"
#include "tally.h"
#include "target.h"
#include "workload.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::load {

// Owned by main, used by its thread.
class Generator {
  public:
    // Requires: `options` and `target` outlive the generator.
    Generator(const Options& options, const Target& target);
    ~Generator();

    // Connects all clients. Errors: io.
    base::Status open();

    // Sends everything from `source` until it has no more, `duration` is over or a signal
    // (SIGINT, SIGTERM) comes, and waits for the answers.
    Tally run(OperationSource source, base::milliseconds duration);

    // A signal has come: no further phase is wanted.
    bool interrupted() const noexcept { return interrupted_; }

  private:
    void start_idle_clients(base::TimePoint now);
    void wait_and_handle();
    void look_around(base::TimePoint now);
    void print_progress(base::TimePoint now);

    const Options& options_;
    const Workload workload_;
    int epoll_fd_ = -1;
    int signal_fd_ = -1;
    Tally tally_;
    Shared shared_;
    std::vector<std::unique_ptr<Connection>> connections_;
    bool interrupted_ = false;

    base::TimePoint next_look_;
    base::TimePoint next_progress_;
    std::uint64_t requests_at_progress_ = 0;
};

}  // namespace ringside::load
