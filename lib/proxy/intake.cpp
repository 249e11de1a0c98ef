#include "proxy/intake.h"

#include "base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ringside::proxy {

using metrics::PoolMetric;
using protocol::Reject;
using protocol::RequestStatus;
using protocol::Route;

namespace {

// Of a key in an error.
constexpr std::size_t kKeyBytesShown = 64;

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
    if (session.barrier && !session.order.empty()) {
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
    while (used < bytes.size() && !session.closing) {
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
        session.barrier = false;
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
    return session.closing ? bytes.size() : used;
}

void Intake::serve(SessionHandle handle, Session& session, std::string_view bytes) {
    const routing::PoolPolicy& policy = session.pool->policy();
    if (policy.strict_twemproxy && !is_known_to_twemproxy(frame_)) {
        session.pool->cells->add(PoolMetric::rejected_unknown_command);
        session.closing = true;  // without an answer, as twemproxy does; those before it get theirs
        return;
    }
    const bool locked = !policy.redis_auth.empty() && !session.client.authenticated;
    if (locked && frame_.command->needs_authentication) {
        session.pool->cells->add(PoolMetric::rejected_no_auth);
        session.codec->append_unauthenticated(policy.strict_twemproxy,
                                              answers_.begin_local(handle, session));
        answers_.end_local(handle, session);
        return;
    }
    if (frame_.command->permission == protocol::Permission::flush_all && !policy.flush_all) {
        session.pool->cells->add(PoolMetric::rejected_refused_command);
        answer_locally(handle, session, bytes);
        return;
    }
    switch (frame_.command->route) {
        case Route::by_key:
        case Route::by_each_key:
        case Route::same_node:
        case Route::every_node:
        case Route::any_node:
            forward(handle, session, bytes);
            return;
        case Route::refused:
            session.pool->cells->add(PoolMetric::rejected_refused_command);
            answer_locally(handle, session, bytes);
            return;
        case Route::local:
            answer_locally(handle, session, bytes);
            return;
    }
}

void Intake::answer_locally(SessionHandle handle, Session& session, std::string_view bytes) {
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
    const protocol::Dialect before = session.client.dialect;
    base::ByteBuffer& out = answers_.begin_local(handle, session);
    const auto after = session.codec->answer(frame_, bytes, context, out);
    answers_.end_local(handle, session);
    session.closing = after == protocol::AfterAnswer::close;
    if (session.closing) {
        session.pool->cells->add(PoolMetric::client_eof);  // as twemproxy counts a quit
    }
    // Requests behind the change take other links: they must not overtake those before it.
    session.barrier = session.barrier || session.client.dialect != before;
}

void Intake::reject(SessionHandle handle, Session& session, std::string_view bytes) {
    if (const auto counter = counter_of(frame_.reject)) {
        session.pool->cells->add(*counter);
    }
    if (frame_.command != nullptr) {
        forward(handle, session, bytes);
    }
    if (session.pool->policy().strict_twemproxy && !frame_.answered_if_strict) {
        session.closing = true;
        return;
    }
    answers_.begin_local(handle, session).append(frame_.answer);
    answers_.end_local(handle, session);
    session.closing = frame_.close;
    if (frame_.close) {
        session.pool->cells->add(PoolMetric::client_err);
    }
}

void Intake::forward(SessionHandle handle, Session& session, std::string_view bytes) {
    PoolRuntime& pool = *session.pool;
    route(*pool.pool, frame_, bytes, state_.random.next(), plan_);
    if (state_.log.enabled(base::LogLevel::debug)) {
        log_route(pool, bytes);
    }

    const RequestHandle request_handle = state_.requests.create();
    Request& request = state_.requests[request_handle];
    request.session = handle;
    request.command = frame_.command;
    request.no_reply = frame_.no_reply;
    request.dialect = session.client.dialect;
    session.order.push_back(state_.requests, request_handle);

    switch (plan_.kind) {
        case RouteKind::one:
            upstream_.submit(
                request_handle, pool, *pool.by_index[plan_.node], handle.index,
                {.frame = frame_, .bytes = bytes, .kind = link_kind_of(request.dialect)});
            return;
        case RouteKind::split:
            forward_parts(request_handle, session, bytes, handle.index);
            return;
        case RouteKind::crossing:
            refuse_crossing(request_handle, session, bytes);
            return;
        case RouteKind::pattern:
            refuse_pattern(request_handle, session, bytes);
            return;
        case RouteKind::none:
            pool.cells->add(PoolMetric::no_node);
            answers_.fail(request_handle, "no node is in the ring of this pool", {});
            return;
    }
}

// Where each key goes: for an operator who asks which node has it.
void Intake::log_route(const PoolRuntime& pool, std::string_view bytes) const {
    for (std::size_t i = 0; i < frame_.keys.size(); ++i) {
        const bool split = plan_.kind == RouteKind::split;
        const std::uint32_t node = split ? plan_.parts[plan_.owners[i]].node : plan_.node;
        if (plan_.kind == RouteKind::one || split) {
            state_.log.debug("pool {}: {} key '{}' maps to node {}", pool.pool->name,
                             frame_.command->name, frame_.keys[i].of(bytes),
                             pool.by_index[node]->label);
        }
    }
}

// SORT with BY or GET: Redis makes keys of the pattern while it sorts.
void Intake::refuse_pattern(RequestHandle handle, Session& session, std::string_view bytes) {
    PoolRuntime& pool = *session.pool;
    const routing::HashTag tag = pool.policy().hash_tag;
    const std::string remedy =
        tag == routing::HashTag{}
            ? "give the pool a hash_tag, and these keys a common tag in front of the asterisk"
            : fmt::format("begin it with the tag of its keys, '{}tag{}'", tag[0], tag[1]);
    pool.cells->add(PoolMetric::rejected_crossing);
    base::ByteBuffer error;
    session.codec->append_crossing_error(
        fmt::format("the pattern '{}' of {} may name keys of several nodes; {}",
                    frame_.keys[plan_.crossing_key].of(bytes).substr(0, kKeyBytesShown),
                    frame_.command->name, remedy),
        error);
    answers_.refuse(handle, error.view());
}

void Intake::refuse_crossing(RequestHandle handle, Session& session, std::string_view bytes) {
    PoolRuntime& pool = *session.pool;
    const auto key = [&](std::size_t index) {
        return frame_.keys[index].of(bytes).substr(0, kKeyBytesShown);
    };
    pool.cells->add(PoolMetric::rejected_crossing);
    base::ByteBuffer error;
    session.codec->append_crossing_error(
        fmt::format("the keys of {} must live on one node: '{}' is on {}, '{}' on {}; give them a "
                    "common hash_tag",
                    frame_.command->name, key(0), pool.by_index[plan_.node]->label,
                    key(plan_.crossing_key), pool.by_index[plan_.crossing_node]->label),
        error);
    answers_.refuse(handle, error.view());
}

void Intake::forward_parts(RequestHandle handle, Session& session, std::string_view bytes,
                           std::uint32_t session_index) {
    PoolRuntime& pool = *session.pool;
    Request& request = state_.requests[handle];
    request.owners.assign(plan_.owners.begin(), plan_.owners.end());
    state_.buffers.lend(request.expectation);
    pool.protocol->node().append_expectation(frame_, bytes, {}, request.expectation);
    request.parts_left = static_cast<std::uint32_t>(plan_.parts.size());
    for (std::size_t i = 0; i < plan_.parts.size(); ++i) {
        const RequestHandle part = state_.requests.create();
        state_.requests[part].parent = handle;
        state_.requests[part].command = &protocol::part_of(*frame_.command);
        request.parts.push_back(part);
    }
    pool.cells->add(PoolMetric::fragments, static_cast<std::int64_t>(plan_.parts.size()));
    // A part may fail at once and the last one then ends the request: it is not touched after that.
    const auto session_parts = plan_.parts.size();
    for (std::size_t i = 0; i < session_parts; ++i) {
        const RoutePlan::Part& part = plan_.parts[i];
        upstream_.submit(request.parts[i], pool, *pool.by_index[part.node], session_index,
                         {.frame = frame_,
                          .bytes = bytes,
                          .kind = link_kind_of(session.client.dialect),
                          .key_indices = plan_.keys_of(part)});
    }
}

}  // namespace ringside::proxy
