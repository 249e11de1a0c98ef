// What goes over links: requests out, answers in.
//
// Owned by Worker. Its one promise: bytes of a node reach the request that they answer, or nobody.
#pragma once

#include "proxy/answers.h"
#include "proxy/links.h"
#include "proxy/pool_runtime.h"
#include "proxy/worker_state.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace ringside::proxy {

// A request on its way to a node. Lives for one call.
struct Outgoing {
    RequestHandle handle;
    Request& request;
    const protocol::RequestFrame& frame;
    std::string_view bytes;                        // of the frame
    std::span<const std::uint32_t> key_indices{};  // of a part; empty: the whole request
};

class Upstream {
  public:
    Upstream(WorkerState& state, Answers& answers, Links& links)
        : state_(state), answers_(answers), links_(links) {}

    // Queues a request for a node; it is written at the end of the turn. If the node cannot take it
    // the request fails at once.
    void submit(const Outgoing& outgoing, NodeRuntime& node);

    // Events of streams; see Worker.
    std::span<char> read_target(LinkHandle handle);
    void on_bytes(LinkHandle handle, std::size_t size);
    void on_writable(LinkHandle handle);

    // At the end of the turn: one write for each link that has something to say.
    void flush();

  private:
    // Stages a request for the end of the turn, or writes it at once if it is large; its size.
    std::size_t write_request(Link& link, const Outgoing& outgoing);
    std::size_t consume(LinkHandle handle, Link& link, std::string_view bytes, bool& broken);
    protocol::ReplyFrame frame_reply(Link& link, std::string_view bytes);
    void take_reply(LinkHandle handle, Link& link, std::string_view reply,
                    protocol::Outcome outcome);
    void take_own(LinkHandle handle, Link& link, const Owed& owed, std::string_view reply,
                  protocol::Outcome outcome);
    void note_readonly(Link& link);
    void tell_of_write(const Link& link, const Owed& owed, protocol::Outcome outcome);
    void tell(const Link& link, health::HealthKind kind);
    std::size_t pass_on(Link& link, std::string_view bytes);
    void flush_link(LinkHandle handle, Link& link);

    WorkerState& state_;
    Answers& answers_;
    Links& links_;
};

}  // namespace ringside::proxy
