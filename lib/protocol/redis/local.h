// The commands of Redis that the proxy answers itself.
#pragma once

#include "protocol/client_codec.h"

#include <string_view>

namespace ringside::protocol {

// A request whose route is local or refused, and where its answer goes. Lives for one call.
struct LocalRequest {
    const RequestFrame& frame;
    std::string_view bytes;
    LocalContext& context;
    base::ByteBuffer& out;

    std::string_view word(std::size_t index) const noexcept { return frame.words[index].of(bytes); }
    Dialect dialect() const noexcept { return context.client.dialect; }
};

// Appends the answer, in the dialect of the client (after HELLO: the new one).
using AnswerLocally = void (*)(const LocalRequest& request) noexcept;

// --- by kind; the row of a command names its own ---

void answer_echo(const LocalRequest& request) noexcept;
void answer_ping(const LocalRequest& request) noexcept;
// What needs "flush_all: true" in the pool.
void answer_not_permitted(const LocalRequest& request) noexcept;
void answer_quit(const LocalRequest& request) noexcept;
void answer_refused(const LocalRequest& request) noexcept;
void answer_time(const LocalRequest& request) noexcept;
void answer_client_getname(const LocalRequest& request) noexcept;
void answer_client_id(const LocalRequest& request) noexcept;

void answer_auth(const LocalRequest& request) noexcept;
void answer_hello(const LocalRequest& request) noexcept;
void answer_reset(const LocalRequest& request) noexcept;
void answer_select(const LocalRequest& request) noexcept;
void answer_client_info(const LocalRequest& request) noexcept;
void answer_client_reply(const LocalRequest& request) noexcept;
void answer_client_setinfo(const LocalRequest& request) noexcept;
void answer_client_setname(const LocalRequest& request) noexcept;
void answer_client_switch(const LocalRequest& request) noexcept;

// Behind a refused command, in whose force this one is not served.
void answer_behind_refusal(const LocalRequest& request) noexcept;
void answer_multi(const LocalRequest& request) noexcept;
void answer_exec(const LocalRequest& request) noexcept;
void answer_discard(const LocalRequest& request) noexcept;
template <Refusal kKind>
void answer_subscribe(const LocalRequest& request) noexcept;
template <Refusal kKind>
void answer_unsubscribe(const LocalRequest& request) noexcept;
void answer_monitor(const LocalRequest& request) noexcept;

void answer_info(const LocalRequest& request) noexcept;

void answer_command(const LocalRequest& request) noexcept;
void answer_command_count(const LocalRequest& request) noexcept;
void answer_command_docs(const LocalRequest& request) noexcept;
void answer_command_getkeys(const LocalRequest& request) noexcept;
void answer_command_getkeysandflags(const LocalRequest& request) noexcept;
void answer_command_info(const LocalRequest& request) noexcept;
void answer_command_list(const LocalRequest& request) noexcept;
void answer_help(const LocalRequest& request) noexcept;

// The client has had its last try at a password: it is closed.
bool is_locked_out(const LocalContext& context) noexcept;

// The version of Redis that clients are told: that of the newest commands in the table. Clients
// ask for it to decide what they may use.
inline constexpr std::string_view kRedisVersion = "7.2.0";

}  // namespace ringside::protocol
