// The lives of links: dialled, greeted, in use, retired, gone; and their deadlines.
//
// Owned by Worker. What goes over a link is proxy/upstream's.
#pragma once

#include "base/deadline_wheel.h"
#include "base/slab.h"
#include "proxy/answers.h"
#include "proxy/failures.h"
#include "proxy/link.h"
#include "proxy/pool_runtime.h"
#include "proxy/reopening.h"
#include "proxy/transport.h"
#include "proxy/worker_state.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ringside::proxy {

class Links {
  public:
    Links(WorkerState& state, Answers& answers);

    Failures& failures() noexcept { return failures_; }

    // Null if the link has ended.
    Link* find(LinkHandle handle) noexcept { return slab_.find(handle); }
    Link& operator[](LinkHandle handle) noexcept { return slab_[handle]; }

    // The link in a slot of the node, for a request of this session; null if a node that has
    // refused is not dialled again yet.
    LinkHandle find_or_dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot,
                            SessionHandle session);
    // Opens all links of a node that are not open, of the standard kind, for `preconnect`, and
    // again whenever one is lost.
    void open_all(PoolRuntime& pool, NodeRuntime& node);
    // The links take no more requests, finish what they owe within a bound, and close. Clients that
    // wait for something on them send no more before they have it, so that their requests stay in
    // order; but for a node that has left there is nothing to come.
    void retire_all(NodeRuntime& node);
    void retire_all(PoolRuntime& pool) {
        for (auto& [id, node] : pool.nodes) {
            retire_all(*node);
        }
    }
    // A node that had left is back: who still waits for something on its old links sends no more
    // before he has it.
    void on_return(NodeRuntime& node);
    // The links of a removed pool: each closes when it owes nothing, or at `give_up_at`.
    void leave_all(PoolRuntime& pool, base::TimePoint give_up_at);
    // The pool has another timeout: what is under way must not take longer than that from now on.
    void adopt_timeout(PoolRuntime& pool);
    // The node has other addresses: links to one that is gone are retired, and those that are still
    // being connected begin anew.
    void adopt_addresses(NodeRuntime& node);

    // Events of streams; see Worker.
    void on_connected(LinkHandle handle);
    // An empty `cause` means the words of `end`.
    void on_end(LinkHandle handle, StreamEnd end, std::string_view cause = {});
    // Bytes have come.
    void on_heard(Link& link) noexcept {
        link.heard_at = state_.now;
        link.suspect = false;
    }
    // So many bytes of an answer have come that its request has its timeout anew.
    void on_steady_flow(Link& link);

    // All that the link has asked for itself has been answered: clients' requests may go.
    void become_ready(LinkHandle handle, Link& link);
    // The node has sent `bytes`, which it must not: the link ends.
    void refuse_bytes(LinkHandle handle, Link& link, std::string_view problem,
                      std::string_view bytes);
    void close_if_leaving_and_done(LinkHandle handle, Link& link);

    // --- deadlines ---

    void expire_deadlines();
    // The link has a request with this deadline.
    void watch(Link& link, base::TimePoint deadline) {
        if (deadline < link.timer_at) {
            set_timer(link, deadline);
        }
    }
    base::TimePoint next_deadline() const noexcept {
        return std::min(timers_.next_expiry(), reopening_.next());
    }

    // --- bookkeeping ---

    // Those that have something to write, to count or to end at the end of the turn.
    void mark_dirty(LinkHandle handle, Link& link);
    std::vector<LinkHandle>& dirty() noexcept { return dirty_; }
    void update_gauges(Link& link);

    // Those that are open, for who lists them.
    base::Slab<Link>& all() noexcept { return slab_; }
    // Answers that are owed to requests which have ended.
    std::size_t abandoned_count();
    // Whether a client's request has not been written to its node yet.
    bool owe_unwritten();

  private:
    LinkHandle dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot);
    LinkHandle choose(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot,
                      SessionHandle session);
    bool waits_on(const Link& link, SessionHandle session);
    void take_out_of_slot(LinkHandle handle, Link& link);
    bool was_silent_for(const Link& link, const Owed& owed) const noexcept;
    void suspect(Link& link);
    void let_settle(SessionHandle session);
    // Those that wait for something on the link send no more until everything is answered.
    void let_waiting_settle(const Link& link);
    bool give_up(LinkHandle handle, Link& link);
    void limit_unacknowledged(const Link& link);
    void connect(LinkHandle handle, Link& link);
    bool try_next_address(LinkHandle handle, Link& link);
    void retire(LinkHandle handle, Link& link);
    void ask_prelude(Link& link);
    void ask_whether_back(Link& link);
    void reopen_later(const Link& link);
    // `cause` is for the clients whose requests it still owes.
    void close(LinkHandle handle, Link& link, std::string_view cause);

    void on_timer(LinkHandle handle, Link& link);
    void expire_requests(Link& link);
    void arm_timer(Link& link);
    void set_timer(Link& link, base::TimePoint deadline);

    WorkerState& state_;
    Answers& answers_;
    Failures failures_;
    base::Slab<Link> slab_;
    base::DeadlineWheel timers_;
    Reopening reopening_;
    std::vector<LinkHandle> dirty_;
};

}  // namespace ringside::proxy
