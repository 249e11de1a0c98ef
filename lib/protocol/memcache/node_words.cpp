// What memcached says of itself.
#include "protocol/memcache/codec.h"

namespace ringside::protocol {

// As a greeting also "ERROR Too many open connections", which answers no request.
std::string_view MemcacheNodeCodec::error_words(std::string_view bytes) const noexcept {
    const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
    const bool is_error = line.starts_with("ERROR") || line.starts_with("SERVER_ERROR ") ||
                          line.starts_with("CLIENT_ERROR ");
    return is_error && line.size() < bytes.size() ? line : std::string_view{};
}

// A lack of memory is of the value that was to be stored.
NodeFitness MemcacheNodeCodec::fitness(std::string_view) const noexcept {
    return NodeFitness::unclear;
}

}  // namespace ringside::protocol
