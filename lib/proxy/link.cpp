#include "proxy/link.h"

namespace ringside::proxy {

// The unwritten requests are at the end of `owed`, which can only be walked from the front: only a
// link whose node does not read pays for finding the boundary.
LinkGauges gauges_of(const Link& link, Requests& requests) noexcept {
    LinkGauges gauges;
    gauges.in_queue_bytes = static_cast<std::int64_t>(link.output.size());
    gauges.out_queue = static_cast<std::int64_t>(link.owed.size());
    gauges.out_queue_bytes = static_cast<std::int64_t>(link.owed_bytes) - gauges.in_queue_bytes;
    if (gauges.in_queue_bytes == 0) {
        return gauges;
    }
    std::int64_t written_bytes = gauges.out_queue_bytes;
    gauges.out_queue = 0;
    RequestHandle handle = link.owed.front();
    for (std::size_t i = 0; i < link.owed.size(); ++i) {
        const Request& request = requests[handle];
        written_bytes -= request.wire_bytes;
        if (written_bytes < 0) {
            break;
        }
        ++gauges.out_queue;
        handle = request.next_on_link;
    }
    gauges.in_queue = static_cast<std::int64_t>(link.owed.size()) - gauges.out_queue;
    return gauges;
}

}  // namespace ringside::proxy
