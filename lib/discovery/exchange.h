// One question to one node: connect, send, read until the answer is whole, close.
//
// What discovery and probes have in common, and the only file of this layer that knows Asio. A
// fresh connection per question costs little at their pace, and reaches the node behind a name that
// has moved. Names are looked up before (discovery/names.h), so that a slow lookup costs no answer.
// Control thread only; owned by who asks.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "io/event_loop.h"
#include "routing/node.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

class Exchange {
  public:
    struct Request {
        // IPs or a unix path, tried in this order until one is connected; each has its share of
        // the time.
        std::vector<routing::Address> addresses;
        std::string bytes;
        base::milliseconds timeout;  // for connection and answer together
        // What an error says beside it if the connection ends before a byte of the answer.
        std::string_view why_no_byte = {};  // outlives the Exchange
    };

    // Looks at all bytes received so far; true if no more are needed.
    using IsWhole = std::function<bool(std::string_view)>;
    // All bytes received, or why they did not become an answer: io, timed_out, or
    // malformed above kDiscoveryAnswerBytesMax. Called once, later; may destroy the Exchange.
    using OnEnd = std::function<void(base::Expected<std::string>)>;

    // `loop` outlives the Exchange.
    Exchange(io::EventLoop& loop, Request request, IsWhole is_whole, OnEnd on_end);
    // Closes the connection. Nothing is called afterwards.
    ~Exchange();

    // It takes no longer than this from now on.
    void limit(base::milliseconds rest);

    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

  private:
    class State;
    std::shared_ptr<State> state_;  // handlers under way hold it weakly
};

}  // namespace ringside::discovery
