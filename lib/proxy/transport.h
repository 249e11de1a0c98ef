// What the core may ask of the world. Implemented over sockets by app/worker_thread and over a
// seeded imitation by tests/sim.
#pragma once

#include "base/clock.h"
#include "health/health_event.h"
#include "routing/node.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::proxy {

// Names one stream of the transport; chosen by the transport, never interpreted by the core.
enum class ConnectionId : std::uint32_t {};

// Names the core's side of a stream; chosen by the core, handed back with each event of the stream.
// A peer that is gone by the time an event arrives is ignored.
struct Peer {
    enum class Side : std::uint32_t { session, link };

    Side side = Side::session;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
};

// Why a stream ended.
enum class StreamEnd : std::uint8_t {
    eof,              // the other side closed in good order (its half of a session)
    reset,            // broken: reset, broken pipe and the like
    refused,          // a connection attempt was refused
    no_connection,    // a connection attempt failed for another reason, which the cause names
    own_shortage,     // no socket could be had: open files, local ports, memory; see the cause
    name_not_found,   // no connection attempt: no address of the name is known (the core's verdict)
    connect_timeout,  // a connection attempt took too long (the core's own verdict)
};

std::string_view to_string(StreamEnd end) noexcept;

// Called by the worker, on its thread. An implementation never calls back into the worker from
// inside these functions: what happens is told in a later event.
class Transport {
  public:
    virtual ~Transport() = default;

    // Starts to connect to an IP or a unix path, never to a name. Ends with exactly one of
    // Worker::on_connected and Worker::on_end, unless close() comes first.
    virtual ConnectionId connect(const routing::Address& address, Peer peer) = 0;

    // How long the other side may leave what was written unacknowledged until the stream ends, by
    // Worker::on_end. For connected streams of nodes; without meaning on one host.
    virtual void limit_unacknowledged(ConnectionId connection, base::milliseconds limit) = 0;

    // Hands bytes to the kernel and says how many it took. Fewer than offered: Worker::on_writable
    // follows once there is room. A stream whose peer is gone takes everything; Worker::on_end
    // follows, or has been.
    virtual std::size_t write(ConnectionId connection, std::string_view bytes) = 0;

    // No event of this stream follows. Bytes that write() took are still delivered.
    virtual void close(ConnectionId connection) = 0;

    // The other side is told that nothing more will be written, behind what write() took: nothing
    // may be. Events go on.
    virtual void finish_writing(ConnectionId connection) = 0;

    // True if bytes or an end have come of which no event has told yet.
    virtual bool has_unread(ConnectionId connection) = 0;

    // True if the peer has gone, so that nobody reads what is written. May be told late.
    virtual bool is_deserted(ConnectionId connection) = 0;

    // Back-pressure: neither Worker::on_bytes nor Worker::on_end between the two. An end, by a
    // reset too, is told after the last of the bytes that came before it was read.
    virtual void pause_reading(ConnectionId connection) = 0;
    virtual void resume_reading(ConnectionId connection) = 0;

    // The time of day, since the epoch: for commands that ask for it, never for deadlines.
    virtual base::microseconds unix_time() = 0;

    // Passes an edge in a node's health on to the controller.
    virtual void report(const health::HealthEvent& event) = 0;
};

}  // namespace ringside::proxy
