// What a node speaks, as the core sees it: requests out, answers in. Bytes in, values out: no
// sockets, no clock, no state of its own.
//
// There is one object for each kind of link for the whole process, used by all threads. What must
// be remembered between two pieces of a stream is in Resume, owned by the link. Everything is
// noexcept, and nothing allocates after warm-up.
#pragma once

#include "base/byte_buffer.h"
#include "protocol/command.h"
#include "protocol/framing.h"
#include "protocol/outcome.h"
#include "protocol/request_frame.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringside::protocol {

enum class ReplyStatus : std::uint8_t { need_more, complete, malformed };

// One answer of a node.
struct ReplyFrame {
    ReplyStatus status = ReplyStatus::need_more;
    std::size_t size = 0;           // complete: the bytes of the answer
    Outcome outcome = Outcome::ok;  // complete: what it means
    std::string_view problem;       // malformed: what is wrong, for the log; static text
    // complete: an error that says that this node takes no writes. Its name may mean another by
    // now.
    bool is_readonly = false;

    // An error reply in the protocol's words: passed on to who asked.
    bool is_error() const noexcept { return outcome == Outcome::error; }
};

// What a fresh link has to ask for.
struct LinkSetup {
    std::string_view password;   // the pool's redis_auth; empty: none
    std::uint32_t database = 0;  // the pool's redis_db
};

// What an error of a node says of the node. Traffic and probes judge by the same.
enum class NodeFitness : std::uint8_t {
    fit,      // it serves, though a part of what it does is out of order
    unfit,    // it has nothing to answer from: still loading, cut off from its master, locked up
    unclear,  // the error is about the request. To a probe nobody should get one
};

class NodeCodec {
  public:
    virtual ~NodeCodec() = default;

    // The request in canonical form, to one node. Never with noreply: every request has an answer,
    // which is what keeps the answers of a shared link in step.
    virtual void append_request(const RequestFrame& frame, std::string_view bytes,
                                base::ByteBuffer& out) const noexcept = 0;

    // The part of a by_each_key request that concerns some of its keys (ascending indices into
    // frame.keys).
    virtual void append_part(const RequestFrame& frame, std::string_view bytes,
                             std::span<const std::uint32_t> key_indices,
                             base::ByteBuffer& out) const noexcept = 0;

    // What frame_reply() and merge() need to remember of the request; opaque to the caller, empty
    // for most commands. memcached: the keys asked for, which a VALUE line must repeat.
    virtual void append_expectation(const RequestFrame& frame, std::string_view bytes,
                                    std::span<const std::uint32_t> key_indices,
                                    base::ByteBuffer& out) const noexcept = 0;

    // Looks for the answer to a request at the start of `bytes`. An answer that does not fit the
    // request (its shape, its keys) is malformed: the link is out of step and must be closed.
    virtual ReplyFrame frame_reply(const CommandSpec& command, std::string_view expectation,
                                   std::string_view bytes, Resume& resume) const noexcept = 0;

    // What a fresh link sends before any request, and how many answers that has: HELLO 3, AUTH and
    // SELECT for Redis, nothing for memcached.
    virtual std::size_t append_prelude(const LinkSetup& setup,
                                       base::ByteBuffer& out) const noexcept = 0;
    // An answer to the prelude. An error means that the link must not be used; `problem` then says
    // why, for clients and the log.
    virtual ReplyFrame frame_prelude_reply(std::string_view bytes,
                                           Resume& resume) const noexcept = 0;

    // A request without side effects that any healthy node answers ("version", "PING"); its answer
    // is framed by frame_prelude_reply().
    virtual std::string_view probe() const noexcept = 0;

    // The error that `bytes` begin with, in the node's words without what frames them, whether or
    // not it would answer a request; empty if there is none or not yet all of it. It may be the
    // greeting of a node that turns a link away, and then is all that it says.
    virtual std::string_view error_words(std::string_view bytes) const noexcept = 0;
    // What an error, in these words, says of the node that has answered with it.
    virtual NodeFitness fitness(std::string_view error_words) const noexcept = 0;
};

}  // namespace ringside::protocol
