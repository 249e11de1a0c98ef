#include "proxy/failures.h"

#include "base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace ringside::proxy {

using health::Attempt;
using health::HealthKind;

namespace {

HealthKind kind_of(StreamEnd end) noexcept {
    switch (end) {
        case StreamEnd::refused:
            return HealthKind::refused;
        case StreamEnd::no_connection:
            return HealthKind::no_connection;
        case StreamEnd::own_shortage:
            return HealthKind::own_shortage;
        case StreamEnd::name_not_found:
            return HealthKind::name_not_found;
        case StreamEnd::connect_timeout:
            return HealthKind::connect_timeout;
        case StreamEnd::eof:
        case StreamEnd::reset:
            return HealthKind::lost;
    }
    return HealthKind::lost;
}

// How many failures in a row are followed by a dial at once: as long as they may eject the node.
std::uint32_t unpaced_failures(const routing::PoolPolicy& policy) noexcept {
    return policy.auto_eject ? std::clamp(policy.failure_limit, 1U, base::kUnpacedFailuresMax) : 0;
}

// Dialled for `preconnect`, and nobody has waited for it since.
bool is_unasked(const Link& link) noexcept {
    return link.in_background && link.queue.owes_no_client();
}

bool is_plain(char byte) noexcept {
    return byte >= ' ' && byte < '\x7f';
}

}  // namespace

// --- a link ends ---

std::string_view Failures::on_end(Link& link, StreamEnd end, std::string_view cause) {
    if (!link.is_serving()) {
        return cause;  // it says nothing about the node of today
    }
    const bool lasted = link.is_ready() && has_lasted(link);
    // An idle connection that the node closes is no failure: memcached does so by idle_timeout.
    // That takes it a second at least, and it does not reset. One that closes what has never got a
    // request, and at once, is no node: a load balancer without one behind it.
    const bool polite = end != StreamEnd::reset && link.proven;
    const bool idle = link.is_ready() && link.queue.empty() && (lasted || polite);
    if (link.told_off) {
        cause = link.node->last_words;
        report(link, HealthKind::turned_away, attempt_of(link), cause);
    } else if (!idle) {
        report(link, kind_of(end), attempt_of(link), cause);
    }
    if (link.proven && lasted) {
        link.node->redial.on_steady_link();
        link.node->reopening.on_steady_link();
    } else if (!idle || link.told_off) {
        pace(link, cause);
    }
    return cause;
}

std::string_view Failures::on_broken(Link& link, std::string_view problem, std::string_view bytes) {
    if (!link.is_serving()) {
        return problem;
    }
    // Its first bytes cannot belong to another client, so they may be shown.
    const std::string_view words =
        link.proven ? std::string_view{} : link.codec->error_words(bytes);
    std::string_view cause = problem;
    HealthKind kind = link.is_ready() ? HealthKind::protocol_error : HealthKind::auth_failed;
    if (!words.empty()) {
        remember_words(link, words);
        cause = link.node->last_words;
        if (kind == HealthKind::protocol_error) {
            kind = HealthKind::turned_away;
        } else {
            link.node->last_words = fmt::format("{}: {}", problem, link.node->last_words);
            cause = link.node->last_words;
        }
    }
    report(link, kind, attempt_of(link), cause);
    if (!link.proven || !has_lasted(link)) {
        pace(link, cause);
    }
    return cause;
}

// --- a link goes on ---

void Failures::on_expired(Link& link, base::TimePoint asked_at) {
    report(link, HealthKind::timed_out, {asked_at, state_.now},
           to_string(StreamEnd::connect_timeout));
}

void Failures::take_answer(Link& link) {
    link.proven = true;
    link.told_off = false;
    NodeRuntime& node = *link.node;
    const bool lasted = has_lasted(link);
    if (!node.failing && !(node.failed_lately && lasted)) {
        return;
    }
    node.failing = false;
    if (lasted) {
        node.failed_lately = false;
        node.failures.on_answer();
    }
    state_.transport.report({.pool = link.pool->pool->id,
                             .node = node.node.id,
                             .kind = HealthKind::recovered,
                             .link_epoch = node.link_epoch,
                             .counts = lasted});
}

// An error may be all that a node has to say before it closes. That is known when it has closed, or
// has answered again.
void Failures::on_error(Link& link, const Owed& owed, std::string_view reply) {
    const std::string_view words = link.codec->error_words(reply);
    if (link.codec->fitness(words) == protocol::NodeFitness::unfit) {
        // A script that says so has made it up, or the node says it to other requests as well.
        if (owed.speaks_for_node()) {
            report(link, HealthKind::not_ready, {owed.written, state_.now}, words);
        }
        return;
    }
    if (link.proven || link.told_off || words.empty()) {
        on_answer(link);
        return;
    }
    link.told_off = true;
    remember_words(link, words);
}

// --- what all of them come to ---

// Nothing of it may break a line of the log, or an answer in the protocol.
void Failures::remember_words(Link& link, std::string_view words) const {
    std::string& kept = link.node->last_words;
    kept = link.is_ready() ? "turned away by the node: " : "";
    for (const char byte : words.substr(0, base::kNodeWordsBytesMax)) {
        kept.push_back(is_plain(byte) ? byte : '?');
    }
    if (words.size() > base::kNodeWordsBytesMax) {
        kept += "...";
    }
}

Attempt Failures::attempt_of(const Link& link) const {
    if (!link.is_ready() || !link.proven) {
        return {link.dialled_at, state_.now};
    }
    base::TimePoint asked_at = base::kNever;
    base::TimePoint oldest = base::kNever;  // that has expired as well
    link.queue.for_each([&asked_at, &oldest](const Owed& owed) {
        asked_at = owed.expired ? asked_at : std::min(asked_at, owed.written);
        oldest = std::min(oldest, owed.written);
    });
    return {std::min(asked_at == base::kNever ? oldest : asked_at, state_.now), state_.now};
}

// What nobody has waited for does not eject the node, so it must not hold back the dials that do.
void Failures::pace(const Link& link, std::string_view cause) {
    const std::uint32_t unpaced = unpaced_failures(link.pool->policy());
    const bool is_apart = unpaced > 0 && is_unasked(link);
    RedialPacing& pacing = is_apart ? link.node->reopening : link.node->redial;
    pacing.on_failure({link.dialled_at, state_.now}, cause, is_apart ? 0 : unpaced,
                      state_.random.next());
}

void Failures::report(Link& link, HealthKind kind, const Attempt& attempt, std::string_view cause) {
    NodeRuntime& node = *link.node;
    node.failing = node.failed_lately = true;
    // A lack of ours is no fault of the node; and nobody has waited for a link that was only to be
    // there when somebody comes.
    const bool counts = kind != HealthKind::own_shortage && !is_unasked(link);
    if (counts && !node.failures.on_failure(attempt)) {
        return;
    }
    // Errors of a node that is not ready come one behind the other, as fast as clients ask.
    const bool matters =
        counts && node.failures.in_a_row() <= unpaced_failures(link.pool->policy());
    if (!matters && state_.now < node.reported_at + base::kFailureReportPause) {
        return;
    }
    node.reported_at = state_.now;
    state_.transport.report({.pool = link.pool->pool->id,
                             .node = node.node.id,
                             .kind = kind,
                             .link_epoch = node.link_epoch,
                             .counts = counts,
                             .attempt = attempt,
                             .cause = std::string(cause)});
}

}  // namespace ringside::proxy
