// Tells that a descriptor can be read from: that something has come, or the end.
#pragma once

#include "io/event_loop.h"
#include "io/file_descriptor.h"

#include <functional>
#include <memory>

namespace ringside::io {

// Owned by who waits; its loop's thread only.
class Readable {
  public:
    // `on_readable` is called as long as there is something that it does not read. It may drop
    // this. `loop` outlives it.
    Readable(EventLoop& loop, FileDescriptor descriptor, std::function<void()> on_readable);
    // Closes the descriptor.
    ~Readable();

    Readable(const Readable&) = delete;
    Readable& operator=(const Readable&) = delete;

    int fd() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;  // its pending wait holds it weakly
};

}  // namespace ringside::io
