// What the command line asks for besides serving: answers as text, nothing is opened or begun.
#pragma once

#include "app/options.h"
#include "base/expected.h"

#include <string>

namespace ringside::app {

// Loads the file and looks up the host names that pools listen on, as nutcracker -t does. Binds
// nothing.
base::Status test_config(const Options& options);

// Every setting of the file and every option with its value and source.
base::Expected<std::string> explain_config(const Options& options);

// What options.told asks for: version, help, the meaning of the statistics. As nutcracker also its
// version before anything else.
std::string told_text(const Options& options);

}  // namespace ringside::app
