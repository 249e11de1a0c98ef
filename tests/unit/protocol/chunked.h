// Frames the same bytes whole, one byte at a time and in random pieces, and demands the same result
// each time: how a stream is cut must never matter.
#pragma once

#include "protocol/protocol.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::protocol::testing {

inline constexpr RequestLimits kLimits{.value_bytes_max = 1 << 20};

// A client as local commands see and change it.
struct Client {
    ClientState state;
    ProxyFacts facts;

    LocalContext context(std::string_view password = {}) {
        return {.password = password, .facts = facts, .client = state};
    }
};

// Yields how many bytes have arrived, ascending, until all have.
using Arrivals = std::function<std::size_t(std::size_t arrived, std::size_t size)>;

inline std::vector<Arrivals> all_arrivals() {
    const auto whole = [](std::size_t, std::size_t size) { return size; };
    const auto bytewise = [](std::size_t arrived, std::size_t) { return arrived + 1; };
    std::vector<Arrivals> arrivals{whole, bytewise};
    for (unsigned seed = 1; seed <= 5; ++seed) {
        arrivals.emplace_back(
            [random = std::mt19937(seed)](std::size_t arrived, std::size_t) mutable {
                return arrived + 1 + random() % 9;
            });
    }
    return arrivals;
}

inline std::vector<std::string> texts_of(const std::vector<Slice>& slices, std::string_view bytes) {
    std::vector<std::string> texts;
    for (const Slice& slice : slices) {
        texts.emplace_back(slice.of(bytes));
    }
    return texts;
}

// A framed request with everything a test asks about.
struct Request {
    RequestFrame frame;
    std::string name;
    std::vector<std::string> words;
    std::vector<std::string> keys;
    std::string wire;  // what a node gets; complete only

    bool complete() const { return frame.status == RequestStatus::complete; }
    bool rejected() const { return frame.status == RequestStatus::rejected; }
};

inline Request frame_arriving(const Protocol& protocol, std::string_view bytes,
                              RequestLimits limits, const Arrivals& arrivals) {
    Request request;
    Resume resume;
    std::size_t arrived = 0;
    while (request.frame.status == RequestStatus::need_more && arrived < bytes.size()) {
        arrived = std::min(arrivals(arrived, bytes.size()), bytes.size());
        protocol.client.frame_request(bytes.substr(0, arrived), limits, resume, request.frame);
    }
    const std::string_view text = request.complete() ? request.frame.text(bytes) : bytes;
    request.words = texts_of(request.frame.words, text);
    request.keys = texts_of(request.frame.keys, text);
    if (request.complete()) {
        EXPECT_GT(request.frame.size, 0U);
        EXPECT_LE(request.frame.size, arrived);
        request.name = request.frame.command->name;
        base::ByteBuffer out;
        protocol.node().append_request(request.frame, text, out);
        request.wire = out.view();
    }
    return request;
}

inline Request frame_request(const Protocol& protocol, std::string_view bytes,
                             RequestLimits limits = kLimits) {
    const std::vector<Arrivals> arrivals = all_arrivals();
    const Request whole = frame_arriving(protocol, bytes, limits, arrivals.front());
    for (const Arrivals& each : arrivals) {
        const Request request = frame_arriving(protocol, bytes, limits, each);
        EXPECT_EQ(request.frame.status, whole.frame.status);
        EXPECT_EQ(request.frame.size, whole.frame.size);
        EXPECT_EQ(request.frame.reject, whole.frame.reject);
        EXPECT_EQ(request.frame.answer, whole.frame.answer);
        EXPECT_EQ(request.frame.close, whole.frame.close);
        EXPECT_EQ(request.frame.no_reply, whole.frame.no_reply);
        EXPECT_EQ(request.frame.verbatim, whole.frame.verbatim);
        EXPECT_EQ(request.name, whole.name);
        EXPECT_EQ(request.words, whole.words);
        EXPECT_EQ(request.keys, whole.keys);
        EXPECT_EQ(request.wire, whole.wire);
    }
    return whole;
}

inline ReplyFrame frame_reply_arriving(
    const std::function<ReplyFrame(std::string_view, Resume&)>& frame, std::string_view bytes,
    const Arrivals& arrivals) {
    ReplyFrame reply;
    Resume resume;
    std::size_t arrived = 0;
    while (reply.status == ReplyStatus::need_more && arrived < bytes.size()) {
        arrived = std::min(arrivals(arrived, bytes.size()), bytes.size());
        reply = frame(bytes.substr(0, arrived), resume);
    }
    return reply;
}

// Drops from the front whatever the framing allows, at each arrival, as the proxy does with large
// values. The size of the reply counts what was dropped.
inline ReplyFrame frame_reply_dropping(
    const std::function<ReplyFrame(std::string_view, Resume&)>& frame, std::string_view bytes,
    const Arrivals& arrivals) {
    ReplyFrame reply;
    Resume resume;
    std::size_t arrived = 0;
    std::size_t dropped = 0;
    while (reply.status == ReplyStatus::need_more && arrived < bytes.size()) {
        arrived = std::min(arrivals(arrived, bytes.size()), bytes.size());
        reply = frame(bytes.substr(dropped, arrived - dropped), resume);
        if (reply.status == ReplyStatus::need_more) {
            const std::size_t drop = resume.droppable_bytes(arrived - dropped);
            resume.drop(drop);
            dropped += drop;
        }
    }
    reply.size += reply.status == ReplyStatus::complete ? dropped : 0;
    return reply;
}

// The answer to a request whose command and keys are those of `request`.
inline ReplyFrame frame_reply(const Protocol& protocol, std::string_view request,
                              std::string_view reply, LinkKind kind = LinkKind::standard) {
    const Request asked = frame_arriving(protocol, request, kLimits, all_arrivals().front());
    EXPECT_TRUE(asked.complete()) << request;
    const NodeCodec& node = protocol.node(kind);
    base::ByteBuffer expectation;
    node.append_expectation(asked.frame, request, {}, expectation);
    const auto frame = [&](std::string_view bytes, Resume& resume) {
        return node.frame_reply(*asked.frame.command, expectation.view(), bytes, resume);
    };
    const std::vector<Arrivals> arrivals = all_arrivals();
    const ReplyFrame whole = frame_reply_arriving(frame, reply, arrivals.front());
    for (const Arrivals& each : arrivals) {
        for (const ReplyFrame& again :
             {frame_reply_arriving(frame, reply, each), frame_reply_dropping(frame, reply, each)}) {
            EXPECT_EQ(again.status, whole.status) << reply;
            EXPECT_EQ(again.size, whole.size) << reply;
            EXPECT_EQ(again.outcome, whole.outcome) << reply;
            EXPECT_EQ(again.problem, whole.problem) << reply;
        }
    }
    EXPECT_LE(whole.size, reply.size());
    return whole;
}

// One merged answer, or "no answer" if the parts do not add up. owners[i]: the part of key i.
inline std::string merge(const Protocol& protocol, std::string_view request,
                         const std::vector<std::uint32_t>& owners,
                         const std::vector<PartReply>& parts, bool failures_are_misses = false) {
    const Request asked = frame_arriving(protocol, request, kLimits, all_arrivals().front());
    EXPECT_TRUE(asked.complete()) << request;
    base::ByteBuffer expectation;
    protocol.node().append_expectation(asked.frame, request, {}, expectation);
    base::ByteBuffer out;
    out.append("before ");
    const bool merged = protocol.client.merge({.command = *asked.frame.command,
                                               .expectation = expectation.view(),
                                               .owners = owners,
                                               .parts = parts,
                                               .failures_are_misses = failures_are_misses},
                                              out);
    EXPECT_TRUE(merged || out.view() == "before ");
    return merged ? std::string(out.view().substr(7)) : "no answer";
}

}  // namespace ringside::protocol::testing
