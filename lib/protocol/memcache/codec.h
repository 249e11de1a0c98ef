// The memcached text protocol (doc/protocol.txt of memcached 1.6.18), classic commands.
//
// Requests are parsed once and strictly, and a node sees only the canonical form: single spaces,
// CRLF, no `noreply`. So what counts as one request here counts as one request there: nothing in a
// key, a number or a value can become a command of its own.
//
// An expectation is the keys of a get or gets, joined by single spaces; empty for other commands.
// In append_expectation() an empty `key_indices` means all keys of the frame.
#pragma once

#include "protocol/client_codec.h"
#include "protocol/node_codec.h"

namespace ringside::protocol {

// Stateless: one object of each serves all threads.
class MemcacheClientCodec final : public ClientCodec {
  public:
    // Deviations from memcached 1.6.18, all for safety:
    // - a data block that does not end in CRLF closes the connection: memcached goes on in the
    //   middle of the block and takes the rest of the value for commands;
    // - the block behind a refused storage line is swallowed, where memcached runs it; if its
    //   length is unreadable, the connection is closed;
    // - control characters and 0x7f in keys are refused.
    // As in memcached, a refused request gets no answer if its line ends in `noreply`.
    void frame_request(std::string_view bytes, const RequestLimits& limits, Resume& resume,
                       RequestFrame& frame) const noexcept override;
    AfterAnswer answer(const RequestFrame& frame, std::string_view bytes, LocalContext& context,
                       base::ByteBuffer& out) const noexcept override;
    bool serves(const CommandSpec&, const ClientState&) const noexcept override { return true; }
    void append_unauthenticated(bool strict_twemproxy,
                                base::ByteBuffer& out) const noexcept override;
    void append_error(std::string_view text, base::ByteBuffer& out) const noexcept override;
    void append_crossing_error(std::string_view text,
                               base::ByteBuffer& out) const noexcept override;
    // An error line of a part stands in place of END, behind the values that were found.
    bool merge(const SplitRequest& request, base::ByteBuffer& out) const noexcept override;
};

class MemcacheNodeCodec final : public NodeCodec {
  public:
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
};

}  // namespace ringside::protocol
