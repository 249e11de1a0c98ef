// Host names to addresses without holding up the loop: a thread of its own asks the system.
//
// Owned by a StreamLoop; every call on the loop's thread. The thread starts with the first lookup,
// so whoever dials IPs only never has it.
#pragma once

#include "base/expected.h"
#include "io/event_loop.h"
#include "io/socket.h"
#include "routing/node.h"

#include <functional>
#include <memory>
#include <vector>

namespace ringside::io {

class Lookup {
  public:
    using OnFound = std::function<void(base::Expected<std::vector<SocketAddress>>)>;

    // One question under way. Dropping the pointer means that nobody wants the answer any more:
    // OnFound is not called, and a question that still waits in line is never asked.
    struct Question;
    using QuestionPtr = std::shared_ptr<Question>;

    explicit Lookup(EventLoop& loop);
    // Waits for the question that is being asked: as long as the system's resolver takes.
    ~Lookup();

    // Calls `on_found` on the loop's thread, later.
    [[nodiscard]] QuestionPtr ask(const routing::Address& address, OnFound on_found);

  private:
    struct State;
    EventLoop& loop_;
    std::unique_ptr<State> state_;
};

}  // namespace ringside::io
