// A request of a client, or one node's part of it, from framing until nobody needs it any more.
#pragma once

#include "base/byte_buffer.h"
#include "base/clock.h"
#include "base/slab.h"
#include "metrics/request_counts.h"
#include "protocol/client_codec.h"
#include "proxy/buffer_pool.h"
#include "proxy/plan.h"
#include "proxy/slow_log.h"

#include <cstdint>
#include <vector>

namespace ringside::proxy {

struct PoolRuntime;
struct Session;
struct Request;
using SessionHandle = base::Handle<Session>;
using RequestHandle = base::Handle<Request>;

//   free ──► waiting ──► answered ──► free
//                │           └──► trailing ──► free
//                └──► free: the client has left, or who it was a part of has ended
//
// A link that owes the answer of a request that has ended keeps the place in its queue; the handle
// there then finds nothing.
enum class RequestPhase : std::uint8_t {
    free,      // a slot without a request
    waiting,   // in its session's queue, or a part; a node, its parts or a due step owe the answer
    answered,  // the answer is complete, but it is not yet its turn
    trailing,  // the client has its answer; a further step is still under way
};

constexpr bool may_follow(RequestPhase from, RequestPhase to) noexcept {
    switch (to) {
        case RequestPhase::free:
            return from != RequestPhase::free;
        case RequestPhase::waiting:
            return from == RequestPhase::free;
        case RequestPhase::answered:
            return from == RequestPhase::waiting;
        case RequestPhase::trailing:
            return from == RequestPhase::answered;
    }
    return false;
}

// What is known of a request when it begins, and what becomes known of it.
struct RequestFacts {
    SessionHandle session{};                         // whose request it is, or is a part of
    RequestHandle parent{};                          // of a part: the request it was split from
    RequestHandle next_in_session{};                 // see RequestQueue
    PoolRuntime* pool = nullptr;                     // lasts for it
    const protocol::ClientCodec* codec = nullptr;    // what its client speaks
    const protocol::CommandSpec* command = nullptr;  // as the client has asked; of a part: null

    const Plan* plan = &plans::kForward;
    std::uint8_t at = 0;           // the step it has got to
    bool is_going_on = false;      // a further step than the first is due, or at a node
    bool no_reply = false;         // the client wants no answer
    bool has_kept_answer = false;  // `reply` is what the client gets if no step answers
    protocol::Dialect dialect = protocol::Dialect::standard;  // in which it wants it
    protocol::Outcome outcome = protocol::Outcome::ok;  // of what it, or this part, is answered
    metrics::RequestKind kind = metrics::RequestKind::other;
    // What it is counted as if the proxy says why there is no answer.
    metrics::RequestEnding failure = metrics::RequestEnding::proxy_error;

    // Of the whole, not of a step: no step begins behind it, and no link waits longer.
    base::TimePoint deadline = base::kNever;
    base::TimePoint asked{};                 // when the client's request was understood
    base::TimePoint written = base::kNever;  // when the last node that answered had got all of it

    std::size_t begun_bytes = 0;   // of the answer, that have gone to the client already
    std::size_t asked_bytes = 0;   // of what the client has asked, in Request::keep
    protocol::Slice key{};         // in it, the first; empty: none
    std::uint32_t parts_left = 0;  // not yet answered
    routing::NodeId node = 0;      // the last that it, or a part of it, was sent to
};

// Owned by Requests.
struct Request : RequestFacts {
    base::ByteBuffer reply;
    // For further steps: what the client has asked, and behind it the last node's answer.
    base::ByteBuffer keep;

    KeyStart first_key;  // as the client has asked; of a part: of a request before it

    // Of a split request.
    std::vector<RequestHandle> parts;
    std::vector<std::uint32_t> owners;  // for each key the index of its part
    base::ByteBuffer expectation;       // of the whole request, for ClientCodec::merge

    const Step& step() const noexcept { return plan->steps[at]; }
    RequestPhase phase() const noexcept { return phase_; }
    bool is_waiting() const noexcept { return phase_ == RequestPhase::waiting; }
    bool is_answered() const noexcept { return phase_ == RequestPhase::answered; }

    void become(RequestPhase phase) noexcept {
        DCHECK(may_follow(phase_, phase));
        phase_ = phase;
    }

  private:
    RequestPhase phase_ = RequestPhase::free;
};

// All requests of a worker.
class Requests {
  public:
    explicit Requests(BufferPool& buffers) noexcept : buffers_(buffers) {}

    // A fresh request that is waiting, and of which this is known.
    RequestHandle create(const RequestFacts& facts) {
        const RequestHandle handle = slab_.emplace();
        Request& request = slab_[handle];
        static_cast<RequestFacts&>(request) = facts;
        request.become(RequestPhase::waiting);
        return handle;
    }

    Request& operator[](RequestHandle handle) noexcept { return slab_[handle]; }
    Request* find(RequestHandle handle) noexcept { return slab_.find(handle); }

    // None of the pool's may take longer than until then, whatever steps are to come.
    void limit_deadlines(const PoolRuntime& pool, base::TimePoint limit) noexcept;

    bool has_any_of(const PoolRuntime& pool) noexcept;

    // Nobody needs it any more, nor its parts. `request` is the handle's.
    void end(RequestHandle handle, Request& request) noexcept;

    std::size_t size() const noexcept { return slab_.size(); }

  private:
    BufferPool& buffers_;
    base::Slab<Request> slab_;
};

// The requests of a session, oldest first: threaded through themselves, no memory of its own.
class RequestQueue {
  public:
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    RequestHandle front() const noexcept { return head_; }  // Requires: !empty()

    void push_back(Requests& requests, RequestHandle handle) noexcept {
        if (empty()) {
            head_ = handle;
        } else {
            requests[tail_].next_in_session = handle;
        }
        tail_ = handle;
        ++size_;
    }

    // `front` is the request of front(). Requires: !empty().
    void pop_front(const Request& front) noexcept {
        head_ = front.next_in_session;
        --size_;
    }

  private:
    RequestHandle head_;
    RequestHandle tail_;
    std::size_t size_ = 0;
};

}  // namespace ringside::proxy
