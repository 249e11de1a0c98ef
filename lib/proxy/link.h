// One connection to a node, shared by all sessions of the worker.
#pragma once

#include "base/clock.h"
#include "base/deadline_wheel.h"
#include "base/slab.h"
#include "protocol/protocol.h"
#include "proxy/inbox.h"
#include "proxy/link_queue.h"
#include "proxy/transport.h"
#include "routing/node.h"

#include <cstddef>
#include <cstdint>

namespace ringside::proxy {

struct NodeRuntime;
struct PoolRuntime;
struct Link;
using LinkHandle = base::Handle<Link>;

//   connecting ──► prelude ──► ready ──► gone
//        └────────────────────────┘
//
// Any of them may end the link, and any may be retired; a link that is ready may be replaced.
enum class LinkPhase : std::uint8_t {
    connecting,
    prelude,  // connected; AUTH and SELECT are under way, clients' requests wait
    ready,
};

constexpr bool may_follow(LinkPhase from, LinkPhase to) noexcept {
    return from < to;
}

// Whether new requests find it.
enum class LinkDuty : std::uint8_t {
    serving,   // in its slot of NodeRuntime::links
    replaced,  // was silent and is LinkSlots::former(): takes only requests of sessions that wait
               // for an answer on it, closes when it owes nothing
    retired,   // in no slot: takes no more requests, closes when it owes nothing
};

// A slot of the slab of Links. Links and Upstream touch it, nobody else.
struct Link {
    PoolRuntime* pool = nullptr;
    NodeRuntime* node = nullptr;
    std::uint32_t slot = 0;     // in NodeRuntime::links, while it is serving or replaced
    ConnectionId connection{};  // while it has_stream
    protocol::LinkKind kind = protocol::LinkKind::standard;
    const protocol::NodeCodec* codec = nullptr;  // what its node speaks on it

    routing::Address address;  // that it is connected or being connected to
    std::size_t tried = 0;     // addresses of the node before this one, without success
    bool has_stream = false;   // else no address is known

    // Facts of the moment, beside the phase.
    bool proven = false;         // has answered, with more than a single error
    bool told_off = false;       // has answered with a single error
    bool in_background = false;  // dialled for `preconnect`, not for a request
    bool dirty = false;          // in the list of links to write
    bool blocked = false;        // the kernel's buffer is full; on_writable will come
    // A request has expired and nothing has come since, nor shortly before: the connection may be
    // dead and nobody has told.
    bool suspect = false;
    bool choose = false;  // who comes to its slot may have to take another link: Links::choose()

    base::TimePoint heard_at{};    // when the node's last bytes came, or the link became ready
    std::size_t flowed_bytes = 0;  // of an answer that has begun, since its deadline last moved

    base::TimePoint dialled_at{};               // its first address
    base::TimePoint give_up_at = base::kNever;  // of connecting to `address`, or of one that leaves
    base::DeadlineWheel::TimerId timer = 0;
    base::TimePoint timer_at = base::kNever;  // what the timer is set to

    LinkQueue queue;
    Inbox inbox;
    protocol::Resume resume;
    LinkGauges gauges;  // what this link has last added to its node's

    bool is_ready() const noexcept { return phase_ == LinkPhase::ready; }
    bool is_connected() const noexcept { return phase_ != LinkPhase::connecting; }
    bool is_serving() const noexcept { return duty_ == LinkDuty::serving; }
    bool is_replaced() const noexcept { return duty_ == LinkDuty::replaced; }
    bool is_retired() const noexcept { return duty_ == LinkDuty::retired; }

    void become(LinkPhase phase) noexcept {
        DCHECK(may_follow(phase_, phase));
        phase_ = phase;
    }

    void replace() noexcept {
        DCHECK(duty_ == LinkDuty::serving && is_ready());
        duty_ = LinkDuty::replaced;
    }
    void retire() noexcept {
        DCHECK(duty_ != LinkDuty::retired);
        duty_ = LinkDuty::retired;
    }

  private:
    LinkPhase phase_ = LinkPhase::connecting;
    LinkDuty duty_ = LinkDuty::serving;
};

}  // namespace ringside::proxy
