// A password in a file of its own, as Kubernetes mounts Secrets.
#pragma once

#include "base/expected.h"
#include "config/config.h"

#include <cstddef>
#include <string>

namespace ringside::config {

inline constexpr std::size_t kPasswordBytesMax = 1024;

// What the file holds but for line ends behind it, 1 to kPasswordBytesMax bytes. Does not wait:
// anything but a regular file is refused. The error names the file and never shows what is in it.
base::Expected<std::string> read_password_file(const std::string& path);

// Reads those that the pools name. The error names the place in the configuration, too.
base::Expected<Config> with_passwords(Config config);

}  // namespace ringside::config
