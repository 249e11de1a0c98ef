// A host name to its addresses, for command line tools: they may wait. The proxy itself does not
// (name_resolver.h).
#pragma once

#include "base/expected.h"
#include "io/name_resolver.h"
#include "io/socket.h"
#include "routing/node.h"

#include <vector>

namespace ringside::io {

// The addresses of a name or an IP, in the order in which they should be tried. Blocks for up to
// `options.lookup_limit`, on a NameResolver and a loop of its own. The error says why there are
// none: "host cache.test: no such host name".
base::Expected<std::vector<SocketAddress>> look_up(const routing::Address& address,
                                                   const NameResolver::Options& options = {});

}  // namespace ringside::io
