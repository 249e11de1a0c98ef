// A verb, done: from the words of the command line to an exit code.
#pragma once

#include "options.h"

namespace ringside::ctl {

// Does what options.words say; prints to standard output and error; returns the exit code.
int run_command(const Options& options);

}  // namespace ringside::ctl
