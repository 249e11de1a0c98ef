// Answers of memcached nodes to each kind of request.
#include "fuzz/framing.h"
#include "protocol/protocol.h"

#include <array>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The upper half of the first byte chooses the request; its lower half cuts the answer.
    static constexpr std::array<std::string_view, 12> kRequests{
        "get a\r\n",     "get a b a c\r\n", "gets a\r\n",    "set a 0 0 1\r\nx\r\n",
        "incr a 1\r\n",  "delete a\r\n",    "touch a 1\r\n", "version\r\n",
        "gat 0 a b\r\n", "gats 0 a\r\n",    "flush_all\r\n", "stats\r\n"};
    const std::size_t choice = size == 0 ? 0 : data[0] >> 4;
    ringside::fuzz::check_reply(ringside::protocol::memcached(),
                                kRequests[choice % kRequests.size()], {data, size});
    return 0;
}
