// Sends what a request asks for to the node, or the nodes, that it belongs to. First steps and
// further ones go the same way.
//
// Owned by Worker.
#pragma once

#include "proxy/answers.h"
#include "proxy/pool_runtime.h"
#include "proxy/router.h"
#include "proxy/upstream.h"
#include "proxy/worker_state.h"

#include <cstdint>

namespace ringside::proxy {

class Dispatcher {
  public:
    Dispatcher(WorkerState& state, Answers& answers, Upstream& upstream)
        : state_(state), answers_(answers), upstream_(upstream) {}

    // As the frame's command says, by the pool as it is now. The request may have ended when this
    // returns.
    void send(const Outgoing& outgoing);

    // To a node that is known: an index into Pool::nodes.
    void send_to(std::uint32_t node, const Outgoing& outgoing);

    // There is no node that it could go to.
    void fail_without_node(const Outgoing& outgoing);

  private:
    void send_parts(const Outgoing& outgoing);
    void log_route(const Outgoing& outgoing) const;
    void refuse_pattern(const Outgoing& outgoing);
    void refuse_keyless(const Outgoing& outgoing);
    void refuse_crossing(const Outgoing& outgoing);

    WorkerState& state_;
    Answers& answers_;
    Upstream& upstream_;
    RoutePlan route_;  // of the request at hand; keeps its capacity
};

}  // namespace ringside::proxy
