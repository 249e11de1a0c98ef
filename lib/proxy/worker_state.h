// What the parts of a worker share. Owned by Worker.
#pragma once

#include "base/clock.h"
#include "base/deadline_wheel.h"
#include "base/limits.h"
#include "base/log.h"
#include "proxy/buffer_pool.h"
#include "proxy/facts.h"
#include "proxy/random.h"
#include "proxy/request.h"
#include "proxy/session.h"
#include "proxy/slow_log.h"
#include "proxy/transport.h"

#include <array>
#include <cstdint>
#include <vector>

namespace ringside::proxy {

struct WorkerState {
    WorkerState(Transport& world, base::Log& door, FactsSource source, base::TimePoint start,
                std::uint64_t seed)
        : transport(world),
          log(door),
          facts(source),
          now(start),
          session_timers(start),
          random(seed) {
        dirty_sessions.reserve(kFirstDirty);
    }

    Transport& transport;
    base::Log& log;  // not the worker's; outlives it
    const FactsSource facts;
    base::TimePoint now;  // of the turn
    BufferPool buffers;
    Requests requests{buffers};
    Sessions sessions;
    base::DeadlineWheel session_timers;
    Random random;
    base::milliseconds drain_limit = base::kDrainLimitDefault;  // for those that are asked to leave
    std::vector<SessionHandle> dirty_sessions;
    std::vector<RequestHandle> due_steps;  // whose next step begins in this turn
    SlowLog slow;
    // What is in the snapshot no more may have lost its last link, session or request: looked at
    // when nobody is in the middle of using it, at the end of the turn.
    bool may_have_ended = false;
    // Reads go here unless a stream has an incomplete message.
    std::array<char, base::kReadBytesMax> read_block;

    void mark_dirty(SessionHandle handle, Session& session) {
        if (!session.dirty) {
            session.dirty = true;
            dirty_sessions.push_back(handle);
        }
    }

    protocol::ProxyFacts facts_of(const PoolRuntime& pool) {
        return facts.gather(pool, now, transport.unix_time());
    }

  private:
    static constexpr std::size_t kFirstDirty = 64;
};

}  // namespace ringside::proxy
