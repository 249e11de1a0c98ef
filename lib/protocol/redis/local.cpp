#include "protocol/redis/local.h"

#include "protocol/redis/commands.h"
#include "protocol/redis/resp.h"
#include "protocol/wire_text.h"

namespace ringside::protocol {

void answer_echo(const LocalRequest& request) noexcept {
    append_bulk(request.word(1), request.out);
}

void answer_ping(const LocalRequest& request) noexcept {
    if (request.frame.words.size() == 1) {
        append_status("PONG", request.out);
    } else {
        append_bulk(request.word(1), request.out);
    }
}

void answer_not_permitted(const LocalRequest& request) noexcept {
    std::string text = "ERR '";
    append_redis_name(redis_row(*request.frame.command), text);
    text += "' is not allowed: it needs \"flush_all: true\" in pool ";
    text += request.context.facts.pool;
    append_error_reply(text, request.out);
}

// nutcracker closes without a word.
void answer_quit(const LocalRequest& request) noexcept {
    if (!request.context.strict_twemproxy) {
        append_status("OK", request.out);
    }
}

void answer_refused(const LocalRequest& request) noexcept {
    const RedisRow& command = redis_row(*request.frame.command);
    std::string text = "ERR '";
    append_redis_name(command, text);
    text += "' is not supported by this proxy: ";
    text += command.doc;
    append_error_reply(text, request.out);
}

// Seconds and microseconds, as two strings.
void answer_time(const LocalRequest& request) noexcept {
    constexpr std::int64_t kMicroseconds = 1'000'000;
    const std::int64_t now = request.context.facts.unix_time.count();
    append_array_header(2, request.out);
    for (const std::int64_t part : {now / kMicroseconds, now % kMicroseconds}) {
        base::ByteBuffer digits;
        append_decimal(static_cast<std::uint64_t>(part), digits);
        append_bulk(digits.view(), request.out);
    }
}

void answer_client_getname(const LocalRequest& request) noexcept {
    const std::string& name = request.context.client.name;
    if (name.empty()) {
        append_null(request.dialect(), request.out);
    } else {
        append_bulk(name, request.out);
    }
}

void answer_client_id(const LocalRequest& request) noexcept {
    append_number(request.context.client.id, request.out);
}

}  // namespace ringside::protocol
