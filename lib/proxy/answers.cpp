#include "proxy/answers.h"

#include "proxy/pool_runtime.h"

#include <fmt/format.h>

#include <iterator>

namespace ringside::proxy {

using metrics::PoolMetric;

void Answers::deliver(RequestHandle handle, std::string_view reply) {
    settle(handle, reply, false);
}

bool Answers::pass_on(RequestHandle handle, std::string_view piece) {
    Request& request = state_.requests[handle];
    if (!request.awaited || request.no_reply) {
        return true;  // nobody wants it
    }
    if (request.parent) {
        return false;
    }
    Session& session = state_.sessions[request.session];
    if (session.cut) {
        return true;
    }
    if (session.order.front() != handle) {
        return false;
    }
    request.begun_bytes += piece.size();
    session.answer_size.learn(request.begun_bytes);
    send(session, piece);
    state_.mark_dirty(request.session, session);
    return true;
}

void Answers::fail(RequestHandle handle, std::string_view cause, std::string_view where) {
    Request& request = state_.requests[handle];
    if (!request.awaited) {
        return;
    }
    PoolRuntime& pool = *session_of(request).pool;
    pool.cells->add(PoolMetric::forward_error);
    if (request.begun_bytes > 0) {
        Session& session = state_.sessions[request.session];
        pool.cells->add(PoolMetric::answers_cut);
        session.cut = session.closing = true;
        state_.mark_dirty(request.session, session);
        return;
    }
    fmt::memory_buffer text;  // on the stack for all but absurdly long names
    fmt::format_to(std::back_inserter(text), "{}", cause);
    if (!where.empty()) {
        fmt::format_to(std::back_inserter(text), ": node {}", where);
    }
    error_.clear();
    session_of(request).codec->append_error({text.data(), text.size()}, error_);
    settle(handle, error_.view(), true);
}

void Answers::refuse(RequestHandle handle, std::string_view answer) {
    settle(handle, answer, true);
}

void Answers::settle(RequestHandle handle, std::string_view reply, bool failed) {
    Request& request = state_.requests[handle];
    if (!request.awaited) {
        return;
    }
    if (request.parent) {
        settle_part(request, reply, failed);
        return;
    }
    Session& session = state_.sessions[request.session];
    if (!request.no_reply) {
        if (session.order.front() == handle) {
            send(session, reply);
        } else {
            state_.buffers.lend(request.reply, reply.size());
            request.reply.append(reply);
        }
        session.answer_size.learn(request.begun_bytes + reply.size());
    }
    finish_answer(handle, request, session);
}

void Answers::settle_part(Request& part, std::string_view reply, bool failed) {
    state_.buffers.lend(part.reply, reply.size());
    part.reply.append(reply);
    part.answered = true;
    part.failed = failed;
    const RequestHandle parent_handle = part.parent;
    Request& parent = state_.requests[parent_handle];
    DCHECK(parent.parts_left > 0);
    if (--parent.parts_left == 0) {
        merge_parts(parent_handle, parent);
    }
}

void Answers::merge_parts(RequestHandle handle, Request& request) {
    part_replies_.clear();
    std::size_t expected_bytes = 0;
    for (const RequestHandle part_handle : request.parts) {
        const Request& part = state_.requests[part_handle];
        part_replies_.push_back({.bytes = part.reply.view(), .failed = part.failed});
        expected_bytes += part.reply.size();
    }
    Session& session = state_.sessions[request.session];
    const PoolRuntime& pool = *session.pool;
    base::ByteBuffer& out = session.order.front() == handle ? session.output : request.reply;
    state_.buffers.lend(out, expected_bytes);
    const std::size_t size_before = out.size();
    protocol::ProxyFacts facts;
    if (request.command->needs_facts) {
        facts = state_.facts_of(pool);
    }
    const protocol::SplitRequest split{
        .command = *request.command,
        .expectation = request.expectation.view(),
        .owners = request.owners,
        .parts = part_replies_,
        .failures_are_misses = pool.policy().failure_mode == routing::FailureMode::miss,
        .strict_twemproxy = pool.policy().strict_twemproxy,
        .dialect = request.dialect,
        .facts = facts};
    if (!session.codec->merge(split, out)) {
        session.codec->append_error("the answers of the nodes do not fit together", out);
    }
    if (request.no_reply) {
        out.truncate(size_before);
    }
    session.answer_size.learn(out.size() - size_before);
    finish_answer(handle, request, session);
}

void Answers::send(Session& session, std::string_view bytes) {
    // Nothing else can be due to this client in this turn, so it still is one write.
    const bool alone = session.order.size() == 1 && session.output.empty() && !session.blocked;
    if (alone && bytes.size() >= base::kWrittenAtOnceBytesMin) {
        bytes.remove_prefix(state_.transport.write(session.connection, bytes));
        session.blocked = !bytes.empty();
        if (session.blocked) {
            state_.session_timers.arm(session.timer, state_.now + base::kWriteStallMax);
        }
    }
    if (!bytes.empty()) {
        state_.buffers.lend(session.output, bytes.size());
        session.output.append(bytes);
    }
}

void Answers::finish_answer(RequestHandle handle, Request& request, Session& session) {
    request.answered = true;
    if (session.order.front() != handle) {
        return;
    }
    const SessionHandle session_handle = request.session;
    // The head's answer is in the output already (its `reply` is empty); those behind it that came
    // earlier follow now.
    while (!session.order.empty() && state_.requests[session.order.front()].answered) {
        const RequestHandle head = session.order.pop_front(state_.requests);
        const std::string_view reply = state_.requests[head].reply.view();
        if (!reply.empty()) {
            state_.buffers.lend(session.output, reply.size());
            session.output.append(reply);
        }
        let_go(head);
    }
    state_.mark_dirty(session_handle, session);
}

base::ByteBuffer& Answers::begin_local(SessionHandle handle, Session& session) {
    if (session.order.empty()) {
        local_ = {};
        state_.buffers.lend(session.output);
        return session.output;
    }
    local_ = state_.requests.create();
    Request& request = state_.requests[local_];
    request.session = handle;
    request.answered = true;
    session.order.push_back(state_.requests, local_);
    state_.buffers.lend(request.reply);
    return request.reply;
}

void Answers::end_local(SessionHandle handle, Session& session) {
    if (!local_) {
        state_.mark_dirty(handle, session);
    }
}

void Answers::abandon_all(Session& session) noexcept {
    while (!session.order.empty()) {
        let_go(session.order.pop_front(state_.requests));
    }
}

void Answers::let_go(RequestHandle handle) noexcept {
    for (const RequestHandle part : state_.requests[handle].parts) {
        state_.requests.no_longer_awaited(part);
    }
    state_.requests.no_longer_awaited(handle);
}

Session& Answers::session_of(const Request& request) {
    const Request* owner = request.parent ? state_.requests.find(request.parent) : &request;
    return state_.sessions[owner->session];
}

}  // namespace ringside::proxy
