#include "proxy/downstream.h"

#include "base/limits.h"

#include <algorithm>

namespace ringside::proxy {

using metrics::PoolMetric;

namespace {

// Client ids count up by this in each worker, so that no two workers give the same.
constexpr std::uint64_t kClientIdStep = 4096;

constexpr std::size_t kReadSlackBytes = 512;

}  // namespace

Peer Downstream::accept(ConnectionId connection, PoolRuntime& pool) {
    const SessionHandle handle = state_.sessions.emplace();
    Session& session = state_.sessions[handle];
    session = Session{};
    session.pool = &pool;
    session.codec = &pool.protocol->client;
    session.connection = connection;
    session.accepted_at = state_.now;
    session.client.id = ++clients_ * kClientIdStep + worker_index_;
    // As in Redis: a password that comes later asks nothing of those that are there.
    session.client.authenticated = pool.policy().redis_auth.empty();
    session.timer = state_.session_timers.add(handle.to_cookie());
    ++pool.sessions;
    pool.cells->add(PoolMetric::client_connections);
    return {Peer::Side::session, handle.index, handle.generation};
}

std::span<char> Downstream::read_target(SessionHandle handle) {
    Session* session = state_.sessions.find(handle);
    if (session == nullptr) {
        return state_.read_block;
    }
    const std::size_t have = session->inbox.pending().size();
    const std::size_t need = session->resume.need_bytes;
    // Not quite filled, it needs no second read to be known as empty.
    const std::size_t share = std::clamp(session->request_size.bytes() + kReadSlackBytes,
                                         base::kReadBytesPerTurn, base::kReadBytesMax);
    return session->inbox.target(std::span(state_.read_block).first(share),
                                 need > have ? need - have : 0);
}

void Downstream::on_bytes(SessionHandle handle, std::size_t size) {
    if (Session* session = state_.sessions.find(handle)) {
        take_in(handle, *session, session->inbox.received(state_.read_block, size));
    }
}

void Downstream::on_end(SessionHandle handle, StreamEnd end) {
    Session* session = state_.sessions.find(handle);
    if (session == nullptr) {
        return;
    }
    const PoolMetric counter =
        end == StreamEnd::eof ? PoolMetric::client_eof : PoolMetric::client_err;
    // One that is being closed, or was told the end, is counted by the reason.
    const bool is_its_own_will =
        session->takes_requests() && session->phase() != SessionPhase::parted;
    session->pool->cells->add(counter, is_its_own_will ? 1 : 0);
    if (end != StreamEnd::eof) {
        close(handle, *session);
        return;
    }
    // The client may have closed only its half: what it asked for is still answered.
    finish(handle, *session);
}

void Downstream::on_writable(SessionHandle handle) {
    if (Session* session = state_.sessions.find(handle)) {
        session->blocked = false;
        state_.mark_dirty(handle, *session);
    }
}

void Downstream::expire_deadlines() {
    state_.session_timers.advance(state_.now, [this](std::uint64_t cookie) {
        const SessionHandle handle = SessionHandle::from_cookie(cookie);
        Session* session = state_.sessions.find(handle);
        if (session == nullptr) {
            return;
        }
        if (session->blocked) {
            session->pool->cells->add(PoolMetric::client_stalled);
            close(handle, *session);
        } else if (session->phase() == SessionPhase::parted && session->order.empty()) {
            close(handle, *session);
        } else {
            state_.mark_dirty(handle, *session);  // flush() comes to go_on_leaving()
        }
    });
}

void Downstream::take_in(SessionHandle handle, Session& session, std::string_view bytes) {
    const std::size_t used = intake_.consume(handle, session, bytes);
    session.inbox.keep(bytes, used, session.resume.need_bytes, state_.buffers);
    const bool is_finished = session.phase() == SessionPhase::finishing && !session.held;
    if (is_finished || !session.takes_requests()) {
        close_when_answered(handle, session);
    } else if (session.held) {
        state_.transport.pause_reading(session.connection);
        held_.push_back(handle);
    }
    if (session.is_leaving()) {
        on_bytes_while_leaving(handle, session, bytes.size());
    }
}

void Downstream::serve_held() {
    held_has_room_ = false;
    now_held_.swap(held_);
    for (const SessionHandle handle : now_held_) {
        Session* session = state_.sessions.find(handle);
        if (session == nullptr || !session->takes_requests()) {
            continue;
        }
        if (!Intake::has_room(*session)) {
            held_.push_back(handle);
            continue;
        }
        session->held = false;
        session->selective = session->phase() == SessionPhase::parted ||
                             state_.transport.is_deserted(session->connection);
        take_in(handle, *session, session->inbox.pending());
        if (!session->held && session->takes_requests() && !session->is_leaving()) {
            state_.transport.resume_reading(session->connection);
        }
    }
    now_held_.clear();
}

void Downstream::flush() {
    for (std::size_t i = 0; i < state_.dirty_sessions.size(); ++i) {
        const SessionHandle handle = state_.dirty_sessions[i];
        if (Session* session = state_.sessions.find(handle)) {
            session->dirty = false;
            flush_session(handle, *session);
        }
    }
    state_.dirty_sessions.clear();
}

void Downstream::flush_session(SessionHandle handle, Session& session) {
    if (!session.output.empty() && !session.blocked) {
        const std::size_t taken = state_.transport.write(session.connection, session.output.view());
        session.output.consume(taken);
        session.blocked = !session.output.empty();
        if (session.blocked) {
            state_.session_timers.arm(session.timer, state_.now + base::kWriteStallMax);
        }
    }
    if (session.output.empty()) {
        state_.session_timers.cancel(session.timer);
        state_.buffers.take_back(session.output);
        const bool is_answered = session.order.empty() || session.phase() == SessionPhase::cut;
        if (!session.takes_requests() && is_answered) {
            close(handle, session);
            return;
        }
        if (session.is_leaving() && session.order.empty() && !session.held) {
            go_on_leaving(handle, session);
            return;  // it may be gone
        }
    }
    held_has_room_ = held_has_room_ || (session.held && Intake::has_room(session));
}

void Downstream::finish(SessionHandle handle, Session& session) {
    if (session.phase() < SessionPhase::finishing) {
        session.become(SessionPhase::finishing);
    }
    if (!session.held) {
        close_when_answered(handle, session);
    }
}

// --- leaving ---

bool Downstream::leave(SessionHandle handle, Session& session) {
    if (session.phase() != SessionPhase::open) {
        return false;  // its end is near
    }
    session.become(SessionPhase::leaving);
    session.stay_until = state_.now + base::kDrainSettle;
    state_.mark_dirty(handle, session);
    return true;
}

// One batch after the other: a client that waits for its answers then comes to a moment at which it
// has asked for nothing more, however many requests it has under way.
void Downstream::on_bytes_while_leaving(SessionHandle handle, Session& session, std::size_t size) {
    if (!session.inbox.pending().empty() && !session.held) {
        session.stay_until = state_.now + base::kDrainRestOfRequest;
    } else if (session.held || size >= base::kDrainStreamBytesMin) {
        session.stay_until = state_.now + base::kDrainQuiet;
    }
    if (!session.order.empty()) {
        state_.transport.pause_reading(session.connection);
    }
    state_.mark_dirty(handle, session);
}

// Everything that was read of it is answered, and the answers are written.
void Downstream::go_on_leaving(SessionHandle handle, Session& session) {
    const LeavingTimes& times = session.pool->leaving;
    const bool is_parted = session.phase() == SessionPhase::parted;
    if (state_.now >= times.last_call) {
        is_parted ? close(handle, session) : part(session);
        return;
    }
    state_.transport.resume_reading(session.connection);
    if (is_parted) {
        state_.session_timers.arm(session.timer, state_.now + base::kDrainLinger);
        return;
    }
    const base::TimePoint stay_until = std::min(session.stay_until, times.patience_ends);
    if (state_.now < stay_until) {
        state_.session_timers.arm(session.timer, stay_until);
    } else if (!state_.transport.has_unread(session.connection)) {
        part(session);
    }
}

void Downstream::part(Session& session) {
    session.become(SessionPhase::parted);
    session.selective = true;
    state_.transport.finish_writing(session.connection);
    state_.transport.resume_reading(session.connection);
    state_.session_timers.arm(session.timer, state_.now + base::kDrainLinger);
}

void Downstream::close_when_answered(SessionHandle handle, Session& session) {
    if (session.takes_requests()) {
        session.become(SessionPhase::closing);
    }
    session.inbox.discard(state_.buffers);
    state_.transport.pause_reading(session.connection);
    state_.mark_dirty(handle, session);  // flush() closes it if nothing is left to do
}

void Downstream::close(SessionHandle handle, Session& session) {
    state_.transport.close(session.connection);
    answers_.abandon_all(session);
    PoolRuntime& pool = *session.pool;
    pool.cells->add(PoolMetric::client_connections, -1);
    --pool.sessions;
    state_.may_have_ended |= pool.removed;
    state_.session_timers.remove(session.timer);
    session.inbox.discard(state_.buffers);
    session.output.clear();
    state_.buffers.take_back(session.output);
    state_.sessions.erase(handle);
}

}  // namespace ringside::proxy
