// A request of memcached's protocol, however it arrives.
#pragma once

#include "protocol/memcache/codec.h"
#include "unit/protocol/chunked.h"

#include <string_view>

namespace ringside::protocol {

inline testing::Request framed(std::string_view bytes, RequestLimits limits = testing::kLimits) {
    return testing::frame_request(memcached(), bytes, limits);
}

}  // namespace ringside::protocol
