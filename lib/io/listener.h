// Accepts connections on one address and hands their sockets over.
//
// Owned by App; control thread only. A failing accept (out of descriptors, aborted connections)
// never ends the listener: it pauses for a moment and goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/expected.h"
#include "io/event_loop.h"
#include "routing/node.h"

namespace ringside::io {

class Listener {
  public:
    struct Options {
        routing::Address address;           // host name or IP and port (0: any free one), or a path
        std::optional<std::uint32_t> mode;  // permissions of a unix socket
        std::uint32_t backlog = 512;
        bool tcp_keepalive = false;
    };

    // The accepted socket: non-blocking, close-on-exec, TCP_NODELAY; the receiver owns it.
    using OnAccept = std::function<void(int fd)>;

    // Binds and listens. A stale unix socket is replaced, one in use by a live process is not.
    static base::Expected<std::unique_ptr<Listener>> open(EventLoop& loop, const Options& options,
                                                          OnAccept on_accept);
    // Closes, and removes a unix socket's path.
    ~Listener();

    // The port that was bound; 0 for a unix socket.
    std::uint16_t port() const noexcept;
    // accept() calls that failed.
    std::uint64_t accept_errors() const noexcept;

    struct State;
    explicit Listener(std::unique_ptr<State> state);

  private:
    std::unique_ptr<State> state_;
};

}  // namespace ringside::io
