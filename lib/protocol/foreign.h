// Recognises the start of a stream that is no cache protocol at all: a browser that was lured into
// posting commands, a TLS client, a memcached binary client.
//
// Such a peer is cut off at once. Answering line by line would run whatever stands in the body of
// an HTTP request as commands (cross-protocol scripting, CVE-2016-10517).
#pragma once

#include <cstddef>
#include <string_view>

namespace ringside::protocol {

// The length of the foreign signature that `bytes` starts with, or 0. A signature that has arrived
// in part is not recognised yet.
std::size_t foreign_prefix_bytes(std::string_view bytes) noexcept;

}  // namespace ringside::protocol
