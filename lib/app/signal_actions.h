// What the process does when it gets a signal: about its log by itself, about the rest it asks.
//
// SIGHUP opens the log file again and has the configuration loaded; SIGTTIN and SIGTTOU log more
// and less; SIGUSR1 and SIGUSR2 do nothing; the others end the process. Owned by App; control
// thread only.
#pragma once

#include "base/log_level.h"
#include "discovery/publish_gate.h"
#include "io/event_loop.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ringside::app {

class SignalActions {
  public:
    struct Hooks {
        // Load the configuration, because of this.
        std::function<void(std::string_view trigger)> reload;
        // End the process: asked for once for each such signal.
        std::function<void()> stop;
    };

    // `log_file` as in App::Setup, `verbosity` on nutcracker's scale.
    SignalActions(io::EventLoop& loop, std::string log_file, std::uint32_t verbosity, Hooks hooks);

    void on_signal(int number);

    // SIGTTIN and SIGTTOU go on from there.
    void set_log_level(base::LogLevel level) { change_verbosity(base::verbosity_of(level)); }

    // From now on there is something to be loaded anew. A SIGHUP that came before is served now.
    void begin_reloads();

  private:
    void reload_if_due(std::string_view trigger);
    void change_verbosity(std::uint32_t verbosity);
    void reopen_log();

    const std::string log_file_;
    std::uint32_t verbosity_;
    const Hooks hooks_;
    bool may_reload_ = false;
    io::EventLoop::Timer reload_timer_;
    discovery::PublishGate reload_gate_;
};

}  // namespace ringside::app
