// One request of a client, as framing finds it.
#pragma once

#include "protocol/command.h"
#include "protocol/framing.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::protocol {

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
    // (null); the client gets `answer` behind it, whatever the node says.
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

}  // namespace ringside::protocol
