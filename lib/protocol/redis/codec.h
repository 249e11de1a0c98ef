// RESP2 and RESP3 as Redis 7 speaks them with its clients.
//
// Requests are arrays of bulk strings; inline commands are understood as well. Words are taken as
// bytes, whatever they contain: their lengths say where they end.
//
// An expectation is what the rule for the answers of the command says is to be remembered: a number
// (Remembered), or nothing.
// In append_expectation() an empty `key_indices` means all keys of the frame.
#pragma once

#include "protocol/protocol.h"

#include <cstdint>

namespace ringside::protocol {

// How an expectation holds a number.
using Remembered = std::uint32_t;

// Stateless: one object serves all threads.
class RedisClientCodec final : public ClientCodec {
  public:
    // A wrong command is answered and the connection goes on; a broken frame ("Protocol error")
    // closes it, as in Redis. An empty array or line is dropped without an answer: it is `rejected`
    // with Reject::none.
    // Stricter than Redis: a bulk string must end in CRLF.
    void frame_request(std::string_view bytes, const RequestLimits& limits, Resume& resume,
                       RequestFrame& frame) const noexcept override;
    AfterAnswer answer(const RequestFrame& frame, std::string_view bytes, LocalContext& context,
                       base::ByteBuffer& out) const noexcept override;
    bool serves(const CommandSpec& command, const ClientState& client) const noexcept override;
    void append_unauthenticated(bool strict_twemproxy,
                                base::ByteBuffer& out) const noexcept override;
    void append_error(std::string_view text, base::ByteBuffer& out) const noexcept override;
    void append_crossing_error(std::string_view text,
                               base::ByteBuffer& out) const noexcept override;
    // The first error of a part is the whole answer. `failures_are_misses` is for reads only: a
    // write that did not happen is never reported as done.
    bool merge(const SplitRequest& request, base::ByteBuffer& out) const noexcept override;
};

// One object for each kind of link serves all threads.
class RedisNodeCodec final : public NodeCodec {
  public:
    explicit RedisNodeCodec(LinkKind kind) noexcept : kind_(kind) {}

    void append_request(const RequestFrame& frame, std::string_view bytes,
                        base::ByteBuffer& out) const noexcept override;
    void append_part(const RequestFrame& frame, std::string_view bytes,
                     std::span<const std::uint32_t> key_indices,
                     base::ByteBuffer& out) const noexcept override;
    void append_expectation(const RequestFrame& frame, std::string_view bytes,
                            std::span<const std::uint32_t> key_indices,
                            base::ByteBuffer& out) const noexcept override;
    ReplyFrame frame_reply(const CommandSpec& command, std::string_view expectation,
                           std::string_view bytes, Resume& resume) const noexcept override;
    std::size_t append_prelude(const LinkSetup& setup,
                               base::ByteBuffer& out) const noexcept override;
    ReplyFrame frame_prelude_reply(std::string_view bytes, Resume& resume) const noexcept override;
    std::string_view probe() const noexcept override;
    std::string_view error_words(std::string_view bytes) const noexcept override;
    NodeFitness fitness(std::string_view error_words) const noexcept override;

  private:
    const LinkKind kind_;
};

}  // namespace ringside::protocol
