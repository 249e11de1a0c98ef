#include "proxy/intake.h"

#include "base/limits.h"
#include "proxy/request_endings.h"

#include <algorithm>
#include <optional>

namespace ringside::proxy {

using metrics::PoolMetric;
using protocol::Reject;
using protocol::RequestStatus;

namespace {

// Nothing where nothing was refused.
constexpr std::optional<PoolMetric> counter_of(Reject reject) noexcept {
    switch (reject) {
        case Reject::none:
            return std::nullopt;
        case Reject::unknown_command:
            return PoolMetric::rejected_unknown_command;
        case Reject::refused_command:
            return PoolMetric::rejected_refused_command;
        case Reject::bad_arguments:
            return PoolMetric::rejected_bad_arguments;
        case Reject::bad_key:
            return PoolMetric::rejected_bad_key;
        case Reject::too_large:
            return PoolMetric::rejected_too_large;
        case Reject::too_long:
            return PoolMetric::rejected_too_long;
        case Reject::bad_data:
            return PoolMetric::rejected_bad_data;
        case Reject::foreign:
            return PoolMetric::rejected_foreign;
    }
    return std::nullopt;
}

bool is_known_to_twemproxy(const protocol::RequestFrame& frame) noexcept {
    const std::int32_t words_max = frame.command->twemproxy_words_max;
    return frame.command->in_twemproxy &&
           (words_max < 0 || frame.words.size() <= static_cast<std::size_t>(words_max));
}

}  // namespace

bool Intake::has_room(const Session& session) noexcept {
    const std::size_t learned = session.answer_size.bytes();
    const std::size_t each = learned == 0 ? base::kFirstAnswerBytesGuess : learned;
    if (session.is_quiet && !session.order.empty()) {
        return false;
    }
    return session.order.size() < base::kSessionRequestsMax &&
           session.output.size() + session.order.size() * each < base::kSessionOutputBytesMax;
}

std::size_t Intake::consume(SessionHandle handle, Session& session, std::string_view bytes) {
    const protocol::ClientCodec& codec = *session.codec;
    const routing::PoolPolicy& policy = session.pool->policy();
    const protocol::RequestLimits limits{.value_bytes_max = policy.strict_twemproxy
                                                                ? base::kValueBytesMaxCeiling
                                                                : policy.value_bytes_max,
                                         .request_bytes_max = policy.request_bytes_max,
                                         .strict_twemproxy = policy.strict_twemproxy};
    std::size_t used = 0;
    while (used < bytes.size() && session.takes_requests()) {
        if (session.swallow_bytes > 0) {
            const std::size_t dropped = std::min(session.swallow_bytes, bytes.size() - used);
            session.swallow_bytes -= dropped;
            used += dropped;
            continue;
        }
        if (!has_room(session)) {
            session.held = true;
            return used;
        }
        session.is_quiet = false;
        const std::string_view rest = bytes.substr(used);
        if (rest.size() < session.resume.need_bytes) {
            return used;
        }
        frame_.reset();
        codec.frame_request(rest, limits, session.resume, frame_);
        if (frame_.status == RequestStatus::need_more) {
            return used;
        }
        session.resume = {};
        if (session.client.replies != protocol::Replies::all) {
            mute(session);
        }
        if (frame_.status == RequestStatus::complete) {
            session.pool->cells->add(PoolMetric::requests);
            session.request_size.learn(frame_.size);
            serve(handle, session, frame_.text(rest));
            used += frame_.size;
            continue;
        }
        const std::size_t present = std::min(frame_.size, rest.size());
        if (frame_.status == RequestStatus::rejected) {
            session.pool->cells->add(PoolMetric::requests);
            reject(handle, session, rest.substr(0, present));
        }
        session.resume.rest = frame_.rest;
        session.swallow_bytes = frame_.size - present;
        used += present;
    }
    // What follows a quit is nobody's request.
    return session.takes_requests() ? used : bytes.size();
}

// A client that has gone does not miss what it would have read. One that was told the end is about
// to learn that what it has sent since was not done, and may send it elsewhere: only what it
// expects no answer to is done here.
bool Intake::is_in_vain(const Session& session) const noexcept {
    if (session.phase() != SessionPhase::parted) {
        return frame_.command->access == protocol::Access::read;
    }
    const bool is_left_out = frame_.status == RequestStatus::rejected || !frame_.no_reply;
    session.pool->cells->add(PoolMetric::drain_raced, is_left_out ? 1 : 0);
    return is_left_out;
}

// A request that takes no place in the session's queue.
void Intake::count(const Session& session, metrics::RequestEnding ending) const noexcept {
    const metrics::RequestKind kind = frame_.command == nullptr
                                          ? metrics::RequestKind::other
                                          : kind_of(frame_.command->command_class);
    session.pool->cells->endings.add(kind, ending);
}

// What the session has said about answers holds for this request.
void Intake::mute(Session& session) {
    if (frame_.status != RequestStatus::skipped) {
        session.client.replies = next(session.client.replies);
        frame_.no_reply = session.client.is_muted();
    }
}

void Intake::serve(SessionHandle handle, Session& session, std::string_view bytes) {
    if (session.selective && is_in_vain(session)) {
        count(session, metrics::RequestEnding::abandoned);
        return;
    }
    const routing::PoolPolicy& policy = session.pool->policy();
    if (policy.strict_twemproxy && !is_known_to_twemproxy(frame_)) {
        session.pool->cells->add(PoolMetric::rejected_unknown_command);
        count(session, metrics::RequestEnding::rejected);
        // Without an answer, as twemproxy does; those before it get theirs.
        session.become(SessionPhase::closing);
        return;
    }
    const bool locked = !policy.redis_auth.empty() && !session.client.authenticated;
    if (locked && frame_.command->needs_authentication) {
        session.pool->cells->add(PoolMetric::rejected_no_auth);
        count(session, metrics::RequestEnding::rejected);
        if (!frame_.no_reply) {
            session.codec->append_unauthenticated(policy.strict_twemproxy,
                                                  answers_.begin_local(handle, session));
            answers_.end_local(handle, session);
        }
        return;
    }
    if (!session.client.refusals.empty() &&
        !session.codec->serves(*frame_.command, session.client)) {
        session.pool->cells->add(PoolMetric::rejected_refused_command);
        count(session, metrics::RequestEnding::rejected);
        answer_locally(handle, session, bytes, plans::kLocal);
        return;
    }
    if (frame_.command->permission == protocol::Permission::flush_all && !policy.flush_all) {
        session.pool->cells->add(PoolMetric::rejected_refused_command);
        count(session, metrics::RequestEnding::rejected);
        answer_locally(handle, session, bytes, plans::kLocal);
        return;
    }
    const Plan& plan = plan_of_(frame_);
    if (plan.steps.front().where != Where::proxy) {
        begin(handle, session, bytes, plan);
        return;
    }
    const bool is_refused = frame_.command->route == protocol::Route::refused;
    session.pool->cells->add(PoolMetric::rejected_refused_command, is_refused ? 1 : 0);
    count(session, is_refused ? metrics::RequestEnding::rejected : metrics::RequestEnding::ok);
    answer_locally(handle, session, bytes, plan);
}

void Intake::answer_locally(SessionHandle handle, Session& session, std::string_view bytes,
                            const Plan& plan) {
    const routing::PoolPolicy& policy = session.pool->policy();
    protocol::ProxyFacts facts;
    if (frame_.command->needs_facts) {
        facts = state_.facts_of(*session.pool);
    }
    protocol::LocalContext context{.password = policy.redis_auth,
                                   .database = policy.redis_db,
                                   .strict_twemproxy = policy.strict_twemproxy,
                                   .facts = facts,
                                   .client = session.client};
    const protocol::LinkKind before = link_kind_of(session.client.dialect);
    base::ByteBuffer& out = answers_.begin_local(handle, session);
    const std::size_t size_before = out.size();
    const auto after = session.codec->answer(frame_, bytes, context, out);
    if (session.client.is_muted()) {
        out.truncate(size_before);
    }
    answers_.end_local(handle, session);
    if (after != protocol::AfterAnswer::keep) {
        const bool is_quit = after == protocol::AfterAnswer::close;
        session.become(SessionPhase::closing);
        session.pool->cells->add(is_quit ? PoolMetric::client_eof  // as twemproxy counts a quit
                                         : PoolMetric::client_locked_out);
    }
    const bool links_change = link_kind_of(session.client.dialect) != before;
    if (links_change && plan.steps.back().where == Where::quiet) {
        session.is_quiet = true;
    }
}

void Intake::reject(SessionHandle handle, Session& session, std::string_view bytes) {
    if (const auto counter = counter_of(frame_.reject)) {
        session.pool->cells->add(*counter);
    }
    if (session.phase() == SessionPhase::parted && is_in_vain(session)) {
        count(session, metrics::RequestEnding::abandoned);
        return;
    }
    const bool in_silence = session.pool->policy().strict_twemproxy && !frame_.answered_if_strict;
    if (in_silence) {
        frame_.answer.clear();
    }
    if (frame_.command != nullptr) {
        begin(handle, session, bytes, plan_of_(frame_));
    } else {
        count(session, metrics::RequestEnding::rejected);
        if (!in_silence && !session.client.is_muted()) {
            answers_.begin_local(handle, session).append(frame_.answer);
            answers_.end_local(handle, session);
        }
    }
    if (in_silence || frame_.close) {
        session.become(SessionPhase::closing);
    }
    if (frame_.close && !in_silence) {
        session.pool->cells->add(PoolMetric::client_err);
    }
}

// The first step of a plan, at a node.
void Intake::begin(SessionHandle handle, Session& session, std::string_view bytes,
                   const Plan& plan) {
    const base::milliseconds timeout = session.pool->policy().timeout;
    const bool is_refused = frame_.status == RequestStatus::rejected;
    const RequestHandle request_handle = state_.requests.create(
        {.session = handle,
         .pool = session.pool,
         .codec = session.codec,
         .command = frame_.command,
         .plan = &plan,
         .no_reply = frame_.no_reply && !is_refused,
         .has_kept_answer = is_refused,
         .dialect = session.client.dialect,
         .outcome = is_refused ? protocol::Outcome::failed : protocol::Outcome::ok,
         .kind = kind_of(frame_.command->command_class),
         .failure =
             is_refused ? metrics::RequestEnding::rejected : metrics::RequestEnding::proxy_error,
         .deadline = timeout.count() > 0 ? state_.now + timeout : base::kNever,
         .asked = state_.now});
    Request& request = state_.requests[request_handle];
    request.first_key =
        frame_.keys.empty() || is_refused ? KeyStart() : KeyStart(frame_.keys.front().of(bytes));
    if (is_refused) {
        request.reply.append(frame_.answer);
    } else if (session.pool->hot_keys) {
        const std::size_t plain_keys = frame_.keys.size() - frame_.key_patterns;
        session.pool->hot_keys->count(std::span(frame_.keys).first(plain_keys), bytes, state_.now);
    }
    if (plan.steps.size() > 1) {
        state_.buffers.lend(request.keep, bytes.size());
        request.keep.append(bytes);
        request.asked_bytes = bytes.size();
        request.key = frame_.keys.empty() ? protocol::Slice{} : frame_.keys.front();
    }
    session.order.push_back(state_.requests, request_handle);
    dispatcher_.send(
        {.handle = request_handle, .request = request, .frame = frame_, .bytes = bytes});
}

}  // namespace ringside::proxy
