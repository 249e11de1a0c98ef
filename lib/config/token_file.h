// A bearer token (RFC 6750) in a file of its own, as Kubernetes mounts them.
#pragma once

#include "base/expected.h"

#include <cstddef>
#include <string>

namespace ringside::config {

// That of a Kubernetes service account is a JWT of some 1,000 bytes.
inline constexpr std::size_t kTokenBytesMax = std::size_t{64} << 10;

// The token: what the file holds but for line ends behind it, 1 to kTokenBytesMax printable ASCII
// characters without blanks. Does not wait: anything but a regular file is refused. The error names
// the file and never shows what is in it.
base::Expected<std::string> read_token_file(const std::string& path);

}  // namespace ringside::config
