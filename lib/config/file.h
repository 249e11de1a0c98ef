// The configuration file as bytes, so that who reloads it can see whether it has changed at all.
#pragma once

#include "base/expected.h"

#include <string>

namespace ringside::config {

// The text of the file. Of a larger one than kFileBytesMax it is one byte more than that, which
// load_text() refuses. The error names the file and the system's reason.
base::Expected<std::string> read_file(const std::string& path);

}  // namespace ringside::config
