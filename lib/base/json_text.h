// Text as a JSON string, for the layers that have no JSON library.
#pragma once

#include <string>
#include <string_view>

namespace ringside::base {

// `text` as it stands between the quotes of a JSON string (RFC 8259, section 7): quotes,
// backslashes and control characters are escaped. Bytes that are not UTF-8 become U+FFFD, so that
// whatever a peer has sent, the result can be read.
std::string json_text(std::string_view text);

}  // namespace ringside::base
