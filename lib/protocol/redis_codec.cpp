#include "protocol/redis_codec.h"

#include "protocol/constant_time.h"
#include "protocol/redis_commands.h"
#include "protocol/resp.h"
#include "protocol/wire_text.h"

namespace ringside::protocol {
namespace {

constexpr std::string_view kOk = "+OK\r\n";

RedisCommand id_of(const CommandSpec& command) noexcept {
    return static_cast<RedisCommand>(command.id);
}

// The texts of twemproxy 0.5.0 (nc_redis.c), which answers AUTH itself as we do. A failed attempt
// takes back an earlier success. AUTH with a user name is Redis 6's form of the same.
void answer_auth(const RequestFrame& frame, std::string_view bytes, LocalContext& context,
                 base::ByteBuffer& out) noexcept {
    if (context.password.empty()) {
        out.append("-ERR Client sent AUTH, but no password is set\r\n");
        return;
    }
    const bool user_is_known = frame.words.size() == 2 || frame.words[1].of(bytes) == "default";
    context.client.authenticated =
        equal_in_constant_time(context.password, frame.words.back().of(bytes)) && user_is_known;
    out.append(context.client.authenticated ? kOk : "-ERR invalid password\r\n");
}

}  // namespace

AfterAnswer RedisCodec::answer(const RequestFrame& frame, std::string_view bytes,
                               LocalContext& context, base::ByteBuffer& out) const noexcept {
    switch (id_of(*frame.command)) {
        case RedisCommand::ping:
            if (frame.words.size() == 1) {
                out.append("+PONG\r\n");
            } else {
                append_bulk(frame.words[1].of(bytes), out);
            }
            return AfterAnswer::keep;
        case RedisCommand::quit:
            out.append(kOk);
            return AfterAnswer::close;
        case RedisCommand::auth:
            answer_auth(frame, bytes, context, out);
            return AfterAnswer::keep;
        case RedisCommand::forwarded:
            break;  // not a local command
    }
    return AfterAnswer::keep;
}

bool RedisCodec::needs_authentication(const CommandSpec& command) const noexcept {
    const RedisCommand id = id_of(command);
    return id != RedisCommand::auth && id != RedisCommand::quit;
}

void RedisCodec::append_unauthenticated(base::ByteBuffer& out) const noexcept {
    out.append("-NOAUTH Authentication required.\r\n");
}

void RedisCodec::append_error(std::string_view text, base::ByteBuffer& out) const noexcept {
    out.append("-ERR ");
    append_printable(text, out);
    out.append(kCrlf);
}

// Redis Cluster's word for keys that live apart: clients know it.
void RedisCodec::append_crossing_error(std::string_view text,
                                       base::ByteBuffer& out) const noexcept {
    out.append("-CROSSSLOT ");
    append_printable(text, out);
    out.append(kCrlf);
}

void RedisCodec::append_request(const RequestFrame& frame, std::string_view bytes,
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

void RedisCodec::append_part(const RequestFrame& frame, std::string_view bytes,
                             std::span<const std::uint32_t> key_indices,
                             base::ByteBuffer& out) const noexcept {
    const auto step = static_cast<std::size_t>(frame.command->key_step);
    append_array_header(1 + key_indices.size() * step, out);
    append_bulk(frame.command->name, out);
    for (const std::uint32_t index : key_indices) {
        const std::size_t first = static_cast<std::size_t>(frame.command->first_key) + index * step;
        for (std::size_t i = first; i < first + step; ++i) {
            append_bulk(frame.words[i].of(bytes), out);
        }
    }
}

void RedisCodec::append_expectation(const RequestFrame& frame, std::string_view,
                                    std::span<const std::uint32_t> key_indices,
                                    base::ByteBuffer& out) const noexcept {
    if (frame.command->merge == Merge::array) {
        append_decimal(key_indices.empty() ? frame.keys.size() : key_indices.size(), out);
    }
}

// AUTH goes first: a node that needs a password refuses everything before it.
std::size_t RedisCodec::append_prelude(const LinkSetup& setup,
                                       base::ByteBuffer& out) const noexcept {
    std::size_t answers = 0;
    if (!setup.password.empty()) {
        append_array_header(2, out);
        append_bulk("AUTH", out);
        append_bulk(setup.password, out);
        ++answers;
    }
    if (setup.dialect == Dialect::resp3) {
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

std::string_view RedisCodec::probe() const noexcept {
    return "*1\r\n$4\r\nPING\r\n";
}

std::span<const CommandSpec> RedisCodec::commands() const noexcept {
    return kRedisCommands;
}

const Codec& redis_codec() noexcept {
    static const RedisCodec kCodec;
    return kCodec;
}

}  // namespace ringside::protocol
