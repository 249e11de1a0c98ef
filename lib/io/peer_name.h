// Who is at the other end of a socket, for people.
#pragma once

#include <string>

namespace ringside::io {

// "10.0.0.1:4242", "[::1]:4242", "unix, process 1234"; empty if nobody is. Asks the kernel.
std::string peer_name(int fd);

}  // namespace ringside::io
