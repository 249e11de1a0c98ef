// One request to one server, and its answer as it comes: for sources that ask over HTTP or HTTPS,
// and for answers that do not end, as a watch of Kubernetes.
//
// A connection of its own for each. Its loop's thread only; owned by who asks.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "http/message.h"
#include "http/response_reader.h"
#include "http/tls.h"
#include "io/event_loop.h"
#include "routing/node.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::http {

class Fetch {
  public:
    struct Request {
        // IPs of one port or a unix path, tried in this order (io/connector.h).
        std::vector<routing::Address> addresses;
        // For the Host field, which gets the port from `addresses`, and, with TLS, whom the other
        // side has to be.
        std::string host;
        TlsContext* tls = nullptr;  // null: in the clear; outlives the Fetch
        Method method = Method::get;
        std::string target = "/";  // percent-encoded, with its query
        std::vector<std::pair<std::string, std::string>> headers = {};  // without line ends
        std::string body = {};
        base::milliseconds timeout{5'000};     // from the beginning to the end of the head
        base::milliseconds silence_max{0};     // within the body; 0: for ever
        std::size_t body_bytes_max = 1 << 20;  // over it: malformed
    };
    struct Events {
        std::function<void(const ResponseHead&)> on_head = nullptr;
        std::function<void(std::string_view)> on_body = nullptr;
        // The answer has come to its end, or why not: io, timed_out, malformed. Called once; may
        // destroy the Fetch, as only this may.
        std::function<void(base::Status)> on_end = nullptr;
    };

    // `loop` outlives the Fetch. Nothing is called from inside.
    Fetch(io::EventLoop& loop, Request request, Events events);
    // Closes the connection. Nothing is called afterwards.
    ~Fetch();

    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;

  private:
    class State;
    std::shared_ptr<State> state_;  // shared with its coroutine, which may end later
};

}  // namespace ringside::http
