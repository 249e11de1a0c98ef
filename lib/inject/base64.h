// Base64 (RFC 4648, section 4), as JSON carries bytes.
#pragma once

#include <string>
#include <string_view>

namespace ringside::inject {

std::string base64(std::string_view bytes);

}  // namespace ringside::inject
