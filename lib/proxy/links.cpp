#include "proxy/links.h"

#include "base/limits.h"

#include <algorithm>
#include <utility>

namespace ringside::proxy {

using metrics::NodeMetric;

namespace {
constexpr std::size_t kFirstDirty = 16;

// A link that was silent, with a request that has no timeout of its own.
constexpr base::seconds kReplacedMax{30};

// It closes as soon as it owes nothing: no new request will find it, or none is to come.
bool is_leaving(const Link& link) noexcept {
    return !link.is_serving() || link.pool->removed;
}

// Why, for requests that are cut off by its bound.
std::string_view reason_to_leave(const Link& link) noexcept {
    return link.is_replaced() ? to_string(StreamEnd::connect_timeout) : "drain_timeout is over";
}

NodeMetric counter_of(StreamEnd end) noexcept {
    switch (end) {
        case StreamEnd::eof:
            return NodeMetric::server_eof;
        case StreamEnd::connect_timeout:
            return NodeMetric::server_timedout;
        case StreamEnd::refused:
        case StreamEnd::no_connection:
        case StreamEnd::own_shortage:
        case StreamEnd::name_not_found:
        case StreamEnd::reset:
            return NodeMetric::server_err;
    }
    return NodeMetric::server_err;
}

// For the clients.
std::string_view cause_of(const Link& link, StreamEnd end) noexcept {
    const std::string_view problem = link.node->addresses.problem();
    return end == StreamEnd::name_not_found && !problem.empty() ? problem : to_string(end);
}

// How long the node may owe the answer to a request that has timed out.
base::milliseconds late_reply_grace(const Link& link) noexcept {
    return std::max(2 * link.pool->policy().timeout, base::kLateReplyGraceMin);
}

}  // namespace

Links::Links(WorkerState& state, Answers& answers)
    : state_(state), answers_(answers), failures_(state), timers_(state.now) {
    dirty_.reserve(kFirstDirty);
}

// --- lives ---

LinkHandle Links::find_or_dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot,
                               SessionHandle session) {
    const LinkHandle link = node.links[slot];
    if (link && !slab_[link].choose) {
        return link;  // nearly always
    }
    return choose(pool, node, slot, session);
}

// A suspect link gets one replacement, and a session changes over when nothing that it waits for is
// on the old one: so its requests stay in order. Those that have expired do not count. What they
// have asked may still be done when the network comes back, as behind any error.
LinkHandle Links::choose(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot,
                         SessionHandle session) {
    const LinkHandle former = node.links.former(slot);
    if (former && waits_on(slab_[former], session)) {
        let_settle(session);
        return former;
    }
    if (const LinkHandle handle = node.links[slot]) {
        Link& link = slab_[handle];
        link.choose = link.suspect || former;
        if (!link.suspect || former || !failures_.may_dial(pool, node)) {
            return handle;
        }
        if (waits_on(link, session)) {
            let_settle(session);
            return handle;
        }
        take_out_of_slot(handle, link);
    }
    return failures_.may_dial(pool, node) ? dial(pool, node, slot) : LinkHandle{};
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
    link.choose = static_cast<bool>(node.links.former(slot));
    link.dialled_at = state_.now;
    ask_prelude(link);
    node.links[slot] = handle;
    ++node.open_links;
    connect(handle, link);
    return handle;
}

void Links::on_connected(LinkHandle handle) {
    Link* link = slab_.find(handle);
    if (link == nullptr || link->is_connected()) {
        return;
    }
    link->node->cells->add(NodeMetric::server_connections);
    limit_unacknowledged(*link);
    link->node->addresses.on_success(link->address);
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
    link.heard_at = state_.now;
    if (link.in_background && link.node->failing && link.queue.empty()) {
        ask_whether_back(link);
    }
    if (!link.is_retired()) {  // which has a bound of its own
        const base::TimePoint end = state_.now + link.pool->policy().drain_timeout;
        link.give_up_at = link.pool->removed ? end : base::kNever;
    }
    arm_timer(link);
    mark_dirty(handle, link);
}

void Links::open_all(PoolRuntime& pool, NodeRuntime& node) {
    for (std::uint32_t slot = 0; slot < node.links.per_kind(); ++slot) {
        if (node.links[slot]) {
            continue;
        }
        // One link tries a node that has failed; the others follow when it has answered.
        const bool is_tried = node.failing && node.links.in_use() > 0;
        if (is_tried || !failures_.may_reopen(pool, node)) {
            if (node.fails_with.empty()) {  // else a snapshot says when it is to be asked again
                const base::TimePoint soonest = state_.now + base::kReconnectBackoffMin;
                reopening_.schedule(pool, node, std::max(soonest, Failures::may_reopen_at(node)));
            }
            return;
        }
        slab_[dial(pool, node, slot)].in_background = true;
    }
}

// Not at once, so that a node that is away is knocked at no more often than others.
void Links::reopen_later(const Link& link) {
    PoolRuntime& pool = *link.pool;
    NodeRuntime& node = *link.node;
    const bool is_wanted = pool.policy().preconnect && !pool.removed && node.present &&
                           node.state == routing::NodeState::in_ring &&
                           link.kind == protocol::LinkKind::standard;
    if (is_wanted && link.is_serving()) {
        const base::TimePoint soonest = state_.now + base::kReconnectBackoffMin;
        reopening_.schedule(pool, node, std::max(soonest, Failures::may_reopen_at(node)));
    }
}

void Links::retire_all(NodeRuntime& node) {
    reopening_.forget(node);
    for (std::vector<LinkHandle>* handles : {&node.links.all(), &node.links.formers()}) {
        for (LinkHandle& slot : *handles) {
            if (!slot) {
                continue;
            }
            const LinkHandle handle = std::exchange(slot, LinkHandle{});
            retire(handle, slab_[handle]);
        }
    }
}

// Who waits for something on it takes another link when that is over, so that its requests stay in
// order. Requires: it is in no slot any more.
void Links::retire(LinkHandle handle, Link& link) {
    link.retire();
    if (!link.node->has_left) {
        let_waiting_settle(link);
    }
    link.give_up_at = link.has_stream ? state_.now + link.pool->policy().drain_timeout : state_.now;
    arm_timer(link);
    close_if_leaving_and_done(handle, link);
}

void Links::on_return(NodeRuntime& node) {
    slab_.for_each([this, &node](LinkHandle, const Link& link) {
        if (link.node == &node) {
            let_waiting_settle(link);
        }
    });
}

void Links::leave_all(PoolRuntime& pool, base::TimePoint give_up_at) {
    for (auto& [id, node] : pool.nodes) {
        reopening_.forget(*node);
        for (const std::vector<LinkHandle>* handles :
             {&node->links.all(), &node->links.formers()}) {
            for (const LinkHandle handle : *handles) {
                if (Link* link = slab_.find(handle)) {
                    link->give_up_at = std::min(link->give_up_at, give_up_at);
                    arm_timer(*link);
                    close_if_leaving_and_done(handle, *link);
                }
            }
        }
    }
}

void Links::on_end(LinkHandle handle, StreamEnd end, std::string_view cause) {
    Link* link = slab_.find(handle);
    if (link == nullptr) {
        return;
    }
    if (!link->is_connected() && try_next_address(handle, *link)) {
        return;
    }
    link->node->cells->add(counter_of(end));
    close(handle, *link,
          failures_.on_end(*link, end, cause.empty() ? cause_of(*link, end) : cause));
}

void Links::close_if_leaving_and_done(LinkHandle handle, Link& link) {
    if (is_leaving(link) && link.queue.owes_no_client()) {
        close(handle, link, reason_to_leave(link));
    }
}

void Links::close(LinkHandle handle, Link& link, std::string_view cause) {
    NodeRuntime& node = *link.node;
    if (link.has_stream) {
        state_.transport.close(link.connection);
    }
    if (link.is_connected()) {
        node.cells->add(NodeMetric::server_connections, -1);
    }
    timers_.remove(link.timer);
    if (link.is_serving()) {
        node.links[link.slot] = LinkHandle{};
    } else if (link.is_replaced()) {
        node.links.former(link.slot) = LinkHandle{};
    }
    reopen_later(link);
    --node.open_links;
    state_.may_have_ended |= node.has_left || link.pool->removed;
    link.queue.fail_all(state_.buffers, [this, &node, cause](const Owed& owed) {
        answers_.fail(owed.request, cause, node.label);
    });
    update_gauges(link);
    link.inbox.discard(state_.buffers);
    slab_.erase(handle);
}

void Links::refuse_bytes(LinkHandle handle, Link& link, std::string_view problem,
                         std::string_view bytes) {
    link.node->cells->add(link.is_ready() ? NodeMetric::protocol_errors : NodeMetric::auth_failed);
    close(handle, link, failures_.on_broken(link, problem, bytes));
}

// --- time ---

void Links::expire_deadlines() {
    reopening_.take_due(state_.now, [this](PoolRuntime& pool, NodeRuntime& node) {
        if (pool.policy().preconnect && node.state == routing::NodeState::in_ring) {
            open_all(pool, node);
        }
    });
    timers_.advance(state_.now, [this](std::uint64_t cookie) {
        const LinkHandle handle = LinkHandle::from_cookie(cookie);
        if (Link* link = slab_.find(handle)) {
            link->timer_at = base::kNever;
            on_timer(handle, *link);
        }
    });
}

void Links::on_timer(LinkHandle handle, Link& link) {
    const bool overdue = link.queue.is_overdue(state_.now);
    if (!link.is_ready()) {
        if (overdue || link.give_up_at <= state_.now) {
            on_end(handle,
                   link.has_stream ? StreamEnd::connect_timeout : StreamEnd::name_not_found);
            return;
        }
    } else if (overdue) {
        expire_requests(link);
        // The node may still answer what has expired. One that stays silent loses the connection.
        if (link.queue.is_silent(state_.now, late_reply_grace(link)) && give_up(handle, link)) {
            return;
        }
    }
    if (link.give_up_at <= state_.now) {
        if (is_leaving(link)) {
            close(handle, link, reason_to_leave(link));
            return;
        }
        link.give_up_at = base::kNever;  // its pool has come back
    }
    arm_timer(link);
}

void Links::expire_requests(Link& link) {
    std::int64_t expired = 0;
    bool is_silent = false;
    base::TimePoint asked_at{};  // the youngest
    const base::milliseconds timeout = link.pool->policy().timeout;
    link.queue.expire(state_.now, [&](const Owed& owed) {
        ++expired;
        is_silent = is_silent || was_silent_for(link, owed);
        asked_at = std::max(asked_at, std::min(owed.written, owed.deadline - timeout));
        answers_.time_out(owed, link.node->label);
    });
    if (expired == 0) {
        return;
    }
    link.node->cells->add(NodeMetric::server_timedout, expired);
    if (link.queue.flows_steadily(state_.now)) {
        return;  // they have waited behind an answer that takes its time
    }
    if (!link.is_replaced()) {
        failures_.on_expired(link, asked_at);
    }
    if (is_silent && !link.suspect) {
        suspect(link);
    }
}

// --- silent links ---

// For the second half of the time that it was waited for. Where others are answered meanwhile the
// node is slow, and the connection is not dead.
bool Links::was_silent_for(const Link& link, const Owed& owed) const noexcept {
    const base::TimePoint begin =
        owed.written != base::kNever ? owed.written : state_.now - link.pool->policy().timeout;
    return link.heard_at <= begin + (state_.now - begin) / 2;
}

// As with a retired one; but here the next may still have to be sent on it, see choose().
void Links::suspect(Link& link) {
    link.suspect = true;
    link.choose = link.is_serving();
    let_waiting_settle(link);
}

void Links::let_waiting_settle(const Link& link) {
    link.queue.for_each([this](const Owed& owed) {
        const Request* request = owed.expired ? nullptr : state_.requests.find(owed.request);
        if (request != nullptr) {
            let_settle(request->session);
        }
    });
}

void Links::let_settle(SessionHandle handle) {
    if (Session* session = state_.sessions.find(handle)) {
        session->is_quiet = true;
    }
}

bool Links::waits_on(const Link& link, SessionHandle session) {
    return link.queue.has_in_time([this, session](const Owed& owed) {
        const Request* request = state_.requests.find(owed.request);
        return request != nullptr && request->session == session;
    });
}

void Links::take_out_of_slot(LinkHandle handle, Link& link) {
    link.replace();
    link.give_up_at = state_.now + kReplacedMax;
    link.node->links[link.slot] = LinkHandle{};
    link.node->links.former(link.slot) = handle;
    link.node->cells->add(NodeMetric::links_silent);
    arm_timer(link);
}

// Not before the time of all that it owes is over; until then it takes nothing new. Says whether
// the link is gone.
bool Links::give_up(LinkHandle handle, Link& link) {
    if (link.is_serving() && !link.queue.is_past_hope() && !link.node->links.former(link.slot)) {
        take_out_of_slot(handle, link);
    }
    if (!link.is_serving() && !link.queue.is_past_hope()) {
        return false;
    }
    // It was told when the requests expired.
    close(handle, link, to_string(StreamEnd::connect_timeout));
    return true;
}

void Links::on_steady_flow(Link& link) {
    link.flowed_bytes %= base::kSteadyAnswerBytes;
    const base::milliseconds timeout = link.pool->policy().timeout;
    if (timeout.count() > 0 && link.is_ready()) {
        link.queue.extend_front(state_.now + timeout);  // the timer fires early, and is set anew
    }
}

// What the other side of the network does not even acknowledge is not waited for any longer than
// the answers are.
void Links::limit_unacknowledged(const Link& link) {
    const base::milliseconds timeout = link.pool->policy().timeout;
    state_.transport.limit_unacknowledged(
        link.connection, timeout.count() > 0 ? std::max(2 * timeout, base::kUnacknowledgedMin)
                                             : base::kUnacknowledgedWithoutTimeout);
}

void Links::adopt_timeout(PoolRuntime& pool) {
    const base::milliseconds timeout = pool.policy().timeout;
    if (timeout.count() > 0) {
        state_.requests.limit_deadlines(pool, state_.now + timeout);
    }
    slab_.for_each([this, &pool, timeout](LinkHandle, Link& link) {
        if (link.pool != &pool) {
            return;
        }
        if (timeout.count() > 0) {
            link.queue.limit_deadlines(state_.now + timeout);
        }
        if (link.is_connected()) {
            limit_unacknowledged(link);
        }
        arm_timer(link);
        if (link.queue.is_silent(state_.now, late_reply_grace(link))) {
            set_timer(link, state_.now);  // by the new timeout: nobody else would ask
        }
    });
}

// The timer is not moved when an answer comes: it then fires early, finds nothing overdue and is
// set anew.
void Links::arm_timer(Link& link) {
    const base::milliseconds grace = late_reply_grace(link);
    set_timer(link, std::min(link.give_up_at, link.queue.next_deadline(state_.now, grace)));
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
