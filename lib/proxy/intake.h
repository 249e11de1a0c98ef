// The way in: from a client's bytes to requests that are answered, refused or sent to nodes.
//
// Owned by Worker.
#pragma once

#include "proxy/answers.h"
#include "proxy/pool_runtime.h"
#include "proxy/router.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/worker_state.h"

#include <string_view>

namespace ringside::proxy {

class Intake {
  public:
    Intake(WorkerState& state, Answers& answers, Upstream& upstream)
        : state_(state), answers_(answers), upstream_(upstream) {}

    // Takes whole requests off the front of `bytes` and says how many bytes that were. Stops early,
    // and marks the session `held`, when it has reached its share of requests or unread answers.
    std::size_t consume(SessionHandle handle, Session& session, std::string_view bytes);

    // True if the session is below its limits. What its requests under way will bring is judged by
    // the answers before them: the requests are small, whatever they ask for.
    static bool has_room(const Session& session) noexcept;

  private:
    void serve(SessionHandle handle, Session& session, std::string_view bytes);
    void log_route(const PoolRuntime& pool, std::string_view bytes) const;
    void refuse_pattern(RequestHandle handle, Session& session, std::string_view bytes);
    void refuse_crossing(RequestHandle handle, Session& session, std::string_view bytes);
    void answer_locally(SessionHandle handle, Session& session, std::string_view bytes);
    void reject(SessionHandle handle, Session& session, std::string_view bytes);
    void forward(SessionHandle handle, Session& session, std::string_view bytes);
    void forward_parts(RequestHandle handle, Session& session, std::string_view bytes,
                       std::uint32_t session_index);

    WorkerState& state_;
    Answers& answers_;
    Upstream& upstream_;
    protocol::RequestFrame frame_;  // of the request at hand; keeps its capacity
    RoutePlan plan_;                // likewise
};

}  // namespace ringside::proxy
