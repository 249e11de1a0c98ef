// What the program asks a proxy that runs with the same configuration, for probes and hooks of
// containers that have no shell: `ringside healthcheck`, `ringside drain --wait`.
//
// The address is that of the admin API by option, variable or file. A file that cannot be loaded by
// now says nothing of the proxy that runs: the default address is asked.
#pragma once

#include "app/options.h"
#include "base/expected.h"
#include "http/client.h"

#include <string>

namespace ringside::app {

// Of its admin API, with the token that it asks for.
http::Client running_proxy(const Options& options);

// What /livez says, or with options.is_ready_asked /readyz. The error: it is not so, or nobody has
// answered within a second.
base::Expected<std::string> check_health(const Options& options);

// Returns when no client is connected, and was none a second before; or with an error when
// options.wait_max is over. Closes nothing. A proxy that is gone has no clients.
base::Expected<std::string> wait_for_clients(const Options& options);

}  // namespace ringside::app
