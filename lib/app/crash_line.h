// The last line of a process that crashes: which signal it was, in the log.
#pragma once

#include "base/expected.h"

#include <string>

namespace ringside::app {

// From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT leave a line in `log_file` (empty: on
// stderr) before they end the process as ever. Creates the file with mode 0644. To be called again
// when the log is opened anew. A handler that somebody else has installed, such as a sanitizer,
// stays. The error names the file; the line goes to stderr then. Control thread only.
base::Status leave_crash_line_in(const std::string& log_file);

}  // namespace ringside::app
