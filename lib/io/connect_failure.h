// What has become of connection attempts that did not succeed at once: why they failed, and which
// of them are to be made again. Used by StreamLoop, on its thread.
#pragma once

#include "base/clock.h"
#include "io/socket.h"
#include "io/stream_loop.h"

#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

namespace ringside::io {

// What an errno of a connection attempt means.
inline StreamFailure failure_of(int error) noexcept {
    switch (error) {
        case ECONNREFUSED:
            return StreamFailure::refused;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EADDRNOTAVAIL:
        case EAGAIN:  // no local port
            return StreamFailure::own_shortage;
        default:
            return StreamFailure::no_connection;
    }
}

// A unix socket whose backlog is full refuses with EAGAIN and does not tell when there is room.
inline constexpr base::milliseconds kFullBacklogPause{5};

// Streams that wait for room in a backlog: tried again together, a pause behind the first.
class BacklogWaits {
  public:
    struct Stream {
        std::uint32_t index;
        std::uint32_t generation;
        SocketAddress address;
    };

    void add(Stream stream) {
        if (streams_.empty()) {
            due_ = base::Clock::now() + kFullBacklogPause;
        }
        streams_.push_back(stream);
    }
    base::TimePoint due() const noexcept { return streams_.empty() ? base::kNever : due_; }
    // Those to be tried now; they may be added again.
    std::vector<Stream> take(base::TimePoint now) {
        return now < due() ? std::vector<Stream>{} : std::exchange(streams_, {});
    }

  private:
    std::vector<Stream> streams_;
    base::TimePoint due_{};
};

}  // namespace ringside::io
