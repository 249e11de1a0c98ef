// What an HTTP server answers: any bytes, cut anywhere, are one response, a part of one, or none;
// and the body is the same however they were cut.
#include "base/check.h"
#include "fuzz/framing.h"
#include "http/response_reader.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using ringside::fuzz::Input;
namespace http = ringside::http;

struct Outcome {
    bool is_response = true;
    bool is_complete = false;
    unsigned status = 0;
    std::string body;
};

Outcome read(std::string_view bytes, std::size_t piece_bytes) {
    Outcome outcome;
    http::ResponseReader reader(http::Method::get,
                                [&outcome](std::string_view piece) { outcome.body += piece; });
    while (outcome.is_response && !reader.is_complete() && !bytes.empty()) {
        outcome.is_response = reader.take(bytes.substr(0, piece_bytes)).has_value();
        bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
    }
    outcome.is_complete = reader.is_complete();
    outcome.status = reader.has_head() ? reader.head().status : 0;
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Input input(data, size);
    const Outcome whole = read(input.bytes, input.bytes.size() + 1);
    const Outcome pieces = read(input.bytes, std::max<std::size_t>(input.piece_bytes, 1));
    CHECK(whole.body.size() <= input.bytes.size());
    // One that is malformed may have been noticed at another place.
    if (whole.is_response && pieces.is_response) {
        CHECK(whole.is_complete == pieces.is_complete && whole.status == pieces.status);
        CHECK(whole.body == pieces.body);
    }
    CHECK(!whole.is_complete || pieces.is_complete);
    return 0;
}
