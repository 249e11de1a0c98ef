// What happens in the process, told to whoever listens: GET /events, server-sent events.
//
// Owned by App; control thread only. Nothing is kept for those who come later: who connects again
// asks the other routes what the state is.
#pragma once

#include "base/clock.h"
#include "http/body_stream.h"
#include "http/message.h"
#include "io/event_loop.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

class Events {
  public:
    // At once; each holds one connection of a listener.
    static constexpr std::size_t kListenersMax = 8;
    // A line that says nothing, so that both sides notice when the other one is gone.
    static constexpr base::seconds kHeartbeat{15};

    // `loop` outlives it.
    explicit Events(io::EventLoop& loop) : heartbeat_(loop) {}
    // Ends all streams.
    ~Events();

    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

    // A stream that begins with the event `hello`; 503 with kListenersMax of them.
    http::Response listen();

    // `json` is one line of text, see one_line().
    void tell(std::string_view name, std::string_view json);

    std::size_t listeners() const noexcept { return streams_.size(); }

    // Listeners that were turned away, and those that were given up as they read too slowly.
    std::uint64_t refused() const noexcept { return refused_; }
    std::uint64_t given_up() const noexcept { return given_up_; }

  private:
    void drop_ended();
    void arm_heartbeat();

    std::vector<std::shared_ptr<http::BodyStream>> streams_;
    io::EventLoop::Timer heartbeat_;
    std::uint64_t last_id_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t given_up_ = 0;
};

// JSON text without its line ends, which are blanks there.
std::string one_line(std::string json);

}  // namespace ringside::admin
