// A protocol: what its clients and its nodes speak.
#pragma once

#include "protocol/client_codec.h"
#include "protocol/node_codec.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::protocol {

// A node answers on a link in the link's own form, so what cannot be told apart by its bytes has
// links of its own, and no answer is ever translated (decision 018).
enum class LinkKind : std::uint8_t {
    standard,  // memcached text, RESP2
    resp3,
};
inline constexpr std::size_t kLinkKinds = 2;

// Which links the requests of a client take. Several dialects may share a kind.
constexpr LinkKind link_kind_of(Dialect dialect) noexcept {
    switch (dialect) {
        case Dialect::standard:
            return LinkKind::standard;
        case Dialect::resp3:
            return LinkKind::resp3;
    }
    return LinkKind::standard;
}

// One object per protocol for the whole process, used by all threads.
struct Protocol {
    const ClientCodec& client;                       // what a fresh client speaks
    std::array<const NodeCodec*, kLinkKinds> nodes;  // by LinkKind

    const NodeCodec& node(LinkKind kind = LinkKind::standard) const noexcept {
        return *nodes[static_cast<std::size_t>(kind)];
    }
};

const Protocol& memcached() noexcept;
const Protocol& redis() noexcept;

}  // namespace ringside::protocol
