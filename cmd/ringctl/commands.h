// What ringctl can do: a table of admin routes with the words that call them.
#pragma once

#include "options.h"

#include <string>

namespace ringside::ctl {

// Exit codes, also in --help.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;  // the API answered with an error, or is not ready
inline constexpr int kExitFailed = 2;   // wrong usage, or nobody answers

// Does what options.words say; prints to standard output and error; returns the exit code.
int run_command(const Options& options);

// --help, complete.
std::string help_text();

}  // namespace ringside::ctl
