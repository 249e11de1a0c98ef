// Host names to addresses without holding up the loop: a thread of its own asks the system.
//
// Owned by a StreamLoop, or by whoever dials names on the control thread; every call on the loop's
// thread. The thread starts with the first lookup, so whoever dials IPs only never has it.
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

    // `loop` outlives the Lookup.
    explicit Lookup(EventLoop& loop);
    // Does not wait: the system's resolver may take many seconds and cannot be interrupted. The
    // thread is left to end by itself and touches nothing of this object or the loop any more.
    ~Lookup();

    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    // Calls `on_found` on the loop's thread, later.
    [[nodiscard]] QuestionPtr ask(const routing::Address& address, OnFound on_found);

  private:
    struct State;
    EventLoop& loop_;
    std::shared_ptr<State> state_;  // shared with the thread; null until the first question
};

}  // namespace ringside::io
