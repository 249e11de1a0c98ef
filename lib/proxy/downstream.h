// The client side: sessions, from accept to the last byte of the last answer.
//
// Owned by Worker.
#pragma once

#include "proxy/answers.h"
#include "proxy/intake.h"
#include "proxy/pool_runtime.h"
#include "proxy/session.h"
#include "proxy/transport.h"
#include "proxy/worker_state.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ringside::proxy {

class Downstream {
  public:
    // `worker_index` makes the ids of clients unique in the process.
    Downstream(WorkerState& state, Answers& answers, Intake& intake, std::uint32_t worker_index)
        : state_(state), answers_(answers), intake_(intake), worker_index_(worker_index) {}

    // Events of streams; see Worker.
    Peer accept(ConnectionId connection, PoolRuntime& pool);
    std::span<char> read_target(SessionHandle handle);
    void on_bytes(SessionHandle handle, std::size_t size);
    void on_end(SessionHandle handle, StreamEnd end);
    void on_writable(SessionHandle handle);

    // The client is to go: served on as long as there are requests of it, then told the end behind
    // the last answer, and closed when it has closed or is silent. False: it goes already.
    bool leave(SessionHandle handle, Session& session);

    // The parts of the end of a turn.
    void expire_deadlines();
    // Goes on with the sessions that back-pressure had stopped, once their answers are out.
    void serve_held();
    void flush();

    // kNever: none. The end of the last turn if a held session has room again.
    base::TimePoint next_deadline() const noexcept {
        return held_has_room_ ? state_.now : state_.session_timers.next_expiry();
    }

  private:
    void take_in(SessionHandle handle, Session& session, std::string_view bytes);
    // Serves what the client has sent so far, and no more; the session ends when it is answered.
    void finish(SessionHandle handle, Session& session);
    // In the course of leave().
    void on_bytes_while_leaving(SessionHandle handle, Session& session, std::size_t size);
    void go_on_leaving(SessionHandle handle, Session& session);
    void part(Session& session);
    void close_when_answered(SessionHandle handle, Session& session);
    void close(SessionHandle handle, Session& session);
    void flush_session(SessionHandle handle, Session& session);

    WorkerState& state_;
    Answers& answers_;
    Intake& intake_;
    const std::uint32_t worker_index_;
    std::uint64_t clients_ = 0;  // that have ever connected
    std::vector<SessionHandle> held_;
    std::vector<SessionHandle> now_held_;  // scratch of serve_held()
    bool held_has_room_ = false;
};

}  // namespace ringside::proxy
