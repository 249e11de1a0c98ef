// A file as bytes. Of the configuration, so that who reloads it can see whether it has changed.
#pragma once

#include "base/expected.h"
#include "config/schema.h"

#include <cstddef>
#include <string>

namespace ringside::config {

// The text of the file. Of a larger one than `bytes_max` it is one byte more than that, which
// load_text() refuses. The error names the file and the system's reason.
base::Expected<std::string> read_file(const std::string& path,
                                      std::size_t bytes_max = kFileBytesMax);

// The same for who must not wait: anything but a regular file is refused, as a pipe is read when
// somebody writes to it.
base::Expected<std::string> read_regular_file(const std::string& path, std::size_t bytes_max);

}  // namespace ringside::config
