// What a client speaks, as the core sees it: requests in, local answers and errors out. Bytes in,
// values out: no sockets, no clock, no state of its own.
//
// There is one object for the whole process, used by all threads; a session holds the one that its
// client speaks. What must be remembered between two pieces of a stream is in Resume, owned by the
// connection. Everything is noexcept, and after warm-up nothing allocates: the vectors of
// RequestFrame keep their capacity.
#pragma once

#include "base/byte_buffer.h"
#include "base/clock.h"
#include "protocol/command.h"
#include "protocol/framing.h"
#include "protocol/refusals.h"
#include "protocol/request_frame.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringside::protocol {

// The limits of the pool that a request belongs to.
struct RequestLimits {
    std::size_t value_bytes_max;
    // Of a whole Redis request; at least value_bytes_max in effect.
    std::size_t request_bytes_max = std::size_t{256} << 20;
    // Forms of a request that twemproxy does not read, though the command is one of its own, are
    // refused as well: it closes, and so does the core.
    bool strict_twemproxy = false;
};

// The form of a protocol that a client has chosen.
enum class Dialect : std::uint8_t {
    standard,  // memcached text, RESP2
    resp3,     // after HELLO 3
};

// One part of a split request after it was answered or has failed.
struct PartReply {
    std::string_view bytes;  // one complete answer of the node, or an error made by append_error()
    bool failed = false;     // made by append_error()
};

// What commands like `stats`, INFO and TIME say about the proxy itself. All zero unless the row of
// the command says needs_facts.
struct ProxyFacts {
    std::string_view version{};  // of Ringside, "0.1.0"
    std::string_view pool{};     // its name
    std::int64_t pid = 0;
    std::uint32_t workers = 0;        // threads
    base::microseconds unix_time{0};  // since the epoch
    base::seconds uptime{0};
    std::size_t nodes = 0;  // of the pool
    std::size_t nodes_in_ring = 0;
    // Of the pool, all workers together, since the process began.
    std::int64_t client_connections = 0;  // now
    std::int64_t requests = 0;
    std::int64_t rejected = 0;        // refused with an error before any node saw them
    std::int64_t forward_errors = 0;  // answered with an error because of a node
};

// A split request all of whose parts have come to an end.
struct SplitRequest {
    const CommandSpec& command;
    std::string_view expectation;           // of the whole request
    std::span<const std::uint32_t> owners;  // for each key the index of its part
    std::span<const PartReply> parts;
    bool failures_are_misses = false;
    bool strict_twemproxy = false;  // an error of a node becomes "Invalid argument", as there
    Dialect dialect = Dialect::standard;
    ProxyFacts facts{};
};

// Which requests of a session are answered (Redis: CLIENT REPLY). Each is carried out.
enum class Replies : std::uint8_t {
    all,
    none,
    all_but_this,  // not the request at hand
    all_but_next,
};

// What it is for the next request.
constexpr Replies next(Replies replies) noexcept {
    switch (replies) {
        case Replies::all:
        case Replies::all_but_this:
            return Replies::all;
        case Replies::none:
            return Replies::none;
        case Replies::all_but_next:
            return Replies::all_but_this;
    }
    return Replies::all;
}

// What the commands of a session change about itself.
struct ClientState {
    std::uint64_t id = 0;               // unique in the process
    bool authenticated = false;         // by a password, or by coming when there was none
    std::uint32_t wrong_passwords = 0;  // in a row
    Dialect dialect = Dialect::standard;
    Refusals refusals{};  // that stand: what they do not allow is not carried out
    Replies replies = Replies::all;
    std::string name{};  // as CLIENT SETNAME left it

    // Nobody waits for the answer to the request at hand.
    bool is_muted() const noexcept {
        return replies == Replies::none || replies == Replies::all_but_this;
    }
};

// What a local answer may read, and change.
struct LocalContext {
    std::string_view password;   // the pool's redis_auth; empty: none
    std::uint32_t database = 0;  // the pool's redis_db
    bool strict_twemproxy = false;
    ProxyFacts facts{};
    ClientState& client;
};

enum class AfterAnswer : std::uint8_t {
    keep,
    close,     // the client has asked for it
    lock_out,  // too many wrong passwords: close
};

class ClientCodec {
  public:
    virtual ~ClientCodec() = default;

    // Looks for one request at the start of `bytes`. `resume` belongs to this frame; the caller
    // resets it when the frame is done and need not call again before bytes.size() has reached
    // resume.need_bytes. Never allocates in proportion to a declared length.
    virtual void frame_request(std::string_view bytes, const RequestLimits& limits, Resume& resume,
                               RequestFrame& frame) const noexcept = 0;

    // Answers a complete frame whose route is `local` or `refused`, whose permission is missing, or
    // that is not served behind what was refused.
    virtual AfterAnswer answer(const RequestFrame& frame, std::string_view bytes,
                               LocalContext& context, base::ByteBuffer& out) const noexcept = 0;

    // Whether a command is served, and not answered with an error, behind what the client was
    // refused.
    virtual bool serves(const CommandSpec& command, const ClientState& client) const noexcept = 0;

    // The answer to a request that the session must authenticate for first.
    virtual void append_unauthenticated(bool strict_twemproxy,
                                        base::ByteBuffer& out) const noexcept = 0;

    // An error of the proxy's own: "SERVER_ERROR text" or "-ERR text". Control characters in `text`
    // are replaced, so that a name can never end the line.
    virtual void append_error(std::string_view text, base::ByteBuffer& out) const noexcept = 0;

    // The answer to a same_node request whose keys belong to different nodes; `text` names them.
    virtual void append_crossing_error(std::string_view text,
                                       base::ByteBuffer& out) const noexcept = 0;

    // Appends the one answer to a split request. A failed part, or an error reply in one, makes the
    // whole an error, unless failures_are_misses. False if the parts do not add up to an answer;
    // nothing is appended then.
    virtual bool merge(const SplitRequest& request, base::ByteBuffer& out) const noexcept = 0;
};

}  // namespace ringside::protocol
