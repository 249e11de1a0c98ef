#include "protocol/foreign.h"

#include <array>

namespace ringside::protocol {
namespace {

// No signature is a legal start of a memcached request (its commands are lower case) nor of a RESP
// array. An inline Redis command could start like an HTTP verb with a path; it is given up for it.
constexpr auto kSignatures = std::to_array<std::string_view>({
    "\x80",      // memcached binary protocol, the magic of a request
    "\x16\x03",  // TLS record: handshake, version 3.x
    "GET /",
    "POST /",
    "PUT /",
    "HEAD /",
    "OPTIONS ",
    "DELETE /",
    "PATCH /",
    "TRACE /",
    "CONNECT ",
    "Host:",
});

}  // namespace

std::size_t foreign_prefix_bytes(std::string_view bytes) noexcept {
    for (const std::string_view signature : kSignatures) {
        if (bytes.starts_with(signature)) {
            return signature.size();
        }
    }
    return 0;
}

}  // namespace ringside::protocol
