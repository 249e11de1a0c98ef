// Tells a service manager such as systemd how the process fares: that it is ready, loads its
// configuration, ends, lives, and in one line what an operator should know (sd_notify(3)).
//
// Without one nothing is done. Owned by App; control thread only. Never waits: what the manager has
// no room for is sent again later, and a failure is logged once.
#pragma once

#include "app/options.h"
#include "base/clock.h"
#include "io/event_loop.h"
#include "io/notify_socket.h"

#include <sys/types.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace ringside::app {

class ServiceManager {
  public:
    // How long it waits, from the moment that pools listen, for all to have had nodes. It is told
    // "ready" then: whatever it starts next is held up by it.
    static constexpr base::milliseconds kReadyMax{10'000};

    // What the environment says of it.
    struct Contact {
        std::string socket = {};         // NOTIFY_SOCKET; empty: there is none
        base::microseconds watchdog{0};  // it wants a sign of life within this time; 0: it does not
    };
    // WATCHDOG_USEC may be meant for another process, such as one that has started this one.
    static Contact contact(ReadEnvironment environment, pid_t own_pid);

    // `summary`: one line on how the process fares.
    ServiceManager(io::EventLoop& loop, const Contact& contact,
                   std::function<std::string()> summary);

    // Pools listen, and the loop runs. From now on it is told something.
    void on_serving();
    // All pools have had nodes. After kReadyMax it is told that all the same.
    void on_ready();
    void on_reload_begun();
    void on_reload_done();
    // `longest`: what the drain may take. The manager waits for so long, whatever its own limit is.
    void on_stopping(base::milliseconds longest);

    // The contact, in the lines of app/hand_over.h.
    std::string legacy() const;
    // `successor` does all of this from now on.
    void on_handed_over(pid_t successor);

    // Does what is due: a timer calls it.
    void look(base::TimePoint now);

  private:
    void arm();
    void tell(std::string lines);
    void send_waiting();
    bool send(const std::string& lines);
    void tell_status(const std::string& status);

    io::EventLoop::Timer timer_;
    const std::function<std::string()> summary_;
    const base::microseconds watchdog_interval_;  // 0: no signs of life are wanted
    const Contact contact_;
    std::optional<io::NotifySocket> socket_;
    std::deque<std::string> waiting_;  // the manager had no room
    std::string status_;               // that it was told
    base::TimePoint ready_at_ = base::kNever;
    base::TimePoint watchdog_at_ = base::kNever;
    bool is_ready_told_ = false;
    bool is_stopping_ = false;
    bool is_failure_told_ = false;
};

}  // namespace ringside::app
