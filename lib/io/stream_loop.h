// The scheduling policy of a worker thread: the turn, and the streams that make it up.
//
// The streams sit in an epoll set of their own, level-triggered, one recv() per readiness. Asio
// waits on that set as on any descriptor, and brings timers, name lookups and posts. Against
// Asio's own socket reads this saves the failed recv() that its reactor makes after every short
// read (docs/decisions/002-the-turn.md has the figures).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "io/event_loop.h"
#include "routing/node.h"

namespace ringside::io {

// Names a stream of one StreamLoop; reused after close().
enum class StreamId : std::uint32_t {};

// The caller's own name of a stream, handed back with each event.
struct Cookie {
    std::uint32_t kind = 0;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
};

enum class StreamFailure : std::uint8_t { eof, reset, refused, name_not_found };

// What happens on streams. Called by the loop on its thread, always inside a turn.
class StreamEvents {
  public:
    virtual ~StreamEvents() = default;

    virtual void begin_turn(base::TimePoint now) = 0;
    // Returns when the next turn must come at the latest.
    virtual base::TimePoint end_of_turn() = 0;

    virtual std::span<char> read_target(Cookie cookie) = 0;
    virtual void on_bytes(Cookie cookie, std::size_t size) = 0;
    virtual void on_writable(Cookie cookie) = 0;
    virtual void on_connected(Cookie cookie) = 0;
    // Told once per stream; the stream stays open until close(). After eof it is not read again.
    virtual void on_end(Cookie cookie, StreamFailure failure) = 0;
};

class StreamLoop {
  public:
    // `loop` and `events` outlive the StreamLoop.
    StreamLoop(EventLoop& loop, StreamEvents& events);
    ~StreamLoop();

    // Runs turns until loop.stop().
    void run();

    // Takes over a connected, non-blocking socket. TCP_NODELAY is the caller's business.
    StreamId add(int fd, Cookie cookie);
    void set_cookie(StreamId stream, Cookie cookie);

    // Starts to connect: an IP at once, a unix path at once, a name after an asynchronous lookup of
    // which the first address that answers is taken. Never blocks.
    StreamId connect(const routing::Address& address, Cookie cookie);

    // As Transport::write.
    std::size_t write(StreamId stream, std::string_view bytes);
    void close(StreamId stream);
    void pause_reading(StreamId stream);
    void resume_reading(StreamId stream);

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace ringside::io
