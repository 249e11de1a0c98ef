// The further steps of requests: begun in the turn in which the answer of the step before has come,
// before anything is written.
//
// Owned by Worker. A step is framed like a request of a client's and takes the same way, so nothing
// in a key or a value can become a command here either.
#pragma once

#include "proxy/answers.h"
#include "proxy/dispatcher.h"
#include "proxy/worker_state.h"

namespace ringside::proxy {

class Steps {
  public:
    Steps(WorkerState& state, Answers& answers, Dispatcher& dispatcher)
        : state_(state), answers_(answers), dispatcher_(dispatcher) {}

    // Begins what is due, and what becomes due by that.
    void run();

  private:
    void begin(RequestHandle handle, Request& request);

    WorkerState& state_;
    Answers& answers_;
    Dispatcher& dispatcher_;
    base::ByteBuffer wire_;         // of the step at hand
    protocol::RequestFrame frame_;  // likewise; keeps its capacity
};

}  // namespace ringside::proxy
