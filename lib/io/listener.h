// Accepts connections on one address and hands their sockets over. It may have the address for a
// while before it listens: the kernel refuses who connects meanwhile.
//
// Owned by App; control thread only. A failing accept (out of descriptors, aborted connections)
// never ends the listener: it pauses for a moment and goes on.
#pragma once

#include "base/expected.h"
#include "io/event_loop.h"
#include "routing/node.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ringside::io {

class InheritedSockets;

class Listener {
    struct State;

  public:
    struct Options {
        routing::Address address;           // an IP and a port (0: any free one), or a path
        std::optional<std::uint32_t> mode;  // permissions of a unix socket
        std::uint32_t backlog = 512;
        bool tcp_keepalive = false;
        // May take an address that overlaps that of a listener which shares its port.
        bool beside_sharing = false;
        // One of these that has the address is taken instead of binding it: another process has it,
        // too, and the listener begins with a share of it. Outlives the listener; null: none.
        InheritedSockets* inherited = nullptr;
    };

    // The accepted socket: non-blocking, close-on-exec, TCP_NODELAY; the receiver owns it. Called
    // on the loop's thread, never from inside open().
    using OnAccept = std::function<void(int fd)>;

    // Has the address, and does not listen yet. A stale unix socket is replaced, one in use by a
    // live process is not.
    static base::Expected<std::unique_ptr<Listener>> bind(EventLoop& loop, const Options& options,
                                                          OnAccept on_accept);
    // Binds and listens.
    static base::Expected<std::unique_ptr<Listener>> open(EventLoop& loop, const Options& options,
                                                          OnAccept on_accept);
    // Listens from now on; without effect if it does. On an error it is as before: another process
    // may have come between where the kernel lets it.
    base::Status listen();
    bool is_listening() const noexcept;

    // Closes, and removes a unix socket's path if it is still this listener's. May happen inside
    // `on_accept`. A socket that is shared is left as it is.
    ~Listener();

    // What a process does with a socket that another one has, too: nothing that the other would
    // notice, until it is settled whose it is. One that was inherited waits for that with its
    // clients. Without effect once the listener is gone.
    class Share {
      public:
        int fd() const noexcept;  // -1: the listener is gone
        // It is this process's alone: everything is as if it had bound it.
        void keep();
        // It is the other one's alone: the listener is closed, and nobody notices.
        void leave();

      private:
        friend class Listener;
        std::weak_ptr<State> state_;
    };
    // Begins to share it. Called again: the same.
    Share share();

    // No new connection begins from now on: whoever tries is not answered until the listener is
    // gone, and comes to who listens next or is refused then. What has begun goes on.
    void stop_taking() noexcept;

    // Hands over what the kernel has connected already, at most a full backlog of it. To be called
    // before the listener goes for good: its end resets the connections that still wait, and their
    // clients have sent requests by then.
    void accept_waiting();

    // Is there again where a unix socket's path is gone, or leads to something else: a cleaner of
    // /tmp does that. Without effect otherwise. On an error it is where nobody finds it, as before.
    base::Status renew_if_lost();

    // Lets one that is opened `beside_sharing` have an address that overlaps with this one's, or no
    // more. Without effect on unix sockets.
    void share_port(bool on) noexcept;

    // Takes over what can change while it listens: all but the address. Permissions that are no
    // longer asked for stay as they are.
    void change(const Options& options);

    // The port that was bound; 0 for a unix socket.
    std::uint16_t port() const noexcept;
    // accept() calls that failed.
    std::uint64_t accept_errors() const noexcept;

    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

  private:
    explicit Listener(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;  // its pending wait holds it weakly
};

}  // namespace ringside::io
