// Commands of Redis that concern the client's own connection: AUTH, HELLO, RESET, SELECT, CLIENT.
#include "base/limits.h"
#include "base/parse.h"
#include "protocol/constant_time.h"
#include "protocol/redis/keys.h"
#include "protocol/redis/local.h"
#include "protocol/redis/resp.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace ringside::protocol {
namespace {

constexpr std::string_view kSyntaxError = "ERR syntax error";
constexpr std::string_view kDefaultUser = "default";

// As in Redis, any password will do for the default user where none is needed.
bool credentials_fit(const LocalContext& context, std::string_view user,
                     std::string_view password) noexcept {
    const bool password_fits =
        context.password.empty() || equal_in_constant_time(context.password, password);
    return password_fits && user == kDefaultUser;
}

// A failed attempt takes back an earlier success, as in twemproxy; not where there is no password,
// which twemproxy has no such attempts for.
bool authenticate(LocalContext& context, std::string_view user,
                  std::string_view password) noexcept {
    ClientState& client = context.client;
    if (credentials_fit(context, user, password)) {
        client.authenticated = true;
        client.wrong_passwords = 0;
        return true;
    }
    client.authenticated = client.authenticated && context.password.empty();
    ++client.wrong_passwords;
    return false;
}

void append_wrong_password(const LocalRequest& request) noexcept {
    static_assert(base::kPasswordAttemptsMax == 10);
    if (request.context.strict_twemproxy) {
        append_error_reply("ERR invalid password", request.out);
    } else if (is_locked_out(request.context)) {
        append_error_reply("WRONGPASS 10 wrong passwords on this connection: it is closed.",
                           request.out);
    } else {
        append_error_reply("WRONGPASS invalid username-password pair or user is disabled.",
                           request.out);
    }
}

// What Redis takes for the name of a client (networking.c, clientSetName), and short.
std::string_view problem_of_name(std::string_view name) noexcept {
    static_assert(base::kClientNameBytesMax == 256);
    if (name.size() > base::kClientNameBytesMax) {
        return "ERR Client names are limited to 256 bytes by this proxy.";
    }
    const bool plain =
        std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
    return plain ? std::string_view{}
                 : "ERR Client names cannot contain spaces, newlines or special characters.";
}

// HELLO [version [AUTH user password] [SETNAME name]]
struct Hello {
    std::optional<Dialect> dialect;
    std::optional<std::string_view> user;
    std::string_view password;
    std::optional<std::string_view> name;
    std::string problem;
};

Hello read_hello(const LocalRequest& request) noexcept {
    Hello hello;
    const std::size_t words = request.frame.words.size();
    if (words == 1) {
        return hello;
    }
    const auto version = base::parse_unsigned(request.word(1), 0, INT32_MAX);
    if (!version) {
        hello.problem = "ERR Protocol version is not an integer or out of range";
        return hello;
    }
    if (*version != 2 && *version != 3) {
        hello.problem = "NOPROTO unsupported protocol version";
        return hello;
    }
    hello.dialect = *version == 3 ? Dialect::resp3 : Dialect::standard;
    for (std::size_t i = 2; i < words; ++i) {
        const std::string_view option = request.word(i);
        if (is_redis_option(option, "AUTH") && i + 2 < words) {
            hello.user = request.word(i + 1);
            hello.password = request.word(i + 2);
            i += 2;
        } else if (is_redis_option(option, "SETNAME") && i + 1 < words) {
            hello.name = request.word(++i);
        } else {
            hello.problem = fmt::format("ERR Syntax error in HELLO option '{}'", option);
            return hello;
        }
    }
    if (hello.name) {
        hello.problem = problem_of_name(*hello.name);
    }
    return hello;
}

// The fields of Redis. The pool is one server to its clients, hence mode and role.
void append_greeting(const LocalRequest& request) noexcept {
    base::ByteBuffer& out = request.out;
    const auto field = [&out](std::string_view name, std::string_view value) {
        append_bulk(name, out);
        append_bulk(value, out);
    };
    append_map_header(7, request.dialect(), out);
    field("server", "redis");
    field("version", kRedisVersion);
    append_bulk("proto", out);
    append_number(request.dialect() == Dialect::resp3 ? 3 : 2, out);
    append_bulk("id", out);
    append_number(request.context.client.id, out);
    field("mode", "standalone");
    field("role", "master");
    append_bulk("modules", out);
    append_array_header(0, out);
}

}  // namespace

// twemproxy lets them try without end.
bool is_locked_out(const LocalContext& context) noexcept {
    return context.client.wrong_passwords >= base::kPasswordAttemptsMax &&
           !context.strict_twemproxy;
}

void answer_auth(const LocalRequest& request) noexcept {
    const bool with_user = request.frame.words.size() == 3;
    if (request.context.password.empty() && !with_user) {
        append_error_reply(
            request.context.strict_twemproxy
                ? "ERR Client sent AUTH, but no password is set"
                : "ERR AUTH <password> called without any password configured for the default "
                  "user. Are you sure your configuration is correct?",
            request.out);
        return;
    }
    const std::string_view user = with_user ? request.word(1) : kDefaultUser;
    const std::string_view password = request.word(with_user ? 2 : 1);
    if (authenticate(request.context, user, password)) {
        append_status("OK", request.out);
    } else {
        append_wrong_password(request);
    }
}

void answer_hello(const LocalRequest& request) noexcept {
    const Hello hello = read_hello(request);
    if (!hello.problem.empty()) {
        append_error_reply(hello.problem, request.out);
        return;
    }
    if (hello.user && !authenticate(request.context, *hello.user, hello.password)) {
        append_wrong_password(request);
        return;
    }
    ClientState& client = request.context.client;
    if (!request.context.password.empty() && !client.authenticated) {
        append_error_reply(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the "
            "HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and "
            "select the RESP protocol version at the same time",
            request.out);
        return;
    }
    if (hello.name) {
        client.name = *hello.name;
    }
    client.dialect = hello.dialect.value_or(client.dialect);
    append_greeting(request);
}

void answer_reset(const LocalRequest& request) noexcept {
    ClientState& client = request.context.client;
    client.authenticated = request.context.password.empty();
    client.dialect = Dialect::standard;
    client.refusals = {};
    client.replies = Replies::all;
    client.name.clear();
    append_status("RESET", request.out);
}

void answer_select(const LocalRequest& request) noexcept {
    const auto database = base::parse_unsigned(request.word(1), 0, INT32_MAX);
    if (!database) {
        append_error_reply("ERR value is not an integer or out of range", request.out);
    } else if (*database == request.context.database) {
        request.context.client.refusals.remove(Refusal::database);
        append_status("OK", request.out);
    } else {
        request.context.client.refusals.add(Refusal::database);
        append_error_reply(
            fmt::format("ERR DB index is out of range: this pool has database {} only (redis_db)",
                        request.context.database),
            request.out);
    }
}

void answer_client_info(const LocalRequest& request) noexcept {
    const ClientState& client = request.context.client;
    append_verbatim(fmt::format("id={} name={} db={} user={} resp={}\n", client.id, client.name,
                                request.context.database, kDefaultUser,
                                client.dialect == Dialect::resp3 ? 3 : 2),
                    request.dialect(), request.out);
}

void answer_client_reply(const LocalRequest& request) noexcept {
    const std::string_view mode = request.word(2);
    Replies& replies = request.context.client.replies;
    if (is_redis_option(mode, "ON")) {
        replies = Replies::all;
        append_status("OK", request.out);
    } else if (is_redis_option(mode, "OFF")) {
        replies = Replies::none;
    } else if (is_redis_option(mode, "SKIP")) {
        replies = replies == Replies::none ? Replies::none : Replies::all_but_next;
    } else {
        append_error_reply(kSyntaxError, request.out);
    }
}

// Libraries introduce themselves at connect and take no for a failure.
void answer_client_setinfo(const LocalRequest& request) noexcept {
    const std::string_view what = request.word(2);
    if (is_redis_option(what, "LIB-NAME") || is_redis_option(what, "LIB-VER")) {
        append_status("OK", request.out);
    } else {
        append_error_reply(fmt::format("ERR Unrecognized option '{}'", what), request.out);
    }
}

void answer_client_setname(const LocalRequest& request) noexcept {
    const std::string_view problem = problem_of_name(request.word(2));
    if (!problem.empty()) {
        append_error_reply(problem, request.out);
        return;
    }
    request.context.client.name = request.word(2);
    append_status("OK", request.out);
}

void answer_client_switch(const LocalRequest& request) noexcept {
    const std::string_view state = request.word(2);
    if (is_redis_option(state, "ON") || is_redis_option(state, "OFF")) {
        append_status("OK", request.out);
    } else {
        append_error_reply(kSyntaxError, request.out);
    }
}

}  // namespace ringside::protocol
