#include "protocol/redis/codec.h"

#include "protocol/redis/commands.h"
#include "protocol/redis/local.h"
#include "protocol/redis/resp.h"
#include "protocol/wire_text.h"

#include <array>
#include <bit>
#include <utility>

namespace ringside::protocol {
namespace {

// As it is: no other process reads it.
void append_remembered(std::size_t count, base::ByteBuffer& out) noexcept {
    const auto bytes =
        std::bit_cast<std::array<char, sizeof(Remembered)>>(static_cast<Remembered>(count));
    out.append({bytes.data(), bytes.size()});
}

}  // namespace

AfterAnswer RedisClientCodec::answer(const RequestFrame& frame, std::string_view bytes,
                                     LocalContext& context, base::ByteBuffer& out) const noexcept {
    const RedisRow& command = redis_row(*frame.command);
    const LocalRequest request{.frame = frame, .bytes = bytes, .context = context, .out = out};
    if (!serves(command, context.client)) {
        answer_behind_refusal(request);
        return AfterAnswer::keep;
    }
    if (command.answer == nullptr) {
        answer_not_permitted(request);
        return AfterAnswer::keep;
    }
    command.answer(request);
    if (is_locked_out(context)) {
        return AfterAnswer::lock_out;
    }
    return command.closes ? AfterAnswer::close : AfterAnswer::keep;
}

// In RESP3 other commands may follow a subscription, and mean what they always mean; until the
// session goes back to RESP2.
bool RedisClientCodec::serves(const CommandSpec& command,
                              const ClientState& client) const noexcept {
    Refusals refusals = client.refusals;
    if (client.dialect == Dialect::resp3) {
        refusals.remove({Refusal::channels, Refusal::patterns, Refusal::shard_channels});
    }
    return redis_row(command).served_behind.include(refusals);
}

void RedisClientCodec::append_unauthenticated(bool strict_twemproxy,
                                              base::ByteBuffer& out) const noexcept {
    out.append(strict_twemproxy ? "-NOAUTH Authentication required\r\n"
                                : "-NOAUTH Authentication required.\r\n");
}

void RedisClientCodec::append_error(std::string_view text, base::ByteBuffer& out) const noexcept {
    out.append("-ERR ");
    append_printable(text, out);
    out.append(kCrlf);
}

// Redis Cluster's word for keys that live apart: clients know it.
void RedisClientCodec::append_crossing_error(std::string_view text,
                                             base::ByteBuffer& out) const noexcept {
    out.append("-CROSSSLOT ");
    append_printable(text, out);
    out.append(kCrlf);
}

void RedisNodeCodec::append_request(const RequestFrame& frame, std::string_view bytes,
                                    base::ByteBuffer& out) const noexcept {
    if (frame.verbatim) {
        out.append(bytes.substr(0, frame.size));
        return;
    }
    append_array_header(frame.words.size(), out);
    for (const Slice& word : frame.words) {
        append_bulk(word.of(bytes), out);
    }
}

void RedisNodeCodec::append_part(const RequestFrame& frame, std::string_view bytes,
                                 std::span<const std::uint32_t> key_indices,
                                 base::ByteBuffer& out) const noexcept {
    const CommandSpec& command = *frame.command;
    const auto step = static_cast<std::size_t>(command.key_step);
    append_array_header(1 + key_indices.size() * step, out);
    append_bulk(part_of(command).name, out);
    for (const std::uint32_t index : key_indices) {
        const std::size_t first = static_cast<std::size_t>(command.first_key) + index * step;
        for (std::size_t i = first; i < first + step; ++i) {
            append_bulk(frame.words[i].of(bytes), out);
        }
    }
}

void RedisNodeCodec::append_expectation(const RequestFrame& frame, std::string_view,
                                        std::span<const std::uint32_t> key_indices,
                                        base::ByteBuffer& out) const noexcept {
    const bool whole = key_indices.empty();
    const CommandSpec& command = whole ? *frame.command : part_of(*frame.command);
    switch (redis_row(command).answers.remember) {
        case Remember::key_count:
            append_remembered(whole ? frame.keys.size() : key_indices.size(), out);
            return;
        case Remember::argument_count:
            append_remembered(frame.words.size() - 2, out);
            return;
        case Remember::pair_count:
            append_remembered((frame.words.size() - 2) / 2, out);
            return;
        case Remember::options:
            if (std::cmp_greater(frame.words.size(), command.words_min)) {
                append_remembered(frame.words.size(), out);
            }
            return;
        case Remember::nothing:
        case Remember::keys:  // no answer of Redis repeats one
            return;
    }
}

// AUTH goes first: a node that needs a password refuses everything before it.
std::size_t RedisNodeCodec::append_prelude(const LinkSetup& setup,
                                           base::ByteBuffer& out) const noexcept {
    std::size_t answers = 0;
    if (!setup.password.empty()) {
        append_array_header(2, out);
        append_bulk("AUTH", out);
        append_bulk(setup.password, out);
        ++answers;
    }
    if (kind_ == LinkKind::resp3) {
        append_array_header(2, out);
        append_bulk("HELLO", out);
        append_bulk("3", out);
        ++answers;
    }
    if (setup.database > 0) {
        base::ByteBuffer number;
        append_decimal(setup.database, number);
        append_array_header(2, out);
        append_bulk("SELECT", out);
        append_bulk(number.view(), out);
        ++answers;
    }
    return answers;
}

std::string_view RedisNodeCodec::probe() const noexcept {
    return "*1\r\n$4\r\nPING\r\n";
}

const Protocol& redis() noexcept {
    static const RedisClientCodec kClient;
    static const RedisNodeCodec kResp2(LinkKind::standard);
    static const RedisNodeCodec kResp3(LinkKind::resp3);
    static const Protocol kProtocol{.client = kClient, .nodes = {&kResp2, &kResp3}};
    return kProtocol;
}

}  // namespace ringside::protocol
