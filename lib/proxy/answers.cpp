#include "proxy/answers.h"

#include "proxy/pool_runtime.h"
#include "proxy/request_endings.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace ringside::proxy {

using metrics::PoolMetric;
using protocol::Outcome;

namespace {

// What the answers of all parts mean together: what all mean, or else the worst, or a value.
Outcome of_all(protocol::OutcomeSet outcomes, bool failures_are_misses) noexcept {
    if (failures_are_misses && outcomes.has(Outcome::value)) {
        return Outcome::value;
    }
    for (const Outcome each : {Outcome::failed, Outcome::error, Outcome::value, Outcome::miss,
                               Outcome::stored, Outcome::number}) {
        if (outcomes.has(each)) {
            return each;
        }
    }
    return Outcome::ok;
}

// As its client gets the answer.
void count(const Request& request, base::TimePoint now) noexcept {
    metrics::PoolCells& cells = *request.pool->cells;
    if (request.outcome == Outcome::failed) {
        cells.endings.add(request.kind, request.failure);
        if (request.failure != metrics::RequestEnding::timed_out) {
            return;
        }
    } else {
        cells.endings.add(kEndingCells[cell_of(request.kind, request.outcome)]);
    }
    if (request.pool->policy().histograms != routing::Histograms::none) {
        cells.latency.add(now - request.asked);
    }
}

void note_if_slow(const Request& request, WorkerState& state) noexcept {
    const base::Duration took = state.now - request.asked;
    if (request.command != nullptr && state.slow.wants(took, state.now)) {
        state.slow.add({.ended = state.now,
                        .took = took,
                        .written = request.written,
                        .pool = request.pool->pool->id,
                        .node = request.node,
                        .command = request.command->name,
                        .key = request.first_key,
                        .outcome = request.outcome});
    }
}

}  // namespace

void Answers::deliver(const Owed& owed, std::string_view reply, Outcome outcome) {
    Request* request = state_.requests.find(owed.request);
    if (request == nullptr) {
        return;
    }
    request->written = owed.written;
    if (request->plan == &plans::kForward && !request->parent) {
        request->outcome = outcome;
        give(owed.request, *request, reply);  // nearly always: it ends here, with this answer
        return;
    }
    end_step(owed.request, *request, {reply, outcome});
}

bool Answers::pass_on(RequestHandle handle, std::string_view piece) {
    Request* request = state_.requests.find(handle);
    if (request == nullptr) {
        return true;  // nobody wants it
    }
    const Step& step = request->step();
    const bool is_the_answer = step.answers.has(Outcome::value) && request->plan->ends_with(step);
    if (request->parent || !is_the_answer || !request->is_waiting()) {
        return false;
    }
    if (request->no_reply) {
        return true;
    }
    Session& session = state_.sessions[request->session];
    if (session.phase() == SessionPhase::cut) {
        return true;
    }
    if (session.order.front() != handle) {
        return false;
    }
    request->begun_bytes += piece.size();
    session.answer_size.learn(request->begun_bytes);
    send(session, piece);
    state_.mark_dirty(request->session, session);
    return true;
}

void Answers::fail(RequestHandle handle, std::string_view cause, std::string_view where) {
    Request* request = state_.requests.find(handle);
    if (request == nullptr) {
        return;
    }
    if (request->is_waiting()) {
        request->pool->cells->add(PoolMetric::forward_error);
        if (request->begun_bytes > 0) {
            cut(*request);
            return;
        }
    }
    fmt::memory_buffer text;  // on the stack for all but absurdly long names
    fmt::format_to(std::back_inserter(text), "{}", cause);
    if (!where.empty()) {
        fmt::format_to(std::back_inserter(text), ": node {}", where);
    }
    error_.clear();
    request->codec->append_error({text.data(), text.size()}, error_);
    end_step(handle, *request, {error_.view(), Outcome::failed});
}

void Answers::cut(const Request& request) {
    Session& session = state_.sessions[request.session];
    request.pool->cells->add(PoolMetric::answers_cut);
    if (session.phase() != SessionPhase::cut) {
        session.become(SessionPhase::cut);
    }
    state_.mark_dirty(request.session, session);
}

void Answers::time_out(const Owed& owed, std::string_view where) {
    Request* request = state_.requests.find(owed.request);
    if (request != nullptr) {
        request->written = owed.written;
    }
    if (request != nullptr && request->parent) {
        request = state_.requests.find(request->parent);
    }
    if (request != nullptr && !request->has_kept_answer) {
        request->failure = metrics::RequestEnding::timed_out;
    }
    fail(owed.request, "Connection timed out", where);
}

void Answers::refuse(RequestHandle handle, std::string_view answer) {
    Request& request = state_.requests[handle];
    request.failure = metrics::RequestEnding::rejected;
    end_step(handle, request, {answer, Outcome::failed});
}

void Answers::end_step(RequestHandle handle, Request& request, const StepEnd& end) {
    if (request.parent) {
        end_part(request, end);
        return;
    }
    const Step& step = request.step();
    request.is_going_on = step.goes_on.has(end.outcome) && !request.plan->ends_with(step) &&
                          state_.now < request.deadline;
    if (request.is_going_on) {
        keep(request, end.reply);
        state_.due_steps.push_back(handle);
    }
    if (!request.is_waiting()) {
        if (request.phase() == RequestPhase::trailing && !request.is_going_on) {
            state_.requests.end(handle, request);
        }
        return;
    }
    if (step.answers.has(end.outcome)) {
        request.outcome = end.outcome;
        give(handle, request, end.reply);
        return;
    }
    if (!request.has_kept_answer) {
        request.has_kept_answer = true;
        request.outcome = end.outcome;
        if (!request.no_reply) {
            state_.buffers.lend(request.reply, end.reply.size());
            request.reply.append(end.reply);
        }
    }
    if (!request.is_going_on) {
        give_what_was_kept(handle, request);
    }
}

// For the next step, behind what the client has asked.
void Answers::keep(Request& request, std::string_view reply) {
    const std::size_t bytes = request.asked_bytes + reply.size();
    if (bytes > request.keep.capacity()) {  // not grown, but of the size that is lent for so much
        base::ByteBuffer larger;
        state_.buffers.lend(larger, bytes);
        larger.append(request.keep.view().substr(0, request.asked_bytes));
        state_.buffers.take_back(request.keep);
        request.keep = std::move(larger);
    }
    request.keep.truncate(request.asked_bytes);
    request.keep.append(reply);
}

void Answers::end_part(Request& part, const StepEnd& end) {
    if (!part.is_waiting()) {
        return;
    }
    state_.buffers.lend(part.reply, end.reply.size());
    part.reply.append(end.reply);
    part.become(RequestPhase::answered);
    part.outcome = end.outcome;
    const RequestHandle parent_handle = part.parent;
    Request& parent = state_.requests[parent_handle];
    if (part.written != base::kNever) {
        parent.written = part.written;
    }
    parent.node = part.node;
    DCHECK(parent.parts_left > 0);
    if (--parent.parts_left == 0) {
        end_split_step(parent_handle, parent);
    }
}

// All parts have come to their end.
void Answers::end_split_step(RequestHandle handle, Request& request) {
    if (request.plan != &plans::kForward) {
        merged_.clear();
        const Outcome outcome = merge_parts(request, merged_);
        for (const RequestHandle part : request.parts) {
            state_.requests.end(part, state_.requests[part]);
        }
        request.parts.clear();
        end_step(handle, request, {merged_.view(), outcome});
        merged_.clear();
        state_.buffers.take_back(merged_);
        return;
    }
    Session& session = state_.sessions[request.session];
    base::ByteBuffer& out = session.order.front() == handle ? session.output : request.reply;
    const std::size_t size_before = out.size();
    request.outcome = merge_parts(request, out);
    if (request.no_reply) {
        out.truncate(size_before);
    }
    session.answer_size.learn(out.size() - size_before);
    finish_answer(handle, request, session);
}

Outcome Answers::merge_parts(const Request& request, base::ByteBuffer& out) {
    part_replies_.clear();
    std::size_t expected_bytes = 0;
    protocol::OutcomeSet outcomes;
    for (const RequestHandle part_handle : request.parts) {
        const Request& part = state_.requests[part_handle];
        part_replies_.push_back(
            {.bytes = part.reply.view(), .failed = part.outcome == Outcome::failed});
        expected_bytes += part.reply.size();
        outcomes.add(part.outcome);
    }
    state_.buffers.lend(out, expected_bytes);
    const PoolRuntime& pool = *request.pool;
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
    if (!request.codec->merge(split, out)) {
        request.codec->append_error("the answers of the nodes do not fit together", out);
        return Outcome::failed;
    }
    return of_all(outcomes, split.failures_are_misses);
}

void Answers::give(RequestHandle handle, Request& request, std::string_view reply) {
    Session& session = state_.sessions[request.session];
    if (!request.no_reply) {
        if (session.order.front() == handle) {
            send(session, reply);
            request.reply.clear();
        } else {
            request.reply.clear();
            state_.buffers.lend(request.reply, reply.size());
            request.reply.append(reply);
        }
        session.answer_size.learn(request.begun_bytes + reply.size());
    }
    finish_answer(handle, request, session);
}

void Answers::give_what_was_kept(RequestHandle handle, Request& request) {
    Session& session = state_.sessions[request.session];
    session.answer_size.learn(request.reply.size());
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
    request.become(RequestPhase::answered);
    if (session.order.front() != handle) {
        return;
    }
    const SessionHandle session_handle = request.session;
    // What the head was given is in the output already; its `reply` is empty, or was kept for it.
    // Those behind it that came earlier follow now.
    while (!session.order.empty()) {
        const RequestHandle head_handle = session.order.front();
        Request& head = state_.requests[head_handle];
        if (!head.is_answered()) {
            break;
        }
        session.order.pop_front(head);
        if (!head.reply.empty()) {
            state_.buffers.lend(session.output, head.reply.size());
            session.output.append(head.reply.view());
        }
        if (head.pool != nullptr) {  // else it was answered locally, and counted then
            count(head, state_.now);
            note_if_slow(head, state_);
        }
        let_go(head_handle, head);
    }
    state_.mark_dirty(session_handle, session);
}

base::ByteBuffer& Answers::begin_local(SessionHandle handle, Session& session) {
    if (session.order.empty()) {
        local_ = {};
        state_.buffers.lend(session.output);
        return session.output;
    }
    local_ = state_.requests.create({.session = handle});
    Request& request = state_.requests[local_];
    request.become(RequestPhase::answered);
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
        const RequestHandle handle = session.order.front();
        Request& request = state_.requests[handle];
        session.order.pop_front(request);
        if (request.pool != nullptr) {
            request.pool->cells->endings.add(request.kind, metrics::RequestEnding::abandoned);
        }
        let_go(handle, request);
    }
}

// Out of its session's queue. A step that goes on behind the answer finds the request still there.
void Answers::let_go(RequestHandle handle, Request& request) noexcept {
    if (request.is_answered() && request.is_going_on) {
        request.become(RequestPhase::trailing);
        return;
    }
    state_.requests.end(handle, request);
}

}  // namespace ringside::proxy
