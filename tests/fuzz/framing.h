// What every framer promises, as assertions for the fuzz targets.
//
// The first byte of an input chooses how the rest is cut into pieces, so that fragmentation is
// fuzzed along with the bytes.
#pragma once

#include "base/check.h"
#include "protocol/protocol.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ringside::fuzz {

// Splits an input into the size of the pieces and the bytes to frame.
struct Input {
    std::size_t piece_bytes = 1;
    std::string_view bytes;

    Input(const std::uint8_t* data, std::size_t size) {
        if (size != 0) {
            piece_bytes = std::size_t{data[0]} % 16 + 1;
            bytes = {reinterpret_cast<const char*>(data) + 1, size - 1};
        }
    }
};

inline bool same_text(const std::vector<protocol::Slice>& a, std::string_view a_bytes,
                      const std::vector<protocol::Slice>& b, std::string_view b_bytes) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const protocol::Slice& left, const protocol::Slice& right) {
                          return left.of(a_bytes) == right.of(b_bytes);
                      });
}

inline void frame_in_pieces(const protocol::Protocol& protocol, const Input& input,
                            const protocol::RequestLimits& limits, protocol::RequestFrame& frame) {
    protocol::Resume resume;
    std::size_t arrived = 0;
    while (frame.status == protocol::RequestStatus::need_more && arrived < input.bytes.size()) {
        arrived = std::min(arrived + input.piece_bytes, input.bytes.size());
        protocol.client.frame_request(input.bytes.substr(0, arrived), limits, resume, frame);
        CHECK(frame.status != protocol::RequestStatus::need_more || resume.need_bytes > arrived);
    }
}

// Frames the first request of the input. Returns what a node would get for it; empty if nothing.
inline base::ByteBuffer check_request(const protocol::Protocol& protocol, const Input& input) {
    constexpr protocol::RequestLimits kLimits{.value_bytes_max = 4096};
    protocol::RequestFrame whole;
    protocol::Resume resume;
    protocol.client.frame_request(input.bytes, kLimits, resume, whole);
    protocol::RequestFrame pieces;
    frame_in_pieces(protocol, input, kLimits, pieces);
    CHECK(whole.status == pieces.status && whole.size == pieces.size);
    CHECK(whole.reject == pieces.reject && whole.answer == pieces.answer);
    CHECK(whole.command == pieces.command && whole.no_reply == pieces.no_reply);

    base::ByteBuffer wire;
    if (whole.status != protocol::RequestStatus::complete) {
        CHECK(whole.status == protocol::RequestStatus::need_more || whole.size > 0);
        return wire;
    }
    CHECK(whole.size > 0 && whole.size <= input.bytes.size());
    const std::string_view text = whole.text(input.bytes);
    CHECK(same_text(whole.keys, text, pieces.keys, pieces.text(input.bytes)));
    for (const protocol::Slice& word : whole.words) {
        CHECK(std::size_t{word.offset} + word.size <= text.size());
    }
    // What the node gets is exactly one request, the same one, and already canonical.
    protocol.node().append_request(whole, text, wire);
    protocol::RequestFrame again;
    resume = {};
    protocol.client.frame_request(wire.view(), kLimits, resume, again);
    CHECK(again.status == protocol::RequestStatus::complete && again.size == wire.size());
    CHECK(again.command == whole.command && again.verbatim && !again.no_reply);
    CHECK(same_text(again.words, wire.view(), whole.words, text));
    CHECK(same_text(again.keys, wire.view(), whole.keys, text));
    return wire;
}

// Frames the answer to `request`, which must be complete and valid. Returns the whole's result.
inline protocol::ReplyFrame check_reply(const protocol::Protocol& protocol,
                                        std::string_view request, const Input& input,
                                        protocol::LinkKind kind = protocol::LinkKind::standard) {
    const protocol::NodeCodec& node = protocol.node(kind);
    protocol::RequestFrame asked;
    protocol::Resume resume;
    protocol.client.frame_request(request, {.value_bytes_max = 4096}, resume, asked);
    CHECK(asked.status == protocol::RequestStatus::complete);
    base::ByteBuffer expectation;
    node.append_expectation(asked, request, {}, expectation);

    resume = {};
    const protocol::ReplyFrame whole =
        node.frame_reply(*asked.command, expectation.view(), input.bytes, resume);
    protocol::ReplyFrame pieces;
    resume = {};
    std::size_t arrived = 0;
    std::size_t dropped = 0;  // as the proxy does with what it has passed on
    while (pieces.status == protocol::ReplyStatus::need_more && arrived < input.bytes.size()) {
        arrived = std::min(arrived + input.piece_bytes, input.bytes.size());
        pieces = node.frame_reply(*asked.command, expectation.view(),
                                  input.bytes.substr(dropped, arrived - dropped), resume);
        if (pieces.status == protocol::ReplyStatus::need_more) {
            const std::size_t drop = resume.droppable_bytes(arrived - dropped);
            resume.drop(drop);
            dropped += drop;
        }
    }
    pieces.size += pieces.status == protocol::ReplyStatus::complete ? dropped : 0;
    CHECK(whole.status == pieces.status && whole.size == pieces.size);
    CHECK(whole.outcome == pieces.outcome && whole.problem == pieces.problem);
    if (whole.status == protocol::ReplyStatus::complete) {
        CHECK(whole.size > 0 && whole.size <= input.bytes.size());
    }
    CHECK((whole.status == protocol::ReplyStatus::malformed) == !whole.problem.empty());

    // An answer that was let through is also one that merges, as the only part of a split request.
    if (whole.status == protocol::ReplyStatus::complete &&
        asked.command->route == protocol::Route::by_each_key) {
        const std::vector<std::uint32_t> owners(asked.keys.size(), 0);
        const protocol::PartReply part{input.bytes.substr(0, whole.size)};
        base::ByteBuffer merged;
        protocol.client.merge({.command = *asked.command,
                               .expectation = expectation.view(),
                               .owners = owners,
                               .parts = {&part, 1}},
                              merged);
        if (asked.command->merge == protocol::Merge::array ||
            asked.command->merge == protocol::Merge::values) {
            CHECK(merged.view() == part.bytes);
        }
    }
    return whole;
}

}  // namespace ringside::fuzz
