// The way in: from a client's bytes to requests that are answered, refused or sent to nodes.
//
// Owned by Worker.
#pragma once

#include "proxy/answers.h"
#include "proxy/dispatcher.h"
#include "proxy/session.h"
#include "proxy/worker_state.h"

#include <string_view>

namespace ringside::proxy {

// Which plan a request follows.
using PlanOf = const Plan& (*)(const protocol::RequestFrame& frame) noexcept;

class Intake {
  public:
    Intake(WorkerState& state, Answers& answers, Dispatcher& dispatcher, PlanOf plan_of)
        : state_(state), answers_(answers), dispatcher_(dispatcher), plan_of_(plan_of) {}

    // Takes whole requests off the front of `bytes` and says how many bytes that were. Stops early,
    // and marks the session `held`, when it has reached its share of requests or unread answers.
    std::size_t consume(SessionHandle handle, Session& session, std::string_view bytes);

    // True if the session is below its limits. What its requests under way will bring is judged by
    // the answers before them: the requests are small, whatever they ask for.
    static bool has_room(const Session& session) noexcept;

  private:
    // Whether the request at hand is left out because nobody would get its answer.
    bool is_in_vain(const Session& session) const noexcept;
    void count(const Session& session, metrics::RequestEnding ending) const noexcept;
    void mute(Session& session);
    // The request at hand: `bytes` are those of frame_.
    void serve(SessionHandle handle, Session& session, std::string_view bytes);
    void answer_locally(SessionHandle handle, Session& session, std::string_view bytes,
                        const Plan& plan);
    void reject(SessionHandle handle, Session& session, std::string_view bytes);
    void begin(SessionHandle handle, Session& session, std::string_view bytes, const Plan& plan);

    WorkerState& state_;
    Answers& answers_;
    Dispatcher& dispatcher_;
    const PlanOf plan_of_;
    protocol::RequestFrame frame_;  // of the request at hand; keeps its capacity
};

}  // namespace ringside::proxy
