// Connects to one of several addresses: each is tried in its turn, with its share of the time.
//
// For what asks one question on a connection of its own; the links of workers have their own way to
// wait, by the same shares (proxy/node_addresses.h). Its loop's thread only; owned by who connects.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/socket.h"

#include <functional>
#include <memory>
#include <vector>

namespace ringside::io {

class Connector {
  public:
    // A connected socket, or why the last address did not lead to one (io). Called once, later; may
    // destroy the Connector.
    using OnEnd = std::function<void(base::Expected<FileDescriptor>)>;

    // Of `timeout` each address has the same share but the last one, which
    // has all that is left: who connects has a deadline of his own for everything together.
    // `loop` outlives the Connector.
    Connector(EventLoop& loop, std::vector<SocketAddress> addresses, base::milliseconds timeout,
              OnEnd on_end);
    // Closes what is under way. Nothing is called afterwards.
    ~Connector();

    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

  private:
    class State;
    std::shared_ptr<State> state_;  // handlers under way hold it weakly
};

}  // namespace ringside::io
