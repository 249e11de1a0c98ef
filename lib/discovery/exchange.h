// One question to one node: connect, send, read until the answer is whole, close.
//
// What discovery and probes have in common, and the only file of this layer that knows Asio. A
// fresh connection per question costs little at their pace and makes each one resolve the name
// anew. Control thread only; owned by who asks.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "io/event_loop.h"
#include "io/lookup.h"
#include "routing/node.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::discovery {

class Exchange {
  public:
    struct Request {
        routing::Address address;
        std::string bytes;
        base::milliseconds timeout;  // for lookup, connection and answer together
    };

    // Looks at all bytes received so far; true if no more are needed.
    using IsWhole = std::function<bool(std::string_view)>;
    // All bytes received, or why they did not become an answer: io, timed_out, not_found, or
    // malformed above kDiscoveryAnswerBytesMax. Called once, later; may destroy the Exchange.
    using OnEnd = std::function<void(base::Expected<std::string>)>;

    // `loop` and `lookup` outlive the Exchange.
    Exchange(io::EventLoop& loop, io::Lookup& lookup, Request request, IsWhole is_whole,
             OnEnd on_end);
    // Closes the connection. Nothing is called afterwards.
    ~Exchange();

    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

  private:
    class State;
    std::shared_ptr<State> state_;  // handlers under way hold it weakly
};

}  // namespace ringside::discovery
