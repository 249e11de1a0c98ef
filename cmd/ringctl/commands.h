// What ringctl can do: a table of admin routes with the words that call them.
#pragma once

#include "exit_code.h"
#include "options.h"

#include <string>

namespace ringside::ctl {

// Does what options.words say; prints to standard output and error; returns the exit code.
int run_command(const Options& options);

// --help, complete.
std::string help_text();

}  // namespace ringside::ctl
