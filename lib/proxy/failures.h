// What a worker holds against nodes: which of its attempts to use them have failed, when they may
// be dialled again, and what the controller hears of it.
//
// A failed attempt begins with the dial, or with the request that was waiting longest, and ends
// when it has failed. Those that overlap are one (health/failure_count.h). Owned by Links; nothing
// here closes a link or fails a request.
#pragma once

#include "base/limits.h"
#include "proxy/link.h"
#include "proxy/pool_runtime.h"
#include "proxy/transport.h"
#include "proxy/worker_state.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace ringside::proxy {

class Failures {
  public:
    explicit Failures(WorkerState& state) : state_(state) {}

    // False while the node is left alone behind a failure. twemproxy dials at each request: there,
    // a node that has just come back answers at once.
    bool may_dial(const PoolRuntime& pool, const NodeRuntime& node) const noexcept {
        return node.fails_with.empty() &&
               (node.redial.may_dial(state_.now) || pool.policy().strict_twemproxy);
    }
    // The same of a link that nobody waits for, and when.
    bool may_reopen(const PoolRuntime& pool, const NodeRuntime& node) const noexcept {
        return may_dial(pool, node) && node.reopening.may_dial(state_.now);
    }
    static base::TimePoint may_reopen_at(const NodeRuntime& node) noexcept {
        return std::max(node.redial.next_at(), node.reopening.next_at());
    }
    // Why not, for the clients.
    static std::string_view cause_of(const NodeRuntime& node) noexcept {
        return node.fails_with.empty() ? node.redial.last_cause() : node.fails_with;
    }

    // --- a link ends; each says why, for the clients whose requests it owes answers to. Valid
    // until the next failure of the node ---

    std::string_view on_end(Link& link, StreamEnd end, std::string_view cause);
    // The node has sent `bytes`, which nothing of the kind may begin with.
    std::string_view on_broken(Link& link, std::string_view problem, std::string_view bytes);

    // --- a link goes on ---

    // Requests have expired, the youngest of which was asked then.
    void on_expired(Link& link, base::TimePoint asked_at);
    // An answer in time. The second one of each link costs two comparisons.
    void on_answer(Link& link) {
        if (!link.proven || link.node->failing || link.node->failed_lately) {
            take_answer(link);
        }
    }
    // An answer in time which is an error.
    void on_error(Link& link, const Owed& owed, std::string_view reply);

  private:
    void take_answer(Link& link);
    bool has_lasted(const Link& link) const noexcept {
        return link.dialled_at + base::kSteadyLinkMin <= state_.now;
    }
    void remember_words(Link& link, std::string_view words) const;
    health::Attempt attempt_of(const Link& link) const;
    void pace(const Link& link, std::string_view cause);
    void report(Link& link, health::HealthKind kind, const health::Attempt& attempt,
                std::string_view cause);

    WorkerState& state_;
};

}  // namespace ringside::proxy
