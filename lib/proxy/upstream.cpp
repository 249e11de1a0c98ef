#include "proxy/upstream.h"

#include "base/limits.h"

#include <algorithm>

namespace ringside::proxy {

using health::HealthKind;
using metrics::NodeMetric;

namespace {

constexpr std::size_t kFirstDirty = 16;

// A removed node with a request that has no timeout of its own.
constexpr base::seconds kRetireMax{30};

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

std::uint32_t slot_of(const NodeRuntime& node, std::uint32_t session_index,
                      protocol::LinkKind kind) noexcept {
    const std::uint32_t links = node.links_per_kind();
    return static_cast<std::uint32_t>(kind) * links + session_index % links;
}

}  // namespace

Upstream::Upstream(WorkerState& state, Answers& answers)
    : state_(state), answers_(answers), timers_(state.now) {
    dirty_.reserve(kFirstDirty);
}

// --- requests ---

void Upstream::submit(RequestHandle handle, PoolRuntime& pool, NodeRuntime& node,
                      std::uint32_t session_index, const Wire& wire) {
    const LinkHandle link_handle = link_for(pool, node, session_index, wire.kind);
    if (!link_handle) {
        node.cells->add(NodeMetric::fast_failures);
        answers_.fail(handle, node.last_cause, node.label);
        return;
    }
    Link& link = links_[link_handle];
    if (link.owed.size() >= base::kLinkRequestsMax ||
        link.output.size() >= base::kLinkOutputBytesMax) {
        node.cells->add(NodeMetric::queue_full);
        answers_.fail(handle, "too many requests are waiting", node.label);
        return;
    }
    const std::size_t expectations_before = link.expectations.size();
    const std::size_t wire_bytes = write_request(link, wire);
    link.codec->append_expectation(wire.frame, wire.bytes, wire.key_indices, link.expectations);

    Request& request = state_.requests[handle];
    request.owed = true;
    request.wire_bytes = static_cast<std::uint32_t>(wire_bytes);
    request.expectation_bytes =
        static_cast<std::uint32_t>(link.expectations.size() - expectations_before);
    link.owed.push_back(state_.requests, handle);
    link.owed_bytes += request.wire_bytes;
    node.cells->add(NodeMetric::requests);
    node.cells->add(NodeMetric::request_bytes, request.wire_bytes);
    if (const base::milliseconds timeout = pool.policy().timeout; timeout.count() > 0) {
        request.deadline = state_.now + timeout;
        if (request.deadline < link.timer_at) {
            set_timer(link, request.deadline);
        }
    }
    mark_dirty(link_handle, link);
}

std::size_t Upstream::write_request(Link& link, const Wire& wire) {
    const bool whole = wire.key_indices.empty();
    const bool direct = whole && wire.frame.verbatim && link.state == LinkState::ready &&
                        link.output.empty() && !link.blocked &&
                        wire.frame.size >= base::kWrittenAtOnceBytesMin;
    if (direct) {
        std::string_view rest = wire.bytes.substr(0, wire.frame.size);
        rest.remove_prefix(state_.transport.write(link.connection, rest));
        link.blocked = !rest.empty();
        if (!rest.empty()) {
            state_.buffers.lend(link.output, rest.size());
            link.output.append(rest);
        }
        return wire.frame.size;
    }
    state_.buffers.lend(link.output, wire.frame.size);
    const std::size_t output_before = link.output.size();
    if (whole) {
        link.codec->append_request(wire.frame, wire.bytes, link.output);
    } else {
        link.codec->append_part(wire.frame, wire.bytes, wire.key_indices, link.output);
    }
    return link.output.size() - output_before;
}

LinkHandle Upstream::link_for(PoolRuntime& pool, NodeRuntime& node, std::uint32_t session_index,
                              protocol::LinkKind kind) {
    const std::uint32_t slot = slot_of(node, session_index, kind);
    if (node.links[slot]) {
        return node.links[slot];
    }
    return may_dial(pool, node) ? dial(pool, node, slot) : LinkHandle{};
}

// twemproxy dials at each request: there, a node that has just come back answers at once.
bool Upstream::may_dial(const PoolRuntime& pool, const NodeRuntime& node) const noexcept {
    return state_.now >= node.retry_at || pool.policy().strict_twemproxy;
}

LinkHandle Upstream::dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot) {
    const LinkHandle handle = links_.emplace();
    Link& link = links_[handle];
    link = Link{};
    link.pool = &pool;
    link.node = &node;
    link.slot = slot;
    link.kind = static_cast<protocol::LinkKind>(slot / node.links_per_kind());
    link.codec = &pool.protocol->node(link.kind);
    link.timer = timers_.add(handle.to_cookie());
    link.give_up_at = state_.now + base::kConnectTimeout;
    set_timer(link, link.give_up_at);
    node.links[slot] = handle;
    ++node.open_links;
    link.connection = state_.transport.connect(node.node.address,
                                               {Peer::Side::link, handle.index, handle.generation});
    return handle;
}

void Upstream::open_links(PoolRuntime& pool, NodeRuntime& node) {
    for (std::uint32_t slot = 0; slot < node.links_per_kind(); ++slot) {
        if (!node.links[slot] && may_dial(pool, node)) {
            dial(pool, node, slot);
        }
    }
}

void Upstream::retire_links(NodeRuntime& node) {
    for (LinkHandle& slot : node.links) {
        if (!slot) {
            continue;
        }
        const LinkHandle handle = std::exchange(slot, LinkHandle{});
        Link& link = links_[handle];
        link.retired = true;
        link.give_up_at = state_.now + kRetireMax;
        arm_timer(link);
        close_if_retired_and_done(handle, link);
    }
}

// --- events ---

std::span<char> Upstream::read_target(LinkHandle handle) {
    Link* link = links_.find(handle);
    if (link == nullptr) {
        return state_.read_block;
    }
    const std::size_t have = link->inbox.pending().size();
    const std::size_t need = link->resume.need_bytes;
    return link->inbox.target(state_.read_block, need > have ? need - have : 0);
}

void Upstream::on_bytes(LinkHandle handle, std::size_t size) {
    Link* link = links_.find(handle);
    if (link == nullptr) {
        return;
    }
    link->node->cells->add(NodeMetric::response_bytes, static_cast<std::int64_t>(size));
    const std::string_view bytes = link->inbox.received(state_.read_block, size);
    bool broken = false;
    const std::size_t used = consume(handle, *link, bytes, broken);
    if (broken) {
        return;  // the link is gone
    }
    link->inbox.keep(bytes, used, link->resume.need_bytes, state_.buffers);
    mark_dirty(handle, *link);  // for its gauges, and to close it if it is retired
}

// Takes whole replies off the front of `bytes` and says how many bytes that were. `broken` is set
// when the node broke the protocol and the link was closed.
std::size_t Upstream::consume(LinkHandle handle, Link& link, std::string_view bytes, bool& broken) {
    std::size_t used = 0;
    while (used < bytes.size()) {
        const std::string_view rest = bytes.substr(used);
        if (rest.size() < link.resume.need_bytes) {
            used += pass_on(link, rest);
            break;
        }
        if (link.state != LinkState::ready) {
            std::size_t taken = 0;
            broken = !take_prelude_reply(handle, link, rest, taken);
            if (broken || taken == 0) {
                break;
            }
            used += taken;
            continue;
        }
        std::string_view problem = "an answer that nobody asked for";
        if (!link.owed.empty()) {
            const Request& request = state_.requests[link.owed.front()];
            const std::string_view expectation =
                link.expectations.view().substr(0, request.expectation_bytes);
            const protocol::ReplyFrame reply =
                link.codec->frame_reply(*request.command, expectation, rest, link.resume);
            if (reply.status == protocol::ReplyStatus::need_more) {
                used += pass_on(link, rest);
                break;
            }
            if (reply.status == protocol::ReplyStatus::complete) {
                link.resume = {};
                take_reply(link, rest.substr(0, reply.size));
                used += reply.size;
                continue;
            }
            problem = reply.problem;
        }
        link.node->cells->add(NodeMetric::protocol_errors);
        close(handle, link, {problem, HealthKind::protocol_error, true});
        broken = true;
        break;
    }
    return used;
}

// Sends what has come of a large value to the client, instead of keeping it until its end. Says how
// many bytes that were.
std::size_t Upstream::pass_on(Link& link, std::string_view bytes) {
    const std::size_t passable = link.resume.droppable_bytes(bytes.size());
    if (passable < base::kWrittenAtOnceBytesMin ||
        !answers_.pass_on(link.owed.front(), bytes.substr(0, passable))) {
        return 0;
    }
    link.resume.drop(passable);
    return passable;
}

void Upstream::take_reply(Link& link, std::string_view reply) {
    const RequestHandle handle = link.owed.pop_front(state_.requests);
    Request& request = state_.requests[handle];
    link.expectations.consume(request.expectation_bytes);
    link.owed_bytes -= request.wire_bytes;
    NodeRuntime& node = *link.node;
    node.cells->add(NodeMetric::responses);
    if (request.expired) {
        --link.expired_count;
        node.cells->add(NodeMetric::late_replies);
    } else {
        link.proven = true;
        node.backoff = base::milliseconds(0);
        if (node.failing) {
            node.failing = false;
            state_.transport.report({link.pool->pool->id, node.node.id, HealthKind::recovered});
        }
        answers_.deliver(handle, reply);
    }
    state_.requests.no_longer_owed(handle);
}

// False if the link was closed; `used` stays 0 if the reply is incomplete.
bool Upstream::take_prelude_reply(LinkHandle handle, Link& link, std::string_view bytes,
                                  std::size_t& used) {
    std::string_view problem = "an answer that nobody asked for";
    if (link.prelude_left > 0) {
        const protocol::ReplyFrame reply = link.codec->frame_prelude_reply(bytes, link.resume);
        if (reply.status == protocol::ReplyStatus::need_more) {
            return true;
        }
        if (reply.status == protocol::ReplyStatus::complete && !reply.is_error()) {
            link.resume = {};
            used = reply.size;
            if (--link.prelude_left == 0) {
                become_ready(handle, link);
            }
            return true;
        }
        problem = reply.problem;
    }
    link.node->cells->add(NodeMetric::auth_failed);
    back_off(*link.node, problem);
    close(handle, link, {problem, HealthKind::auth_failed, true});
    return false;
}

void Upstream::on_connected(LinkHandle handle) {
    Link* link = links_.find(handle);
    if (link == nullptr || link->state != LinkState::connecting) {
        return;
    }
    link->node->cells->add(NodeMetric::server_connections);
    const routing::PoolPolicy& policy = link->pool->policy();
    link->prelude_left = static_cast<std::uint32_t>(link->codec->append_prelude(
        {.password = policy.redis_auth, .database = policy.redis_db}, link->prelude));
    if (link->prelude_left == 0) {
        become_ready(handle, *link);
        return;
    }
    link->state = LinkState::prelude;
    mark_dirty(handle, *link);
}

void Upstream::become_ready(LinkHandle handle, Link& link) {
    link.state = LinkState::ready;
    if (!link.retired) {
        link.give_up_at = base::kNever;
    }
    arm_timer(link);
    mark_dirty(handle, link);
}

void Upstream::on_writable(LinkHandle handle) {
    if (Link* link = links_.find(handle)) {
        link->blocked = false;
        mark_dirty(handle, *link);
    }
}

void Upstream::on_end(LinkHandle handle, StreamEnd end) {
    Link* link = links_.find(handle);
    if (link == nullptr) {
        return;
    }
    NodeRuntime& node = *link->node;
    node.cells->add(counter_of(end));
    const std::string_view cause = to_string(end);
    // An idle connection that the node closes is no failure: memcached does so by idle_timeout.
    const bool idle = link->state == LinkState::ready && link->owed.empty();
    if (!link->proven && !idle) {
        back_off(node, cause);
    }
    close(handle, *link, {cause, kind_of(end), !idle});
}

void Upstream::back_off(NodeRuntime& node, std::string_view cause) {
    node.last_cause = cause;
    node.backoff =
        std::clamp(node.backoff * 2, base::kReconnectBackoffMin, base::kReconnectBackoffMax);
    // Between half and all of it, so that workers and proxies do not knock in step.
    const auto half_ms = static_cast<std::uint32_t>(node.backoff.count() / 2);
    node.retry_at = state_.now + base::milliseconds(half_ms + state_.random.next() % (half_ms + 1));
}

void Upstream::report(Link& link, HealthKind kind) {
    link.node->failing = true;
    state_.transport.report({link.pool->pool->id, link.node->node.id, kind});
}

void Upstream::close_if_retired_and_done(LinkHandle handle, Link& link) {
    if (link.retired && link.owed.empty()) {
        close(handle, link, {"the node was removed", HealthKind::lost, false});
    }
}

void Upstream::close(LinkHandle handle, Link& link, const Failure& failure) {
    NodeRuntime& node = *link.node;
    if (failure.report && !link.retired) {
        report(link, failure.kind);
    }
    state_.transport.close(link.connection);
    if (link.state != LinkState::connecting) {
        node.cells->add(NodeMetric::server_connections, -1);
    }
    timers_.remove(link.timer);
    if (!link.retired) {
        node.links[link.slot] = LinkHandle{};
    }
    --node.open_links;
    while (!link.owed.empty()) {
        const RequestHandle request = link.owed.pop_front(state_.requests);
        answers_.fail(request, failure.cause, node.label);
        state_.requests.no_longer_owed(request);
    }
    link.owed_bytes = 0;
    link.output.clear();
    update_gauges(link);
    state_.buffers.take_back(link.output);
    link.inbox.discard(state_.buffers);
    links_.erase(handle);
}

// --- writing ---

void Upstream::mark_dirty(LinkHandle handle, Link& link) {
    if (!link.dirty) {
        link.dirty = true;
        dirty_.push_back(handle);
    }
}

void Upstream::flush() {
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        if (Link* link = links_.find(dirty_[i])) {
            link->dirty = false;
            flush_link(dirty_[i], *link);
        }
    }
    dirty_.clear();
}

void Upstream::flush_link(LinkHandle handle, Link& link) {
    base::ByteBuffer& pending = link.state == LinkState::prelude ? link.prelude : link.output;
    if (link.state != LinkState::connecting && !link.blocked && !pending.empty()) {
        const std::size_t taken = state_.transport.write(link.connection, pending.view());
        pending.consume(taken);
        link.blocked = !pending.empty();
    }
    if (link.output.empty()) {
        state_.buffers.take_back(link.output);
    }
    update_gauges(link);
    close_if_retired_and_done(handle, link);
}

void Upstream::update_gauges(Link& link) {
    const LinkGauges now = gauges_of(link, state_.requests);
    metrics::NodeCells& cells = *link.node->cells;
    cells.add(NodeMetric::in_queue, now.in_queue - link.gauges.in_queue);
    cells.add(NodeMetric::in_queue_bytes, now.in_queue_bytes - link.gauges.in_queue_bytes);
    cells.add(NodeMetric::out_queue, now.out_queue - link.gauges.out_queue);
    cells.add(NodeMetric::out_queue_bytes, now.out_queue_bytes - link.gauges.out_queue_bytes);
    link.gauges = now;
}

}  // namespace ringside::proxy
