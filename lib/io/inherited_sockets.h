// Sockets that the process before listens on, and has handed to this one: a listener takes the one
// that has its address instead of binding it.
//
// Owned by App; control thread only.
#pragma once

#include "io/file_descriptor.h"
#include "io/socket.h"

#include <string>
#include <vector>

namespace ringside::io {

class InheritedSockets {
  public:
    void add(FileDescriptor socket);

    // The one that is bound to just this address; none if there is none, or it was taken before.
    FileDescriptor take(const SocketAddress& address);

    // '1' for each that was taken and '0' for each other one, in the order in which they came.
    std::string taken() const;

    // Closes those that were not taken.
    void clear() noexcept { sockets_.clear(); }

  private:
    std::vector<FileDescriptor> sockets_;  // moved from: it was taken
};

}  // namespace ringside::io
