#include "proxy/links.h"

#include "base/limits.h"

#include <algorithm>
#include <utility>

namespace ringside::proxy {

using health::HealthKind;
using metrics::NodeMetric;

namespace {

constexpr std::size_t kFirstDirty = 16;

// A removed node, or one of a removed pool, with a request that has no timeout of its own.
constexpr base::seconds kRetireMax{30};

// It closes as soon as it owes nothing: no new request will find it, or none is to come.
bool is_leaving(const Link& link) noexcept {
    return link.is_retired() || link.pool->removed;
}

HealthKind kind_of(StreamEnd end) noexcept {
    switch (end) {
        case StreamEnd::refused:
            return HealthKind::refused;
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

NodeMetric counter_of(StreamEnd end) noexcept {
    switch (end) {
        case StreamEnd::eof:
            return NodeMetric::server_eof;
        case StreamEnd::connect_timeout:
            return NodeMetric::server_timedout;
        case StreamEnd::refused:
        case StreamEnd::name_not_found:
        case StreamEnd::reset:
            return NodeMetric::server_err;
    }
    return NodeMetric::server_err;
}

// How long the node may owe the answer to a request that has timed out.
base::milliseconds late_reply_grace(const Link& link) noexcept {
    return std::max(2 * link.pool->policy().timeout, base::kLateReplyGraceMin);
}

}  // namespace

Links::Links(WorkerState& state, Answers& answers)
    : state_(state), answers_(answers), timers_(state.now) {
    dirty_.reserve(kFirstDirty);
}

// --- lives ---

LinkHandle Links::find_or_dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot) {
    if (const LinkHandle link = node.links[slot]) {
        return link;
    }
    return may_dial(pool, node) ? dial(pool, node, slot) : LinkHandle{};
}

// twemproxy dials at each request: there, a node that has just come back answers at once.
bool Links::may_dial(const PoolRuntime& pool, const NodeRuntime& node) const noexcept {
    return node.redial.may_dial(state_.now) || pool.policy().strict_twemproxy;
}

LinkHandle Links::dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot) {
    const LinkHandle handle = slab_.emplace();
    Link& link = slab_[handle];
    link = Link{};
    link.pool = &pool;
    link.node = &node;
    link.slot = slot;
    link.kind = node.links.kind_of(slot);
    link.codec = &pool.protocol->node(link.kind);
    link.timer = timers_.add(handle.to_cookie());
    link.give_up_at = state_.now + base::kConnectTimeout;
    set_timer(link, link.give_up_at);
    ask_prelude(link);
    node.links[slot] = handle;
    ++node.open_links;
    link.connection = state_.transport.connect(node.node.address,
                                               {Peer::Side::link, handle.index, handle.generation});
    return handle;
}

// What the link has to say before any client's request: its own requests, in front of all others.
void Links::ask_prelude(Link& link) {
    const routing::PoolPolicy& policy = link.pool->policy();
    const protocol::LinkSetup setup{.password = policy.redis_auth, .database = policy.redis_db};
    base::ByteBuffer& out = link.queue.output();
    state_.buffers.lend(out);
    const std::size_t answers = link.codec->append_prelude(setup, out);
    if (answers == 0) {
        return;
    }
    // They are written together, so the first place may stand for all of the bytes.
    std::size_t bytes = out.size();
    for (std::size_t i = 0; i < answers; ++i) {
        Asked own;
        own.wire_bytes = std::exchange(bytes, 0);
        link.queue.push(own);
    }
    link.queue.hold_back();
}

void Links::on_connected(LinkHandle handle) {
    Link* link = slab_.find(handle);
    if (link == nullptr || link->is_connected()) {
        return;
    }
    link->node->cells->add(NodeMetric::server_connections);
    if (link->queue.owes_own()) {
        link->become(LinkPhase::prelude);
        mark_dirty(handle, *link);
    } else {
        become_ready(handle, *link);
    }
}

void Links::become_ready(LinkHandle handle, Link& link) {
    link.become(LinkPhase::ready);
    link.queue.release();
    if (!link.is_retired()) {  // which has a bound of its own
        link.give_up_at = link.pool->removed ? state_.now + kRetireMax : base::kNever;
    }
    arm_timer(link);
    mark_dirty(handle, link);
}

void Links::open_all(PoolRuntime& pool, NodeRuntime& node) {
    for (std::uint32_t slot = 0; slot < node.links.per_kind(); ++slot) {
        if (!node.links[slot] && may_dial(pool, node)) {
            dial(pool, node, slot);
        }
    }
}

void Links::retire_all(NodeRuntime& node) {
    for (LinkHandle& slot : node.links.all()) {
        if (!slot) {
            continue;
        }
        const LinkHandle handle = std::exchange(slot, LinkHandle{});
        Link& link = slab_[handle];
        link.retire();
        link.give_up_at = state_.now + kRetireMax;
        arm_timer(link);
        close_if_leaving_and_done(handle, link);
    }
}

void Links::retire_all(PoolRuntime& pool) {
    for (auto& [id, node] : pool.nodes) {
        retire_all(*node);
    }
}

void Links::leave_all(PoolRuntime& pool, base::TimePoint give_up_at) {
    for (auto& [id, node] : pool.nodes) {
        for (const LinkHandle handle : node->links.all()) {
            if (Link* link = slab_.find(handle)) {
                link->give_up_at = std::min(link->give_up_at, give_up_at);
                arm_timer(*link);
                close_if_leaving_and_done(handle, *link);
            }
        }
    }
}

void Links::on_end(LinkHandle handle, StreamEnd end) {
    Link* link = slab_.find(handle);
    if (link == nullptr) {
        return;
    }
    NodeRuntime& node = *link->node;
    node.cells->add(counter_of(end));
    const std::string_view cause = to_string(end);
    // An idle connection that the node closes is no failure: memcached does so by idle_timeout.
    const bool idle = link->is_ready() && link->queue.empty();
    if (!link->proven && !idle) {
        back_off(node, cause);
    }
    close(handle, *link, {cause, kind_of(end), !idle});
}

void Links::back_off(NodeRuntime& node, std::string_view cause) {
    node.redial.on_failure(state_.now, cause, state_.random.next());
}

void Links::report(Link& link, HealthKind kind) {
    NodeRuntime& node = *link.node;
    node.failing = true;
    state_.transport.report({link.pool->pool->id, node.node.id, kind, node.link_epoch});
}

void Links::close_if_leaving_and_done(LinkHandle handle, Link& link) {
    if (is_leaving(link) && link.queue.owes_no_client()) {
        close(handle, link, {"the node was removed", HealthKind::lost, false});
    }
}

void Links::close(LinkHandle handle, Link& link, const Failure& failure) {
    NodeRuntime& node = *link.node;
    if (failure.report && !link.is_retired()) {
        report(link, failure.kind);
    }
    state_.transport.close(link.connection);
    if (link.is_connected()) {
        node.cells->add(NodeMetric::server_connections, -1);
    }
    timers_.remove(link.timer);
    if (!link.is_retired()) {
        node.links[link.slot] = LinkHandle{};
    }
    --node.open_links;
    link.queue.fail_all(state_.buffers, [this, &node, &failure](const Owed& owed) {
        answers_.fail(owed.request, failure.cause, node.label);
    });
    update_gauges(link);
    link.inbox.discard(state_.buffers);
    slab_.erase(handle);
}

void Links::refuse_bytes(LinkHandle handle, Link& link, std::string_view problem) {
    if (link.is_ready()) {
        link.node->cells->add(NodeMetric::protocol_errors);
        close(handle, link, {problem, HealthKind::protocol_error, true});
        return;
    }
    link.node->cells->add(NodeMetric::auth_failed);
    back_off(*link.node, problem);
    close(handle, link, {problem, HealthKind::auth_failed, true});
}

// --- time ---

void Links::expire_deadlines() {
    timers_.advance(state_.now, [this](std::uint64_t cookie) {
        const LinkHandle handle = LinkHandle::from_cookie(cookie);
        if (Link* link = slab_.find(handle)) {
            link->timer_at = base::kNever;
            on_timer(handle, *link);
        }
    });
}

void Links::on_timer(LinkHandle handle, Link& link) {
    const base::milliseconds grace = late_reply_grace(link);
    const bool overdue = link.queue.next_deadline(grace) <= state_.now;
    if (!link.is_ready()) {
        if (overdue || link.give_up_at <= state_.now) {
            on_end(handle, StreamEnd::connect_timeout);
            return;
        }
    } else if (overdue) {
        expire_requests(link);
        // The node may still answer what has expired. One that stays silent loses the connection.
        if (link.queue.is_silent(state_.now, grace)) {
            close(handle, link,
                  {to_string(StreamEnd::connect_timeout), HealthKind::timed_out,
                   false});  // reported when the requests expired
            return;
        }
    }
    if (link.give_up_at <= state_.now) {
        if (is_leaving(link)) {
            close(handle, link, {"the node was removed", HealthKind::lost, false});
            return;
        }
        link.give_up_at = base::kNever;  // its pool has come back
    }
    arm_timer(link);
}

void Links::expire_requests(Link& link) {
    std::int64_t expired = 0;
    link.queue.expire(state_.now, [this, &link, &expired](const Owed& owed) {
        ++expired;
        answers_.fail(owed.request, "Connection timed out", link.node->label);
    });
    if (expired > 0) {
        link.node->cells->add(NodeMetric::server_timedout, expired);
        report(link, HealthKind::timed_out);
    }
}

// The timer is not moved when an answer comes: it then fires early, finds nothing overdue and is
// set anew.
void Links::arm_timer(Link& link) {
    set_timer(link, std::min(link.give_up_at, link.queue.next_deadline(late_reply_grace(link))));
}

void Links::set_timer(Link& link, base::TimePoint deadline) {
    link.timer_at = deadline;
    if (deadline == base::kNever) {
        timers_.cancel(link.timer);
    } else {
        timers_.arm(link.timer, deadline);
    }
}

// --- bookkeeping ---

void Links::mark_dirty(LinkHandle handle, Link& link) {
    if (!link.dirty) {
        link.dirty = true;
        dirty_.push_back(handle);
    }
}

void Links::update_gauges(Link& link) {
    const LinkGauges now = link.queue.gauges();
    metrics::NodeCells& cells = *link.node->cells;
    cells.add(NodeMetric::in_queue, now.in_queue - link.gauges.in_queue);
    cells.add(NodeMetric::in_queue_bytes, now.in_queue_bytes - link.gauges.in_queue_bytes);
    cells.add(NodeMetric::out_queue, now.out_queue - link.gauges.out_queue);
    cells.add(NodeMetric::out_queue_bytes, now.out_queue_bytes - link.gauges.out_queue_bytes);
    link.gauges = now;
}

bool Links::owe_unwritten() {
    bool found = false;
    slab_.for_each([&found](LinkHandle, const Link& link) {
        found = found || link.queue.gauges().in_queue > 0;
    });
    return found;
}

std::size_t Links::abandoned_count() {
    std::size_t count = 0;
    slab_.for_each([this, &count](LinkHandle, const Link& link) {
        link.queue.for_each([this, &count](const Owed& owed) {
            count += owed.is_own() || state_.requests.find(owed.request) != nullptr ? 0 : 1;
        });
    });
    return count;
}

}  // namespace ringside::proxy
