#include "protocol/redis/local.h"

#include "protocol/redis/commands.h"
#include "protocol/redis/resp.h"
#include "protocol/wire_text.h"

namespace ringside::protocol {
namespace {

void answer_ping(const LocalRequest& request) noexcept {
    if (request.frame.words.size() == 1) {
        append_status("PONG", request.out);
    } else {
        append_bulk(request.word(1), request.out);
    }
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

}  // namespace

void answer_redis(const LocalRequest& request) noexcept {
    switch (redis_id(*request.frame.command)) {
        case RedisCommand::forwarded:
            return;  // never local
        case RedisCommand::refused:
            return answer_refused(request);
        case RedisCommand::auth:
            return answer_auth(request);
        case RedisCommand::client_getname:
            return answer_client_getname(request);
        case RedisCommand::client_id:
            return append_number(request.context.client.id, request.out);
        case RedisCommand::client_info:
            return answer_client_info(request);
        case RedisCommand::client_reply:
            return answer_client_reply(request);
        case RedisCommand::client_setinfo:
            return answer_client_setinfo(request);
        case RedisCommand::client_setname:
            return answer_client_setname(request);
        case RedisCommand::client_switch:
            return answer_client_switch(request);
        case RedisCommand::command:
            return answer_command(request);
        case RedisCommand::command_count:
            return answer_command_count(request);
        case RedisCommand::command_docs:
            return answer_command_docs(request);
        case RedisCommand::command_getkeys:
            return answer_command_getkeys(request);
        case RedisCommand::command_getkeysandflags:
            return answer_command_getkeysandflags(request);
        case RedisCommand::command_info:
            return answer_command_info(request);
        case RedisCommand::command_list:
            return answer_command_list(request);
        case RedisCommand::echo:
            return append_bulk(request.word(1), request.out);
        case RedisCommand::hello:
            return answer_hello(request);
        case RedisCommand::help:
            return answer_help(request);
        case RedisCommand::info:
            return answer_info(request);
        case RedisCommand::ping:
            return answer_ping(request);
        case RedisCommand::quit:
            return answer_quit(request);
        case RedisCommand::reset:
            return answer_reset(request);
        case RedisCommand::select:
            return answer_select(request);
        case RedisCommand::time:
            return answer_time(request);
    }
}

}  // namespace ringside::protocol
