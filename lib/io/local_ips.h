// The IP addresses of this host.
#pragma once

#include <string>
#include <vector>

namespace ringside::io {

// Those of all its interfaces at this moment, without port and zone. Empty if the kernel does not
// tell.
std::vector<std::string> local_ips();

}  // namespace ringside::io
