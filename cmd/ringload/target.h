// Where the load goes: a resolved address and sockets to it.
#pragma once

#include "base/expected.h"

#include <sys/socket.h>

#include <string_view>

namespace ringside::load {

class Target {
  public:
    // "host:port", "[::1]:port" or "/path".
    static base::Expected<Target> resolve(std::string_view text);

    // A non-blocking socket that is connecting or connected; the caller owns it. Errors: io.
    base::Expected<int> connect() const;

  private:
    sockaddr_storage address_{};
    socklen_t size_ = 0;
};

}  // namespace ringside::load
