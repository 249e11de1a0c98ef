// Requests of Redis clients: whatever they send, a node gets one clean request or nothing.
#include "fuzz/framing.h"
#include "protocol/redis_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto wire =
        ringside::fuzz::check_request(ringside::protocol::redis_codec(), {data, size});
    CHECK(wire.empty() || (wire.view().starts_with('*') && wire.view().ends_with("\r\n")));
    return 0;
}
