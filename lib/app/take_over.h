// Takes the place of a process that runs with the same configuration: gets its listening sockets,
// and serves on them as soon as it can do what the other one does.
//
// app/hand_over.h is the other side.
#pragma once

#include "app/options.h"
#include "app/service_manager.h"
#include "base/clock.h"
#include "base/expected.h"
#include "discovery/saved_state.h"
#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/inherited_sockets.h"
#include "io/readable.h"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ringside::app {

// What the process before gives.
struct Inheritance {
    io::FileDescriptor connection;  // to it
    pid_t from = 0;
    std::unique_ptr<io::InheritedSockets> sockets;
    ServiceManager::Contact service_manager = {};
    std::optional<discovery::SavedState> state = std::nullopt;
};

// Asks the process that the configuration's admin address leads to. Nothing: nobody listens there.
// The error: it does not want to, or does not know how. Blocks, for some seconds at most.
base::Expected<std::optional<Inheritance>> ask_for_inheritance(const Options& options);

// From there to the moment at which the process serves. Owned by App; control thread only.
class TakeOver {
  public:
    struct Hooks {
        // Why it cannot serve yet; empty: it can.
        std::function<std::string()> obstacle;
        std::function<std::string()> marks;  // of io::InheritedSockets::taken()
        std::function<void()> done;
        // The process before goes on serving, and this one has to end.
        std::function<void(const base::Error& why)> failed;
    };

    // Has kReadyMax from now on. `loop` outlives it.
    TakeOver(io::EventLoop& loop, io::FileDescriptor connection, Hooks hooks);

    bool is_pending() const noexcept { return connection_.has_value(); }
    // Something may have changed.
    void look();

  private:
    void on_packet();
    void fail(std::string why);

    const Hooks hooks_;
    io::EventLoop::Timer limit_;
    std::optional<io::Readable> connection_;  // none: it is over
    bool is_ready_told_ = false;
};

}  // namespace ringside::app
