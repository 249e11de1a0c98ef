// One client's connection.
#pragma once

#include "base/byte_buffer.h"
#include "base/deadline_wheel.h"
#include "base/slab.h"
#include "protocol/client_codec.h"
#include "proxy/inbox.h"
#include "proxy/request.h"
#include "proxy/transport.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ringside::proxy {

struct PoolRuntime;

// How large a message is likely to be, by those before it. Follows larger ones at once and smaller
// ones slowly, by a part of `Slowness` each.
template <std::size_t Slowness>
class ExpectedSize {
  public:
    std::size_t bytes() const noexcept { return bytes_; }  // 0: nothing has come yet

    void learn(std::size_t bytes) noexcept { bytes_ = std::max(bytes, bytes_ - bytes_ / Slowness); }

  private:
    std::size_t bytes_ = 0;
};

//   open ──► leaving ──► parted ──► finishing ──► closing ──► gone
//     └─────────┴───────────┴───────────┴────────────┘ │
//     any of them ──► cut ◄────────────────────────────┘
//
enum class SessionPhase : std::uint8_t {
    open,       // takes requests
    leaving,    // takes requests until there are none, to be told the end behind the last answer
    parted,     // was told the end: what still comes gets no answer
    finishing,  // no more bytes will come; takes the requests that are there
    closing,    // takes no further requests; ends when everything is answered
    cut,        // an answer has ended in the middle: ends behind what is in `output`
};

constexpr bool may_follow(SessionPhase from, SessionPhase to) noexcept {
    return from < to;  // only onwards; any of them may be passed over
}

// A slot of the worker's slab of sessions.
struct Session {
    PoolRuntime* pool = nullptr;
    const protocol::ClientCodec* codec = nullptr;  // what the client speaks
    ConnectionId connection{};
    base::DeadlineWheel::TimerId timer = 0;  // of a client that does not read its answers

    Inbox inbox;
    protocol::Resume resume;
    std::size_t swallow_bytes = 0;  // of a refused request, to be dropped as they come
    RequestQueue order;             // awaiting their answers, oldest first
    base::ByteBuffer output;        // answers, not yet written
    ExpectedSize<64> request_size;  // a client that stores a value now and then is read as one
    ExpectedSize<8> answer_size;    // a few small ones do not open the way for many large ones
    base::TimePoint accepted_at{};
    base::TimePoint stay_until{};  // leaving: what was sent before may still be on its way

    protocol::ClientState client;
    // Facts of the moment, beside the phase.
    bool is_quiet = false;   // reads on only when everything before is answered
    bool held = false;       // over a limit: not read until answers have been written
    bool dirty = false;      // in the list of sessions to write
    bool blocked = false;    // the kernel's buffer is full; on_writable will come
    bool selective = false;  // nobody reads its answers: Intake leaves out what is asked in vain

    SessionPhase phase() const noexcept { return phase_; }
    bool takes_requests() const noexcept { return phase_ < SessionPhase::closing; }
    bool is_leaving() const noexcept {
        return phase_ == SessionPhase::leaving || phase_ == SessionPhase::parted;
    }

    void become(SessionPhase phase) noexcept {
        DCHECK(may_follow(phase_, phase));
        phase_ = phase;
    }

  private:
    SessionPhase phase_ = SessionPhase::open;
};

using Sessions = base::Slab<Session>;

}  // namespace ringside::proxy
