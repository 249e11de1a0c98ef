// One connection to a node, shared by all sessions of the worker.
#pragma once

#include "base/byte_buffer.h"
#include "base/clock.h"
#include "base/deadline_wheel.h"
#include "base/slab.h"
#include "proxy/inbox.h"
#include "proxy/request.h"
#include "proxy/transport.h"

#include <cstdint>

namespace ringside::proxy {

struct NodeRuntime;
struct PoolRuntime;
struct Link;
using LinkHandle = base::Handle<Link>;

enum class LinkState : std::uint8_t {
    connecting,
    prelude,  // connected; AUTH and SELECT are under way, requests wait
    ready,
};

// Requests count as "in" until their last byte is written, then as "out" until they are answered.
struct LinkGauges {
    std::int64_t in_queue = 0;
    std::int64_t in_queue_bytes = 0;
    std::int64_t out_queue = 0;
    std::int64_t out_queue_bytes = 0;
};

// A slot of Upstream's slab; only Upstream touches it.
struct Link {
    PoolRuntime* pool = nullptr;
    NodeRuntime* node = nullptr;
    std::uint32_t slot = 0;  // in NodeRuntime::links, unless retired
    ConnectionId connection{};
    protocol::LinkKind kind = protocol::LinkKind::standard;
    const protocol::NodeCodec* codec = nullptr;  // what its node speaks on it
    LinkState state = LinkState::connecting;
    bool retired = false;            // takes no more requests, closes when it owes nothing
    bool proven = false;             // has answered at least once
    bool dirty = false;              // in Upstream's list of links to write
    bool blocked = false;            // the kernel's buffer is full; on_writable will come
    std::uint32_t prelude_left = 0;  // answers
    std::size_t expired_count = 0;   // requests in `owed` that have had their timeout error

    base::TimePoint give_up_at = base::kNever;  // of connecting, or of a retired link
    base::DeadlineWheel::TimerId timer = 0;
    base::TimePoint timer_at = base::kNever;  // what the timer is set to

    base::ByteBuffer prelude;       // not yet written
    base::ByteBuffer output;        // requests, not yet written
    base::ByteBuffer expectations;  // of the requests in `owed`, one behind the other
    Inbox inbox;
    protocol::Resume resume;
    RequestQueue<&Request::next_on_link> owed;  // in the order in which answers must come

    std::size_t owed_bytes = 0;  // wire bytes of the requests in `owed`
    LinkGauges gauges;           // what this link has last added to its node's
};

LinkGauges gauges_of(const Link& link, Requests& requests) noexcept;

}  // namespace ringside::proxy
