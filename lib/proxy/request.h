// A request of a client, or one node's part of it, from framing until nobody needs it any more.
#pragma once

#include "base/byte_buffer.h"
#include "base/clock.h"
#include "base/slab.h"
#include "protocol/protocol.h"
#include "proxy/buffer_pool.h"

#include <cstdint>
#include <vector>

namespace ringside::proxy {

struct Session;
struct Request;
using SessionHandle = base::Handle<Session>;
using RequestHandle = base::Handle<Request>;

// Owned by Requests. Two sides hold on to a request: the client's, which awaits the answer, and the
// link's, which owes it. It ends when both have let go. The link's side of a request that nobody
// awaits any more (the client left, or it timed out) stays until the node's answer has come: a slot
// of a link's queue is freed by a complete answer or by closing the link, and by nothing else. That
// is what keeps a reply from ever reaching another request.
struct Request {
    SessionHandle session;  // whose request it is; of a part: null
    RequestHandle parent;   // of a part: the request it was split from
    const protocol::CommandSpec* command = nullptr;

    bool awaited = false;   // in its session's queue, or a part of a request that is
    bool owed = false;      // in a link's queue
    bool answered = false;  // `reply` is complete, but it is not yet its turn
    bool failed = false;    // `reply` was made by the proxy
    bool no_reply = false;  // the client wants no answer
    protocol::Dialect dialect = protocol::Dialect::standard;  // in which it wants it
    bool expired = false;  // has had its timeout error; the node still owes the answer

    std::size_t begun_bytes = 0;  // of the answer, that have gone to the client already

    base::ByteBuffer reply;

    // The link's side.
    base::TimePoint deadline = base::kNever;
    std::uint32_t wire_bytes = 0;         // of the request, as sent to the node
    std::uint32_t expectation_bytes = 0;  // of its entry in the link's queue of expectations

    // Of a split request.
    std::vector<RequestHandle> parts;
    std::vector<std::uint32_t> owners;  // for each key the index of its part
    std::uint32_t parts_left = 0;       // not yet answered
    base::ByteBuffer expectation;       // of the whole request, for Codec::merge

    // Intrusive queues: see RequestQueue.
    RequestHandle next_in_session;
    RequestHandle next_on_link;
};

// All requests of a worker.
class Requests {
  public:
    explicit Requests(BufferPool& buffers) noexcept : buffers_(buffers) {}

    // A fresh request that is awaited.
    RequestHandle create();

    Request& operator[](RequestHandle handle) noexcept { return slab_[handle]; }
    Request* find(RequestHandle handle) noexcept { return slab_.find(handle); }

    // One side lets go. The request ends with the second one.
    void no_longer_awaited(RequestHandle handle) noexcept;
    void no_longer_owed(RequestHandle handle) noexcept;

    std::size_t size() const noexcept { return slab_.size(); }

  private:
    void end(RequestHandle handle, Request& request) noexcept;

    BufferPool& buffers_;
    base::Slab<Request> slab_;
};

// A queue of requests threaded through one of their own members: no memory of its own.
template <RequestHandle Request::*Next>
class RequestQueue {
  public:
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    RequestHandle front() const noexcept { return head_; }  // Requires: !empty()

    void push_back(Requests& requests, RequestHandle handle) noexcept {
        requests[handle].*Next = RequestHandle{};
        if (empty()) {
            head_ = handle;
        } else {
            requests[tail_].*Next = handle;
        }
        tail_ = handle;
        ++size_;
    }

    // Requires: !empty().
    RequestHandle pop_front(Requests& requests) noexcept {
        const RequestHandle handle = head_;
        head_ = requests[handle].*Next;
        --size_;
        return handle;
    }

  private:
    RequestHandle head_;
    RequestHandle tail_;
    std::size_t size_ = 0;
};

}  // namespace ringside::proxy
