// A protocol, as the core sees it: bytes in, values out. No sockets, no clock, no state of its own.
//
// There is one Codec object per protocol for the whole process, used by all threads. What must be
// remembered between two pieces of a stream is in Resume, owned by the connection. Everything is
// noexcept, and after warm-up nothing allocates: the vectors of RequestFrame keep their capacity.
#pragma once

#include "base/byte_buffer.h"
#include "base/clock.h"
#include "protocol/command.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::protocol {

// A part of a frame, relative to its first byte.
struct Slice {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;

    std::string_view of(std::string_view frame) const noexcept {
        return frame.substr(offset, size);
    }
};

// What is still to come of a request that was refused in its middle: the client has its error, but
// only its arguments tell where the next request begins.
struct RefusedRest {
    std::size_t arguments = 0;
    std::size_t bytes = 0;  // of the arguments that have been passed over
};

// How far framing has got in an incomplete frame: keeps the work linear in the bytes received,
// however they are cut. Value-initialised at the start of every frame, but for `rest`, which is
// that of the frame before.
struct Resume {
    std::size_t need_bytes = 1;     // framing cannot succeed before the frame has this many bytes
    std::size_t scanned_bytes = 0;  // the codec's own: bytes that need not be looked at again
    std::size_t detail = 0;         // the codec's own
    RefusedRest rest{};             // requests only
    // Not 0: the answer has got into a value that ends here, its CRLF included. Everything up to
    // the value has been understood and fits the request.
    std::size_t value_end = 0;

    // How many of the answer's bytes, of `present` ones, need not be kept: they are not looked at
    // again. The caller may pass them on and drop them, and tells so by drop().
    std::size_t droppable_bytes(std::size_t present) const noexcept {
        constexpr std::size_t kCrlfBytes = 2;
        return value_end == 0 ? 0 : std::min(present, value_end - kCrlfBytes);
    }
    // From now on the frame begins `bytes` later. Requires: bytes <= droppable_bytes(present).
    void drop(std::size_t bytes) noexcept {
        need_bytes -= bytes;
        value_end -= bytes;
    }
};

// Why the proxy refused a request; one counter each.
enum class Reject : std::uint8_t {
    none,
    unknown_command,
    refused_command,
    bad_arguments,  // wrong number or form of arguments
    bad_key,        // too long, or with bytes that the protocol does not allow
    too_large,      // above the pool's value_bytes_max or request_bytes_max
    too_long,       // a line above kLineBytesMax, more keys than kKeysPerRequestMax
    bad_data,       // a data block that does not end where it should
    foreign,        // not this protocol at all: HTTP, TLS, memcached binary
};

enum class RequestStatus : std::uint8_t {
    need_more,  // incomplete; see Resume
    complete,   // `command` says what to do with it
    rejected,   // `answer` is the reply; nothing of it may reach a node
    skipped,  // a piece of the rest of a rejected request: `size` bytes to drop, without an answer
};

// One request of a client. Slices are relative to the bytes given to frame_request(), or to
// `decoded`; what takes a frame with its `bytes` wants what text() gives.
struct RequestFrame {
    RequestStatus status = RequestStatus::need_more;
    // complete: the bytes of the frame. rejected, skipped: the bytes to drop, which may be more
    // than have arrived (a value that is too large is swallowed as it comes).
    std::size_t size = 0;
    RefusedRest rest{};  // rejected, skipped: what follows behind `size`
    // complete: what was asked for. rejected: what the refusal entails at a node, usually nothing
    // (null); it is forwarded with `no_reply`, and the client gets `answer` behind it.
    const CommandSpec* command = nullptr;
    std::vector<Slice> words;  // the command and its arguments, without a data block
    std::vector<Slice> keys;   // in the order of the request
    // So many of the last keys are patterns (Redis: SORT ... BY weight_*): they name keys that the
    // node makes up, with any text in place of their first asterisk.
    std::size_t key_patterns = 0;
    bool no_reply = false;  // the client expects no answer (memcached noreply)
    // The bytes may be forwarded as they are. Else append_request() writes the canonical form.
    bool verbatim = true;
    // Not empty if the words were written with escapes (Redis: inline commands with quotes): what
    // the slices refer to then, instead of the bytes.
    std::string decoded;

    Reject reject = Reject::none;  // rejected only
    std::string answer;            // rejected only: wire bytes, may be empty
    bool close = false;            // rejected only: the stream is out of step, close after `answer`
    // rejected only: twemproxy leaves it to the node to refuse this, so that strict_twemproxy must
    // answer it too.
    bool answered_if_strict = false;

    void reset() noexcept;  // keeps the capacity of words, keys, decoded and answer

    // What the slices refer to, given the bytes that were framed. Complete only.
    std::string_view text(std::string_view bytes) const noexcept {
        return decoded.empty() ? bytes.substr(0, size) : std::string_view(decoded);
    }
};

enum class ReplyStatus : std::uint8_t { need_more, complete, malformed };

// One answer of a node.
struct ReplyFrame {
    ReplyStatus status = ReplyStatus::need_more;
    std::size_t size = 0;      // complete: the bytes of the answer
    bool is_error = false;     // an error reply in the protocol's words: passed on to who asked
    std::string_view problem;  // malformed: what is wrong, for the log; static text
};

// The limits of the pool that a request belongs to.
struct RequestLimits {
    std::size_t value_bytes_max;
    // Of a whole Redis request; at least value_bytes_max in effect.
    std::size_t request_bytes_max = std::size_t{256} << 20;
    // Forms of a request that twemproxy does not read, though the command is one of its own, are
    // refused as well: it closes, and so does the core.
    bool strict_twemproxy = false;
};

// The form of a protocol that a client has chosen. A node answers on a link in the link's dialect,
// so each dialect has links of its own, and no answer is ever translated.
enum class Dialect : std::uint8_t {
    standard,  // memcached text, RESP2
    resp3,     // after HELLO 3
};
inline constexpr std::size_t kDialects = 2;

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

// What the commands of a session change about itself.
struct ClientState {
    std::uint64_t id = 0;  // unique in the process
    bool authenticated = false;
    Dialect dialect = Dialect::standard;
    std::string name{};  // as CLIENT SETNAME left it
};

// What a local answer may read, and change.
struct LocalContext {
    std::string_view password;   // the pool's redis_auth; empty: none
    std::uint32_t database = 0;  // the pool's redis_db
    bool strict_twemproxy = false;
    ProxyFacts facts{};
    ClientState& client;
};

enum class AfterAnswer : std::uint8_t { keep, close };

// What a fresh link has to ask for.
struct LinkSetup {
    std::string_view password;   // the pool's redis_auth; empty: none
    std::uint32_t database = 0;  // the pool's redis_db
    Dialect dialect = Dialect::standard;
};

class Codec {
  public:
    virtual ~Codec() = default;

    // --- client side ---

    // Looks for one request at the start of `bytes`. `resume` belongs to this frame; the caller
    // resets it when the frame is done and need not call again before bytes.size() has reached
    // resume.need_bytes. Never allocates in proportion to a declared length.
    virtual void frame_request(std::string_view bytes, const RequestLimits& limits, Resume& resume,
                               RequestFrame& frame) const noexcept = 0;

    // Answers a complete frame whose route is `local` or `refused`, or whose permission is missing.
    virtual AfterAnswer answer(const RequestFrame& frame, std::string_view bytes,
                               LocalContext& context, base::ByteBuffer& out) const noexcept = 0;

    // True if the session must authenticate before this command; append_unauthenticated() is then
    // the answer.
    virtual bool needs_authentication(const CommandSpec& command) const noexcept = 0;
    virtual void append_unauthenticated(bool strict_twemproxy,
                                        base::ByteBuffer& out) const noexcept = 0;

    // An error of the proxy's own: "SERVER_ERROR text" or "-ERR text". Control characters in `text`
    // are replaced, so that a name can never end the line.
    virtual void append_error(std::string_view text, base::ByteBuffer& out) const noexcept = 0;

    // The answer to a same_node request whose keys belong to different nodes; `text` names them.
    virtual void append_crossing_error(std::string_view text,
                                       base::ByteBuffer& out) const noexcept = 0;

    // --- node side ---

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

    // Appends the one answer to a split request. A failed part, or an error reply in one, makes the
    // whole an error, unless failures_are_misses. False if the parts do not add up to an answer;
    // nothing is appended then.
    virtual bool merge(const SplitRequest& request, base::ByteBuffer& out) const noexcept = 0;

    // What a fresh link sends before any request, and how many answers that has: HELLO 3, AUTH and
    // SELECT for Redis, nothing for memcached.
    virtual std::size_t append_prelude(const LinkSetup& setup,
                                       base::ByteBuffer& out) const noexcept = 0;
    // An answer to the prelude; is_error means that the link must not be used.
    virtual ReplyFrame frame_prelude_reply(std::string_view bytes,
                                           Resume& resume) const noexcept = 0;

    // A request without side effects that any healthy node answers ("version", "PING"); its answer
    // is framed by frame_prelude_reply().
    virtual std::string_view probe() const noexcept = 0;

    // The command table, for the documents and for lookups of any_node's key.
    virtual std::span<const CommandSpec> commands() const noexcept = 0;
};

const Codec& memcache_codec() noexcept;
const Codec& redis_codec() noexcept;

}  // namespace ringside::protocol
