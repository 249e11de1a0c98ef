// One client's connection.
#pragma once

#include "base/byte_buffer.h"
#include "base/deadline_wheel.h"
#include "base/slab.h"
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

// A slot of the worker's slab of sessions.
struct Session {
    PoolRuntime* pool = nullptr;
    const protocol::ClientCodec* codec = nullptr;  // what the client speaks
    ConnectionId connection{};
    base::DeadlineWheel::TimerId timer = 0;  // of a client that does not read its answers

    Inbox inbox;
    protocol::Resume resume;
    std::size_t swallow_bytes = 0;  // of a refused request, to be dropped as they come
    RequestQueue<&Request::next_in_session> order;  // awaiting their answers, oldest first
    base::ByteBuffer output;                        // answers, not yet written
    ExpectedSize<64> request_size;  // a client that stores a value now and then is read as one
    ExpectedSize<8> answer_size;    // a few small ones do not open the way for many large ones

    protocol::ClientState client;
    bool barrier = false;  // reads on only when everything before is answered
    bool held = false;     // over a limit: not read until answers have been written
    bool last = false;     // no more bytes will come: ends with what is there
    bool closing = false;  // takes no further requests; ends when everything is answered
    bool cut = false;      // an answer has ended in the middle: closes behind what is in `output`
    bool dirty = false;    // in the list of sessions to write
    bool blocked = false;  // the kernel's buffer is full; on_writable will come
};

using Sessions = base::Slab<Session>;

}  // namespace ringside::proxy
