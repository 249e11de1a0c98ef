// `ringside-injector serve`: the webhook as a process.
#pragma once

#include "options.h"

namespace ringside::injector {

// Returns the exit code when the process is told to end, or why it cannot begin.
int run_serve(const Options& options);

}  // namespace ringside::injector
