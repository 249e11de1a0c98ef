#include "proxy/upstream.h"

#include "base/limits.h"
#include "proxy/request_endings.h"

namespace ringside::proxy {

using metrics::NodeMetric;

namespace {

constexpr std::string_view kUnasked = "an answer that nobody asked for";

// The same word on a hit as in the counts of the pool.
void count_lookup(metrics::NodeCells& cells, const protocol::CommandSpec& command,
                  protocol::Outcome outcome) noexcept {
    const auto ending = ending_of(kind_of(command.command_class), outcome);
    if (ending == metrics::RequestEnding::hit) {
        cells.add(NodeMetric::hits);
    } else if (ending == metrics::RequestEnding::miss) {
        cells.add(NodeMetric::misses);
    }
}

}  // namespace

// --- requests out, answers in ---

void Upstream::submit(const Outgoing& outgoing, NodeRuntime& node) {
    Request& request = outgoing.request;
    request.node = node.node.id;
    const std::uint32_t slot =
        node.links.slot_of(request.session.index, link_kind_of(request.dialect));
    const LinkHandle link_handle = links_.find_or_dial(*request.pool, node, slot, request.session);
    if (!link_handle) {
        node.cells->add(NodeMetric::fast_failures);
        answers_.fail(outgoing.handle, Failures::cause_of(node), node.label);
        return;
    }
    Link& link = links_[link_handle];
    if (link.queue.is_full()) {
        node.cells->add(NodeMetric::queue_full);
        answers_.fail(outgoing.handle, "too many requests are waiting", node.label);
        return;
    }
    const std::size_t wire_bytes = write_request(link, outgoing);
    const protocol::CommandSpec& whole = *outgoing.frame.command;
    link.codec->append_expectation(outgoing.frame, outgoing.bytes, outgoing.key_indices,
                                   link.queue.expectations());
    link.queue.push({.request = outgoing.handle,
                     .command = outgoing.key_indices.empty() ? &whole : &part_of(whole),
                     .deadline = request.deadline,
                     .wire_bytes = wire_bytes});
    node.cells->add(NodeMetric::requests);
    node.cells->add(NodeMetric::request_bytes, static_cast<std::int64_t>(wire_bytes));
    links_.watch(link, request.deadline);
    links_.mark_dirty(link_handle, link);
}

std::size_t Upstream::write_request(Link& link, const Outgoing& outgoing) {
    const protocol::RequestFrame& frame = outgoing.frame;
    base::ByteBuffer& output = link.queue.output();
    const bool whole = outgoing.key_indices.empty();
    const bool direct = whole && frame.verbatim && link.is_ready() && output.empty() &&
                        !link.blocked && frame.size >= base::kWrittenAtOnceBytesMin;
    if (direct) {
        std::string_view rest = outgoing.bytes.substr(0, frame.size);
        rest.remove_prefix(state_.transport.write(link.connection, rest));
        link.blocked = !rest.empty();
        if (!rest.empty()) {
            state_.buffers.lend(output, rest.size());
            output.append(rest);
        }
        return frame.size;
    }
    state_.buffers.lend(output, frame.size);
    const std::size_t size_before = output.size();
    if (whole) {
        link.codec->append_request(frame, outgoing.bytes, output);
    } else {
        link.codec->append_part(frame, outgoing.bytes, outgoing.key_indices, output);
    }
    return output.size() - size_before;
}

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
    links_.on_heard(*link);
    link->flowed_bytes += size;
    const std::string_view bytes = link->inbox.received(state_.read_block, size);
    bool broken = false;
    const std::size_t used = consume(handle, *link, bytes, broken);
    if (broken) {
        return;  // the link is gone
    }
    link->inbox.keep(bytes, used, link->resume.need_bytes, state_.buffers);
    if (link->flowed_bytes >= base::kSteadyAnswerBytes && !link->queue.empty()) {
        links_.on_steady_flow(*link);
    }
    links_.mark_dirty(handle, *link);  // for its gauges, and to close it if it is retired
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
        const protocol::ReplyFrame reply = frame_reply(link, rest);
        if (reply.status == protocol::ReplyStatus::need_more) {
            used += pass_on(link, rest);
            break;
        }
        // An error in the prelude: whatever follows would be done as somebody else.
        const bool refused = reply.is_error() && !link.is_ready();
        broken = refused || reply.status == protocol::ReplyStatus::malformed;
        if (broken) {
            links_.refuse_bytes(handle, link, reply.problem, rest);
            break;
        }
        if (reply.is_error() && reply.is_readonly) {
            note_readonly(link);
        }
        link.resume = {};
        take_reply(handle, link, rest.substr(0, reply.size), reply.outcome);
        used += reply.size;
        link.flowed_bytes = bytes.size() - used;
    }
    return used;
}

// The answer to the oldest request.
protocol::ReplyFrame Upstream::frame_reply(Link& link, std::string_view bytes) {
    if (link.queue.empty()) {
        return {protocol::ReplyStatus::malformed, 0, {}, kUnasked};
    }
    const Owed& owed = link.queue.front();
    if (owed.is_own()) {
        return link.codec->frame_prelude_reply(bytes, link.resume);
    }
    return link.codec->frame_reply(*owed.command, link.queue.expectation(), bytes, link.resume);
}

// Sends what has come of a large value to the client, instead of keeping it until its end. Says how
// many bytes that were.
std::size_t Upstream::pass_on(Link& link, std::string_view bytes) {
    const std::size_t passable = link.resume.droppable_bytes(bytes.size());
    if (passable < base::kWrittenAtOnceBytesMin) {
        return 0;
    }
    const Owed& owed = link.queue.front();
    if (owed.is_own()) {
        return 0;
    }
    if (!owed.expired && !answers_.pass_on(owed.request, bytes.substr(0, passable))) {
        return 0;
    }
    link.resume.drop(passable);
    return passable;
}

void Upstream::take_reply(LinkHandle handle, Link& link, std::string_view reply,
                          protocol::Outcome outcome) {
    const Owed owed = link.queue.pop();
    if (owed.is_own()) {
        take_own(handle, link, owed, reply, outcome);
        return;
    }
    NodeRuntime& node = *link.node;
    node.cells->add(NodeMetric::responses);
    const bool is_timed = link.pool->policy().histograms == routing::Histograms::nodes;
    if (owed.written != base::kNever && is_timed) {
        node.cells->latency.add(state_.now - owed.written);
    }
    if (owed.expired) {
        node.cells->add(NodeMetric::late_replies);
        return;
    }
    if (outcome == protocol::Outcome::error) {
        links_.failures().on_error(link, owed, reply);
    } else {
        links_.failures().on_answer(link);
    }
    count_lookup(*node.cells, *owed.command, outcome);
    if (node.write_is_news) {
        tell_of_write(link, owed, outcome);
    }
    answers_.deliver(owed, reply, outcome);
}

// Of the prelude, or whether the node is back.
void Upstream::take_own(LinkHandle handle, Link& link, const Owed& owed, std::string_view reply,
                        protocol::Outcome outcome) {
    if (!link.is_ready()) {
        if (!link.queue.owes_own()) {
            links_.become_ready(handle, link);
        }
    } else if (outcome == protocol::Outcome::error) {
        links_.failures().on_error(link, owed, reply);
    } else {
        links_.failures().on_answer(link);
    }
}

// Told once until the controller has done something about it, or a write was done.
void Upstream::note_readonly(Link& link) {
    link.node->cells->add(NodeMetric::readonly_replies);
    if (!link.node->readonly && !link.is_retired()) {
        link.node->readonly = true;
        link.node->write_is_news = true;
        tell(link, health::HealthKind::readonly);
    }
}

void Upstream::tell_of_write(const Link& link, const Owed& owed, protocol::Outcome outcome) {
    const protocol::CommandSpec& command = *owed.command;
    const bool is_done = command.access == protocol::Access::write && command.speaks_for_node &&
                         outcome != protocol::Outcome::error;
    if (is_done && !link.is_retired()) {
        link.node->readonly = false;
        link.node->write_is_news = false;
        tell(link, health::HealthKind::writable);
    }
}

void Upstream::tell(const Link& link, health::HealthKind kind) {
    const NodeRuntime& node = *link.node;
    state_.transport.report({link.pool->pool->id, node.node.id, kind, node.link_epoch});
}

// --- writing ---

void Upstream::on_writable(LinkHandle handle) {
    if (Link* link = links_.find(handle)) {
        link->blocked = false;
        links_.mark_dirty(handle, *link);
    }
}

void Upstream::flush() {
    std::vector<LinkHandle>& dirty = links_.dirty();
    for (std::size_t i = 0; i < dirty.size(); ++i) {
        if (Link* link = links_.find(dirty[i])) {
            link->dirty = false;
            flush_link(dirty[i], *link);
        }
    }
    dirty.clear();
}

void Upstream::flush_link(LinkHandle handle, Link& link) {
    const std::string_view staged = link.queue.staged();
    std::size_t taken = 0;
    // Who asked for what has expired here may have asked another link for more since.
    const bool is_too_late = !link.is_serving() && link.queue.has_expired_unwritten();
    if (link.is_connected() && !link.blocked && !staged.empty() && !is_too_late) {
        taken = state_.transport.write(link.connection, staged);
        link.blocked = taken < staged.size();
    }
    link.queue.on_written(taken, state_.now);
    if (link.queue.output().empty()) {
        state_.buffers.take_back(link.queue.output());
    }
    links_.update_gauges(link);
    links_.close_if_leaving_and_done(handle, link);
}

}  // namespace ringside::proxy
