// Upstream's sense of time: requests that expire, nodes that stay silent, attempts that take too
// long.
#include "base/limits.h"
#include "proxy/upstream.h"

#include <algorithm>

namespace ringside::proxy {

using health::HealthKind;
using metrics::NodeMetric;

void Upstream::expire_deadlines() {
    timers_.advance(state_.now, [this](std::uint64_t cookie) {
        const LinkHandle handle = LinkHandle::from_cookie(cookie);
        if (Link* link = links_.find(handle)) {
            link->timer_at = base::kNever;
            on_timer(handle, *link);
        }
    });
}

void Upstream::on_timer(LinkHandle handle, Link& link) {
    const bool overdue =
        !link.owed.empty() && state_.requests[link.owed.front()].deadline <= state_.now;
    if (link.state != LinkState::ready) {
        if (overdue || link.give_up_at <= state_.now) {
            on_end(handle, StreamEnd::connect_timeout);
            return;
        }
    } else if (overdue) {
        expire_requests(link);
        // The node may still answer what has expired. One that stays silent loses the connection.
        const base::milliseconds grace =
            std::max(2 * link.pool->policy().timeout, base::kLateReplyGraceMin);
        const Request& oldest = state_.requests[link.owed.front()];
        if (state_.now >= oldest.deadline + grace || link.expired_count > base::kLinkAbandonedMax) {
            close(handle, link,
                  {to_string(StreamEnd::connect_timeout), HealthKind::timed_out,
                   false});  // reported when the requests expired
            return;
        }
    }
    if (link.retired && link.give_up_at <= state_.now) {
        close(handle, link, {"the node was removed", HealthKind::lost, false});
        return;
    }
    arm_timer(link);
}

void Upstream::expire_requests(Link& link) {
    std::int64_t expired = 0;
    RequestHandle handle = link.owed.front();
    for (std::size_t i = 0; i < link.owed.size(); ++i) {
        Request& request = state_.requests[handle];
        const RequestHandle next = request.next_on_link;
        if (request.deadline > state_.now) {
            break;
        }
        if (!request.expired) {
            request.expired = true;
            ++link.expired_count;
            ++expired;
            answers_.fail(handle, "Connection timed out", link.node->label);
        }
        handle = next;
    }
    if (expired > 0) {
        link.node->cells->add(NodeMetric::server_timedout, expired);
        report(link, HealthKind::timed_out);
    }
}

// All requests of a link have the same timeout, so the oldest one is the first to expire. The timer
// is not moved when an answer comes: it then fires early, finds nothing overdue and is set anew.
void Upstream::arm_timer(Link& link) {
    base::TimePoint deadline = link.give_up_at;
    RequestHandle handle = link.owed.empty() ? RequestHandle{} : link.owed.front();
    for (std::size_t i = 0; i < link.owed.size(); ++i) {
        const Request& request = state_.requests[handle];
        if (!request.expired) {
            deadline = std::min(deadline, request.deadline);
            break;
        }
        if (i == 0) {
            const base::milliseconds grace =
                std::max(2 * link.pool->policy().timeout, base::kLateReplyGraceMin);
            deadline = std::min(deadline, request.deadline + grace);
        }
        handle = request.next_on_link;
    }
    set_timer(link, deadline);
}

void Upstream::set_timer(Link& link, base::TimePoint deadline) {
    link.timer_at = deadline;
    if (deadline == base::kNever) {
        timers_.cancel(link.timer);
    } else {
        timers_.arm(link.timer, deadline);
    }
}

}  // namespace ringside::proxy
