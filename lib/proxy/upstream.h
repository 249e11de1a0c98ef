// The node side: links, what they owe, and what happens when they break.
//
// Owned by Worker. Its one promise: bytes of a node reach the request that they answer, or nobody.
#pragma once

#include "base/deadline_wheel.h"
#include "proxy/answers.h"
#include "proxy/link.h"
#include "proxy/pool_runtime.h"
#include "proxy/transport.h"
#include "proxy/worker_state.h"

#include <span>
#include <string_view>
#include <vector>

namespace ringside::proxy {

class Upstream {
  public:
    // What submit() writes for a request.
    struct Wire {
        const protocol::RequestFrame& frame;
        std::string_view bytes;  // of the frame
        protocol::LinkKind kind = protocol::LinkKind::standard;
        std::span<const std::uint32_t> key_indices{};  // of a part; empty: the whole request
    };

    Upstream(WorkerState& state, Answers& answers);

    // Queues a request for a node; it is written at the end of the turn. The same `session_index`
    // always takes the same link of a node, so that a client's requests to it stay in order. If the
    // node cannot take it the request fails at once.
    void submit(RequestHandle handle, PoolRuntime& pool, NodeRuntime& node,
                std::uint32_t session_index, const Wire& wire);

    // Opens all links of a node that are not open, of the standard kind, for `preconnect`.
    void open_links(PoolRuntime& pool, NodeRuntime& node);
    // The links take no more requests, finish what they owe within a bound, and close.
    void retire_links(NodeRuntime& node);

    // Events of streams; see Worker.
    std::span<char> read_target(LinkHandle handle);
    void on_bytes(LinkHandle handle, std::size_t size);
    void on_writable(LinkHandle handle);
    void on_connected(LinkHandle handle);
    void on_end(LinkHandle handle, StreamEnd end);

    // The two parts of the end of a turn.
    void expire_deadlines();
    void flush();

    base::TimePoint next_deadline() const noexcept { return timers_.next_expiry(); }

  private:
    struct Failure {
        std::string_view cause;  // for the clients whose requests fail
        health::HealthKind kind;
        bool report;  // tell the controller
    };

    LinkHandle link_for(PoolRuntime& pool, NodeRuntime& node, std::uint32_t session_index,
                        protocol::LinkKind kind);
    // Stages a request for the end of the turn, or writes it at once if it is large; its size.
    std::size_t write_request(Link& link, const Wire& wire);
    // False while a node that has refused is left alone.
    bool may_dial(const PoolRuntime& pool, const NodeRuntime& node) const noexcept;
    LinkHandle dial(PoolRuntime& pool, NodeRuntime& node, std::uint32_t slot);
    void close(LinkHandle handle, Link& link, const Failure& failure);
    void close_if_retired_and_done(LinkHandle handle, Link& link);
    void back_off(NodeRuntime& node, std::string_view cause);
    void report(Link& link, health::HealthKind kind);

    std::size_t consume(LinkHandle handle, Link& link, std::string_view bytes, bool& broken);
    bool take_prelude_reply(LinkHandle handle, Link& link, std::string_view bytes,
                            std::size_t& used);
    void become_ready(LinkHandle handle, Link& link);
    void take_reply(Link& link, std::string_view reply);
    std::size_t pass_on(Link& link, std::string_view bytes);

    void on_timer(LinkHandle handle, Link& link);
    void expire_requests(Link& link);
    void arm_timer(Link& link);
    void set_timer(Link& link, base::TimePoint deadline);
    void flush_link(LinkHandle handle, Link& link);
    void mark_dirty(LinkHandle handle, Link& link);
    void update_gauges(Link& link);

    WorkerState& state_;
    Answers& answers_;
    base::Slab<Link> links_;
    base::DeadlineWheel timers_;
    std::vector<LinkHandle> dirty_;
};

}  // namespace ringside::proxy
