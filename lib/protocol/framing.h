// What framing of either side works with: parts of a frame, and how far an incomplete one has got.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// A part of a frame, relative to its first byte.
struct Slice {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;

    std::string_view of(std::string_view frame) const noexcept {
        return frame.substr(offset, size);
    }
};

// What is still to come of a request that was refused in its middle: the client has its error, but
// only its arguments tell where the next request begins.
struct RefusedRest {
    std::size_t arguments = 0;
    std::size_t bytes = 0;  // of the arguments that have been passed over
};

// How far framing has got in an incomplete frame: keeps the work linear in the bytes received,
// however they are cut. Value-initialised at the start of every frame, but for `rest`, which is
// that of the frame before.
struct Resume {
    std::size_t need_bytes = 1;     // framing cannot succeed before the frame has this many bytes
    std::size_t scanned_bytes = 0;  // the codec's own: bytes that need not be looked at again
    std::size_t detail = 0;         // the codec's own
    RefusedRest rest{};             // requests only
    // Not 0: the answer has got into a value that ends here, its CRLF included. Everything up to
    // the value has been understood and fits the request.
    std::size_t value_end = 0;
    // Not 0: framing has got into a line, so many bytes of which stand in front of scanned_bytes
    // or have been dropped (find_line_end()).
    std::uint32_t line_bytes = 0;
    // Not 0: the answer ends with that line, which began with this byte. Everything in front of
    // scanned_bytes has been understood and fits the request.
    char last_line = 0;

    // How many of the answer's bytes, of `present` ones, need not be kept: they are not looked at
    // again. The caller may pass them on and drop them, and tells so by drop().
    std::size_t droppable_bytes(std::size_t present) const noexcept {
        constexpr std::size_t kCrlfBytes = 2;
        if (last_line != 0) {
            return std::min(present, scanned_bytes);
        }
        return value_end == 0 ? 0 : std::min(present, value_end - kCrlfBytes);
    }
    // From now on the frame begins `bytes` later. Requires: bytes <= droppable_bytes(present).
    void drop(std::size_t bytes) noexcept {
        need_bytes -= bytes;
        value_end -= std::min(value_end, bytes);
        scanned_bytes -= std::min(scanned_bytes, bytes);
    }
};

}  // namespace ringside::protocol
