// Answers of Redis nodes to each kind of request.
#include "fuzz/framing.h"
#include "protocol/protocol.h"

#include <array>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The upper half of the first byte chooses the request and the kind of link; its lower half
    // cuts the answer.
    static constexpr std::array<std::string_view, 8> kRequests{
        "GET a\r\n",       "MGET a b c\r\n", "DEL a b\r\n",     "MSET a 1 b 2\r\n",
        "PFCOUNT a b\r\n", "EVAL s 1 a\r\n", "SET a b GET\r\n", "ZPOPMIN a\r\n"};
    const std::size_t choice = size == 0 ? 0 : data[0] >> 4;
    const auto kind = choice < kRequests.size() ? ringside::protocol::LinkKind::standard
                                                : ringside::protocol::LinkKind::resp3;
    ringside::fuzz::check_reply(ringside::protocol::redis(), kRequests[choice % kRequests.size()],
                                {data, size}, kind);
    return 0;
}
