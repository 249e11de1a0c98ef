// The wire to a service manager such as systemd: lines of NAME=VALUE in a datagram to the unix
// socket that $NOTIFY_SOCKET names (sd_notify(3)).
//
// Ours, as it is one system call, and libsystemd brings libraries for everything else.
#pragma once

#include "base/expected.h"
#include "io/file_descriptor.h"
#include "io/socket.h"

#include <string_view>
#include <utility>

namespace ringside::io {

class NotifySocket {
  public:
    // `address`: "/PATH", or "@NAME" for one in the abstract namespace. Asks nobody yet.
    static base::Expected<NotifySocket> open(std::string_view address);

    // 0, or an errno value: EAGAIN if the other side has no room now. Never blocks.
    int send(std::string_view lines) noexcept;

  private:
    NotifySocket(FileDescriptor socket, const SocketAddress& address)
        : socket_(std::move(socket)), address_(address) {}

    FileDescriptor socket_;
    SocketAddress address_;
};

}  // namespace ringside::io
