// Hands what this process listens on to the process that takes its place (`ringside --takeover`),
// while it goes on serving until the other one says that it can.
//
// At most one process accepts at any time, and somebody does, whatever becomes of the two:
// docs/decisions/055-sockets-are-handed-to-the-next-process.md. Owned by App; control thread only.
#pragma once

#include "admin/context.h"
#include "base/clock.h"
#include "base/expected.h"
#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/listener.h"
#include "io/packet_socket.h"
#include "io/readable.h"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::app {

// What the two say to each other. First packets with sockets come from the process that gives way,
// then kLegacy; then kReady and a mark for each socket from the other one, and kYours is the
// answer.
namespace takeover {
inline constexpr std::string_view kSockets = "sockets";
// Behind it lines NAME=VALUE: what is not known is left alone. With it comes a file in memory, the
// saved state.
inline constexpr std::string_view kLegacy = "legacy\n";
inline constexpr std::string_view kWatchdog = "watchdog_us=";
inline constexpr std::string_view kNotifySocket = "notify_socket=";
inline constexpr std::string_view kReady = "ready ";
inline constexpr std::string_view kYours = "yours";

// For the other process to connect.
inline constexpr base::seconds kConnectMax{5};
// For it to be ready, from then on: it gives up by itself before.
inline constexpr base::seconds kReadyMax{30};
inline constexpr base::seconds kSettledMax{40};
}  // namespace takeover

class HandOver {
  public:
    struct Hooks {
        std::function<std::vector<io::Listener::Share>()> shares;  // of all that is listened on
        std::function<std::string()> legacy;                       // the lines behind kLegacy
        std::function<std::string()> state;                        // the saved state
        // All that the other process wanted is its own now.
        std::function<void(pid_t other)> done;
    };

    // `loop` outlives it.
    HandOver(io::EventLoop& loop, Hooks hooks)
        : loop_(loop), hooks_(std::move(hooks)), limit_(loop) {}

    // Waits for the other process for kConnectMax. conflict: another one is at it.
    base::Expected<admin::TakeoverOffer> offer();
    // Everything stays with this process, and the other one hears that. Without effect if nobody
    // is at it.
    void give_up(std::string_view why);

  private:
    void on_connection();
    base::Status give(int fd);
    void on_packet();
    void let_go(std::string_view marks);
    void clear();

    io::EventLoop& loop_;
    const Hooks hooks_;
    io::EventLoop::Timer limit_;
    std::optional<io::Readable> door_;   // where the other process is waited for
    std::optional<io::Readable> other_;  // the connection to it
    pid_t other_pid_ = 0;
    std::vector<io::Listener::Share> shares_;
};

}  // namespace ringside::app
