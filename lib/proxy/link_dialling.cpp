// The part of Links that connects: to which address, and what is said first.
#include "base/limits.h"
#include "proxy/links.h"

#include <string_view>
#include <utility>

namespace ringside::proxy {

// To the next address that it has not tried. While the name is being looked up the link waits for
// one, and its requests with it; without hope for one it ends like a refused one, a moment later.
void Links::connect(LinkHandle handle, Link& link) {
    const NodeAddresses& addresses = link.node->addresses;
    link.has_stream = !addresses.empty();
    if (link.has_stream) {
        link.address = link.tried == 0 ? addresses.first() : addresses.next_after(link.address);
        link.connection = state_.transport.connect(
            link.address, {Peer::Side::link, handle.index, handle.generation});
        link.give_up_at =
            state_.now + addresses.share_of(base::kConnectTimeout, link.pool->policy().timeout);
    } else {
        link.give_up_at = addresses.problem().empty() ? base::kNever : state_.now;
    }
    arm_timer(link);
}

// The present one has failed. False if none is left, or no time for one.
bool Links::try_next_address(LinkHandle handle, Link& link) {
    link.node->addresses.on_failure(link.address);
    const bool overdue = link.queue.is_overdue(state_.now);
    if (!link.has_stream || link.is_retired() || overdue ||
        link.tried + 1 >= link.node->addresses.size()) {
        return false;
    }
    ++link.tried;
    state_.transport.close(link.connection);
    connect(handle, link);
    return true;
}

void Links::adopt_addresses(NodeRuntime& node) {
    for (LinkHandle& slot : node.links.all()) {
        if (!slot) {
            continue;
        }
        const LinkHandle handle = slot;
        Link& link = slab_[handle];
        if (link.has_stream && node.addresses.contains(link.address)) {
            continue;
        }
        if (link.is_connected()) {
            slot = LinkHandle{};
            retire(handle, link);
            continue;
        }
        if (link.has_stream) {
            state_.transport.close(link.connection);
        }
        link.tried = 0;
        connect(handle, link);
    }
    for (LinkHandle& slot : node.links.formers()) {
        if (slot && !node.addresses.contains(slab_[slot].address)) {
            const LinkHandle handle = std::exchange(slot, LinkHandle{});
            retire(handle, slab_[handle]);
        }
    }
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

// Of a node that has failed, while nobody else asks it for anything: that it accepts connections
// does not say that it serves.
void Links::ask_whether_back(Link& link) {
    base::ByteBuffer& out = link.queue.output();
    const std::string_view probe = link.codec->probe();
    state_.buffers.lend(out, probe.size());
    out.append(probe);
    Asked own;
    own.wire_bytes = probe.size();
    link.queue.push(own);
}

}  // namespace ringside::proxy
