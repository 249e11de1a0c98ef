// The scheduling policy of a worker thread: the turn, and the streams that make it up.
//
// A turn is one epoll_wait(), the only place where the thread sleeps, and a bounded batch of
// events. The streams are edge-triggered, with one recv() per edge: a short read says that the
// socket is empty, so neither the failed recv() that Asio's reactor makes after it nor the second
// look that epoll takes at level-triggered descriptors is paid for. The loop's posted tasks and
// stop() wake the same epoll set and run inside the turn (docs/decisions/002-the-turn.md).
#pragma once

#include "base/clock.h"
#include "io/event_loop.h"
#include "routing/node.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ringside::io {

// Names a stream of one StreamLoop; reused after close().
enum class StreamId : std::uint32_t {};

// The caller's own name of a stream, handed back with each event.
struct Cookie {
    std::uint32_t kind = 0;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
};

enum class StreamFailure : std::uint8_t {
    eof,
    reset,
    refused,        // of a connection attempt, as are those below
    no_connection,  // for another reason: no such path, no permission, no route
    own_shortage,   // no socket: open files, local ports, memory
};

// What has gone over a stream since it is there.
struct StreamTraffic {
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
};

// What happens on streams. Called by the loop on its thread, always inside a turn. Every function
// may add, connect and close streams, the one that it is told of included.
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
    // The stream stays open until close(). Told once, behind the last bytes that came: after `eof`
    // the stream may still be written to, and if the peer breaks it then, writes are taken and
    // dropped without a word. `error` is the errno of a connection attempt that has failed, else 0.
    virtual void on_end(Cookie cookie, StreamFailure failure, int error) = 0;
};

class StreamLoop {
  public:
    // `loop` and `events` outlive the StreamLoop.
    StreamLoop(EventLoop& loop, StreamEvents& events);
    // Closes what is still open, without a word to `events`.
    ~StreamLoop();

    StreamLoop(const StreamLoop&) = delete;
    StreamLoop& operator=(const StreamLoop&) = delete;

    // Runs turns until loop.stop(), one that came before included; can be run again. The first turn
    // comes at once; the one under way when stop() is called is finished.
    void run();

    // Takes over a connected, non-blocking socket. TCP_NODELAY is the caller's business.
    StreamId add(int fd, Cookie cookie);
    void set_cookie(StreamId stream, Cookie cookie);

    // Starts to connect to an IP or a unix path; a name is refused, as nobody is asked for it here.
    // A unix socket whose backlog is full is tried again until there is room: how long is up to the
    // caller. Never blocks. Until on_connected() tells that it has succeeded write() takes nothing.
    StreamId connect(const routing::Address& address, Cookie cookie);

    // As Transport::limit_unacknowledged.
    void limit_unacknowledged(StreamId stream, base::milliseconds limit);
    // As Transport::write.
    std::size_t write(StreamId stream, std::string_view bytes);
    // As Transport::finish_writing and Transport::has_unread.
    void finish_writing(StreamId stream);
    bool has_unread(StreamId stream) const;
    // Unread bytes are dropped first: closing a socket that has some would reset the connection,
    // and the other side could lose what write() took.
    void close(StreamId stream);
    // As Transport::is_deserted.
    bool is_deserted(StreamId stream) const;
    // No on_bytes() between the two, and no on_end(): an end, a reset too, stands behind what has
    // come, and perhaps not been read. What is written to a peer that is gone is taken and dropped.
    void pause_reading(StreamId stream);
    void resume_reading(StreamId stream);

    // Of an open stream.
    StreamTraffic traffic(StreamId stream) const;
    std::string peer_name(StreamId stream) const;  // as io::peer_name()

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace ringside::io
