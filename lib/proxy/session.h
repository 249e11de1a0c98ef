// One client's connection.
#pragma once

#include "base/byte_buffer.h"
#include "base/deadline_wheel.h"
#include "base/slab.h"
#include "proxy/inbox.h"
#include "proxy/request.h"
#include "proxy/transport.h"

#include <cstdint>

namespace ringside::proxy {

struct PoolRuntime;

// A slot of the worker's slab of sessions.
struct Session {
    PoolRuntime* pool = nullptr;
    ConnectionId connection{};
    base::DeadlineWheel::TimerId timer = 0;  // of a client that does not read its answers

    Inbox inbox;
    protocol::Resume resume;
    std::size_t swallow_bytes = 0;  // of a refused request, to be dropped as they come
    RequestQueue<&Request::next_in_session> order;  // awaiting their answers, oldest first
    base::ByteBuffer output;                        // answers, not yet written
    std::size_t answer_bytes = 0;  // what an answer may be expected to have; 0: none has come

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
