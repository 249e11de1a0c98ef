// Requests of memcached clients: whatever they send, a node gets one clean request or nothing.
#include "fuzz/framing.h"
#include "protocol/protocol.h"

namespace {

// A node may see control characters only in a value and in the line ends.
void check_no_control_characters(std::string_view wire) {
    const std::size_t end = wire.find("\r\n");
    CHECK(end != std::string_view::npos);
    const bool has_block = end + 2 != wire.size();
    CHECK(!has_block || wire.ends_with("\r\n"));
    for (const char c : wire.substr(0, end)) {
        const auto byte = static_cast<unsigned char>(c);
        // What follows "quit" is never sent: the command is answered by the proxy.
        CHECK((byte >= 0x20 && byte != 0x7f) || wire.starts_with("quit "));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto wire = ringside::fuzz::check_request(ringside::protocol::memcached(), {data, size});
    if (!wire.empty()) {
        check_no_control_characters(wire.view());
    }
    return 0;
}
