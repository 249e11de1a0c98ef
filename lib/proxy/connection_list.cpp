#include "proxy/connection_list.h"

#include "proxy/link.h"
#include "proxy/pool_runtime.h"
#include "proxy/session.h"

#include <algorithm>

namespace ringside::proxy {
namespace {

template <typename T, typename RowOf>
void list(base::Slab<T>& slab, const ConnectionQuestion& question, ConnectionPage& page,
          RowOf&& row_of) {
    const std::size_t rows_max = std::min(question.rows_max, kConnectionRowsMax);
    const std::size_t slots = slab.slot_count();
    const std::size_t end = std::min(slots, question.begin + kConnectionSlotsMax);
    std::size_t index = question.begin;
    for (std::size_t rows = 0; index < end && rows < rows_max; ++index) {
        const auto handle = slab.handle_at(static_cast<std::uint32_t>(index));
        if (handle) {
            page.rows.push_back(row_of(handle, slab[handle]));
            ++rows;
        }
    }
    if (index < slots) {
        page.next = static_cast<std::uint32_t>(index);
    }
}

}  // namespace

void list_sessions(base::Slab<Session>& sessions, const ConnectionQuestion& question,
                   base::TimePoint now, ConnectionPage& page) {
    list(sessions, question, page, [now](SessionHandle, const Session& session) {
        return ConnectionRow{.side = Peer::Side::session,
                             .id = session.client.id,
                             .pool = session.pool->pool->id,
                             .node = 0,
                             .age = now - session.accepted_at,
                             .in_flight = session.order.size(),
                             .name = session.client.name,
                             .connection = session.connection};
    });
}

void list_links(base::Slab<Link>& links, const ConnectionQuestion& question, base::TimePoint now,
                ConnectionPage& page) {
    list(links, question, page, [now](LinkHandle handle, const Link& link) {
        return ConnectionRow{
            .side = Peer::Side::link,
            .id = handle.to_cookie(),
            .pool = link.pool->pool->id,
            .node = link.node->node.id,
            .age = now - link.dialled_at,
            .in_flight = link.queue.size(),
            .connection = link.has_stream ? std::optional(link.connection) : std::nullopt,
            .peer = to_string(link.address)};
    });
}

}  // namespace ringside::proxy
