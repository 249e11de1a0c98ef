// Requests of Redis clients: whatever they send, a node gets one clean request or nothing.
#include "fuzz/framing.h"
#include "protocol/protocol.h"

namespace ringside::fuzz {
namespace {

using protocol::RequestStatus;

// How many bytes belong to the rest of a refused request, and whether it closes the connection.
struct Rest {
    std::size_t bytes = 0;
    bool closed = false;
    bool operator==(const Rest&) const = default;
};

Rest pass_over(std::string_view input, std::size_t piece_bytes) {
    constexpr protocol::RequestLimits kLimits{.value_bytes_max = 4096};
    protocol::RequestFrame frame;
    protocol::Resume resume;
    resume.rest = {.arguments = 5};
    Rest passed;
    std::size_t arrived = 0;
    while (resume.rest.arguments != 0 && !passed.closed && arrived < input.size()) {
        arrived = std::min(arrived + piece_bytes, input.size());
        while (passed.bytes < arrived && resume.rest.arguments != 0 && !passed.closed) {
            const std::string_view piece = input.substr(passed.bytes, arrived - passed.bytes);
            protocol::redis().client.frame_request(piece, kLimits, resume, frame);
            if (frame.status == RequestStatus::need_more) {
                break;
            }
            CHECK(frame.size > 0 && frame.status != RequestStatus::complete);
            CHECK(frame.rest.arguments < resume.rest.arguments || frame.close);
            passed.bytes += frame.size;
            passed.closed = frame.close;
            resume = {};
            resume.rest = frame.rest;
        }
    }
    return passed;
}

}  // namespace
}  // namespace ringside::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto wire = ringside::fuzz::check_request(ringside::protocol::redis(), {data, size});
    const ringside::fuzz::Input input(data, size);
    const auto whole = ringside::fuzz::pass_over(input.bytes, std::max<std::size_t>(size, 1));
    const auto pieces = ringside::fuzz::pass_over(input.bytes, input.piece_bytes);
    CHECK(whole.closed == pieces.closed && (whole.closed || whole == pieces));
    CHECK(wire.empty() || (wire.view().starts_with('*') && wire.view().ends_with("\r\n")));
    return 0;
}
