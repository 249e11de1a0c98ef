// A connection attempt: the addresses of one node, tried in turn until one answers.
//
// Owned by the stream that is being connected; used on its loop's thread. Opens sockets and nothing
// else: waiting for them is the loop's business.
#pragma once

#include "io/file_descriptor.h"
#include "io/lookup.h"
#include "io/socket.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace ringside::io {

struct ConnectAttempt {
    Lookup::QuestionPtr question;          // while the name is being looked up
    std::vector<SocketAddress> addresses;  // those that have not been tried
    std::size_t next = 0;

    // A socket that is being connected to the next address; invalid if none is left.
    FileDescriptor start_next() {
        FileDescriptor fd;
        while (!fd && next < addresses.size()) {
            fd = start_connect(addresses[next++]);
        }
        return fd;
    }
};

}  // namespace ringside::io
