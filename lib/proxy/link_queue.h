// What one link owes: which request each answer of the node belongs to, and until when.
//
// Pure: events in, actions out; no transport, no clock, no protocol. Owned by Link, used by
// Upstream. Its promise is decision 009: a place in the queue is freed by the answer that belongs
// to it, or with the link, and by nothing else. A request that has timed out, or whose client has
// left, keeps its place until then, so an answer is never taken for the next one's.
//
//    push ──► waiting ──► staged ──► written ──► answered, and gone
//               link in use   bytes taken by the transport
//
// Waiting are those behind requests of the link's own that must be answered first (hold_back());
// staged those whose bytes may be written. Requests only move on, in their order, so each of the
// three is a mark, not a list.
#pragma once

#include "base/byte_buffer.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/ring_buffer.h"
#include "proxy/buffer_pool.h"
#include "proxy/request.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace ringside::proxy {

// A request to be put into the queue; its bytes stand at the end of output() or are written
// already.
struct Asked {
    RequestHandle request;                           // null: the link's own
    const protocol::CommandSpec* command = nullptr;  // of the link's own: may be null
    base::TimePoint deadline = base::kNever;
    std::size_t wire_bytes = 0;
};

// A place in the queue.
struct Owed {
    RequestHandle request;
    const protocol::CommandSpec* command = nullptr;
    base::TimePoint deadline = base::kNever;
    base::TimePoint written = base::kNever;  // when its last byte was; kNever: not yet
    std::uint32_t wire_bytes = 0;
    std::uint32_t expectation_bytes = 0;
    bool expired = false;  // who asked has been told; the node still owes the answer

    bool is_own() const noexcept { return !request; }
    // False: what comes are the words of a script.
    bool speaks_for_node() const noexcept { return command == nullptr || command->speaks_for_node; }
};

// What a link counts for its node. The link's own requests are not in it. Requests count as "in"
// until their last byte is written, then as "out" until they are answered.
struct LinkGauges {
    std::int64_t in_queue = 0;
    std::int64_t in_queue_bytes = 0;
    std::int64_t out_queue = 0;
    std::int64_t out_queue_bytes = 0;
};

class LinkQueue {
  public:
    bool empty() const noexcept { return places_.empty(); }
    std::size_t size() const noexcept { return places_.size(); }
    // Requests of the link's own, and of clients.
    bool owes_own() const noexcept { return own_.places > 0; }
    bool owes_no_client() const noexcept { return places_.size() == own_.places; }
    // No further request may be pushed: kLinkRequestsMax, kLinkOutputBytesMax.
    bool is_full() const noexcept;

    // --- a request comes ---

    // Where the bytes of a request go, in front of push(), and what its answer is held against.
    base::ByteBuffer& output() noexcept { return output_; }
    base::ByteBuffer& expectations() noexcept { return expectations_; }
    void push(const Asked& asked);

    // What is pushed from now on waits until release().
    void hold_back() noexcept { is_held_back_ = true; }
    void release() noexcept;

    // --- bytes go ---

    // What may be written now.
    std::string_view staged() const noexcept {
        return output_.view().substr(0, staged_end_ - written_end());
    }
    // The first `bytes` of staged() have been taken. Requires: bytes <= staged().size().
    void on_written(std::size_t bytes, base::TimePoint now) noexcept {
        output_.consume(bytes);
        mark_written(now);
    }
    // Bytes of requests were taken without having been in output().
    void mark_written(base::TimePoint now) noexcept;

    // --- an answer comes ---

    // Whose answer comes next. Requires: !empty().
    const Owed& front() const noexcept { return places_.front(); }
    std::string_view expectation() const noexcept {
        return expectations_.view().substr(0, front().expectation_bytes);
    }
    // The answer to front() is complete, and its place free. An expired one's is late: nobody gets
    // it. Requires: !empty().
    Owed pop() noexcept;

    // --- time passes ---

    // Calls on_expired(owed) once for each request whose deadline is over, in their order. It must
    // not touch the queue. Deadlines need not ascend.
    template <typename OnExpired>
    void expire(base::TimePoint now, OnExpired&& on_expired) {
        if (now < soonest_) {
            return;
        }
        soonest_ = base::kNever;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            Owed& owed = places_[i];
            if (owed.expired) {
                continue;
            }
            if (owed.deadline <= now) {
                owed.expired = true;
                ++expired_count_;
                on_expired(std::as_const(owed));
                continue;
            }
            soonest_ = std::min(soonest_, owed.deadline);
            if (deadlines_ascend_ && owed.deadline != base::kNever) {
                return;
            }
        }
    }

    // The node does not answer: it has not within `grace` of the deadline of the oldest request
    // that has expired, or of the end of a steady answer, or owes more than kLinkAbandonedMax
    // answers that nobody waits for. The link is to be closed.
    bool is_silent(base::TimePoint now, base::milliseconds grace) const noexcept;

    // When expire() or is_silent() have to be asked next, or sooner; kNever: not before an event.
    // One that is silent already is not asked again.
    base::TimePoint next_deadline(base::TimePoint now, base::milliseconds grace) const noexcept {
        const base::TimePoint silent = silent_from(grace);
        return silent <= now ? soonest_ : std::min(soonest_, silent);
    }
    // A request has expired before it was written.
    bool has_expired_unwritten() const noexcept;

    // Something has expired, or must have by now.
    bool is_overdue(base::TimePoint now) const noexcept {
        return expired_count_ > 0 || soonest_ <= now;
    }

    // No answer that is still owed would come in time for a client.
    bool is_past_hope() const noexcept {
        return !has_in_time([](const Owed& owed) { return !owed.is_own(); });
    }
    // Whether one of the places that have not expired is such a one.
    template <typename Is>
    bool has_in_time(Is&& is) const {
        for (std::size_t i = places_.size(); i-- > 0 && expired_count_ < places_.size();) {
            if (!places_[i].expired && is(places_[i])) {
                return true;
            }
        }
        return false;
    }

    // No client's request may take longer than until then.
    void limit_deadlines(base::TimePoint limit) noexcept;

    // The answer to front() has begun and comes steadily: it may take until then, and the node is
    // not silent before. Requires: !empty().
    void extend_front(base::TimePoint deadline) noexcept;
    // What expires now has waited behind such an answer.
    bool flows_steadily(base::TimePoint now) const noexcept { return now < steady_until_; }

    // --- the link ends ---

    // Calls on_failed(owed) for each client's request that has not expired, in their order, and
    // empties the queue. It must not touch the queue.
    template <typename OnFailed>
    void fail_all(BufferPool& buffers, OnFailed&& on_failed) {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const Owed& owed = std::as_const(places_)[i];
            if (!owed.expired && !owed.is_own()) {
                on_failed(owed);
            }
        }
        clear(buffers);
    }

    // --- what it holds ---

    LinkGauges gauges() const noexcept;
    // All bytes that are kept for requests: the only place where they are charged.
    std::size_t held_bytes() const noexcept { return output_.size() + expectations_.size(); }

    // Calls visit(owed) for each place, in order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            visit(places_[i]);
        }
    }

  private:
    // Of all bytes of the link, those that were written.
    std::uint64_t written_end() const noexcept { return wire_end_ - output_.size(); }
    // By the oldest request that has expired: nearly always the front, but one in front of it may
    // have a later deadline, or none.
    base::TimePoint silent_from(base::milliseconds grace) const noexcept {
        for (std::size_t i = 0; expired_count_ > 0 && i < places_.size(); ++i) {
            if (places_[i].expired) {
                return std::max(places_[i].deadline, steady_until_) + grace;
            }
        }
        return base::kNever;
    }
    void clear(BufferPool& buffers) noexcept;

    base::RingBuffer<Owed> places_;  // in the order in which answers must come
    base::ByteBuffer output_;        // of requests, not yet written
    base::ByteBuffer expectations_;  // of the requests in `places_`, one behind the other

    // Of all bytes that the link has had for requests, those up to the end of
    std::uint64_t wire_end_ = 0;    // the youngest request
    std::uint64_t gone_end_ = 0;    // the last one that was answered
    std::uint64_t staged_end_ = 0;  // the last one that may be written
    std::uint64_t marked_end_ = 0;  // the last one that is written or gone
    std::size_t written_ = 0;       // the first so many places are written
    bool is_held_back_ = false;

    std::size_t expected_bytes_ = 0;  // of the expectations of `places_`
    std::size_t expired_count_ = 0;
    // A bound: no request that has not expired has a sooner deadline.
    base::TimePoint soonest_ = base::kNever;
    base::TimePoint steady_until_{};  // see extend_front()
    // Of those that have a deadline: the last one pushed, and whether each is at or behind the one
    // before it.
    base::TimePoint youngest_deadline_{};
    bool deadlines_ascend_ = true;

    // The link's own requests, which are few; what is not theirs is of clients.
    struct Own {
        std::size_t places = 0;
        std::size_t written_places = 0;
        std::size_t bytes = 0;
        std::size_t unwritten_bytes = 0;
    };
    Own own_;
};

// --- for every request, so within its callers ---

inline bool LinkQueue::is_full() const noexcept {
    return places_.size() >= base::kLinkRequestsMax || output_.size() >= base::kLinkOutputBytesMax;
}

inline void LinkQueue::push(const Asked& asked) {
    if (places_.empty()) {
        deadlines_ascend_ = true;
        youngest_deadline_ = {};
    }
    wire_end_ += asked.wire_bytes;
    if (!is_held_back_) {
        staged_end_ = wire_end_;
    }
    const std::size_t expectation_bytes = expectations_.size() - expected_bytes_;
    expected_bytes_ += expectation_bytes;
    places_.push_slot() = {.request = asked.request,
                           .command = asked.command,
                           .deadline = asked.deadline,
                           .wire_bytes = static_cast<std::uint32_t>(asked.wire_bytes),
                           .expectation_bytes = static_cast<std::uint32_t>(expectation_bytes)};
    if (asked.deadline != base::kNever) {
        soonest_ = std::min(soonest_, asked.deadline);
        deadlines_ascend_ = deadlines_ascend_ && asked.deadline >= youngest_deadline_;
        youngest_deadline_ = asked.deadline;
    }
    if (!asked.request) {
        ++own_.places;
        own_.bytes += asked.wire_bytes;
        own_.unwritten_bytes += asked.wire_bytes;
    }
}

inline Owed LinkQueue::pop() noexcept {
    DCHECK(!places_.empty());
    const Owed owed = places_.front();
    places_.pop_front();
    expectations_.consume(owed.expectation_bytes);
    expected_bytes_ -= owed.expectation_bytes;
    expired_count_ -= owed.expired ? 1 : 0;
    gone_end_ += owed.wire_bytes;
    // A node may answer before it has read all: it refuses a value by its length.
    const bool was_written = written_ > 0;
    written_ -= was_written ? 1 : 0;
    marked_end_ += was_written ? 0 : owed.wire_bytes;
    if (owed.is_own()) {
        --own_.places;
        own_.written_places -= was_written ? 1 : 0;
        own_.bytes -= owed.wire_bytes;
        own_.unwritten_bytes -= was_written ? 0 : owed.wire_bytes;
    }
    return owed;
}

}  // namespace ringside::proxy
