// What Redis says of itself.
#include "protocol/redis/codec.h"

#include <algorithm>
#include <array>

namespace ringside::protocol {
namespace {

// Redis 7 answers every command that reads or writes with one of these (server.c, processCommand).
constexpr auto kUnfit = std::to_array<std::string_view>({
    "LOADING",     // its data is not there yet
    "MASTERDOWN",  // a replica cut off from its master, with replica-serve-stale-data no
    "BUSY",        // a script runs and does not end
    "NOAUTH",      // it wants a password that the pool does not have
});

}  // namespace

std::string_view RedisNodeCodec::error_words(std::string_view bytes) const noexcept {
    const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
    return line.starts_with('-') && line.size() < bytes.size() ? line.substr(1)
                                                               : std::string_view{};
}

NodeFitness RedisNodeCodec::fitness(std::string_view error_words) const noexcept {
    const std::string_view code = error_words.substr(0, error_words.find(' '));
    if (std::find(kUnfit.begin(), kUnfit.end(), code) != kUnfit.end()) {
        return NodeFitness::unfit;
    }
    // It cannot save and so refuses writes, and PING with them; reads go on.
    return code == "MISCONF" ? NodeFitness::fit : NodeFitness::unclear;
}

}  // namespace ringside::protocol
