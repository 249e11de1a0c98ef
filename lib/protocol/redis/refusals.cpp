// Commands of Redis whose refusal changes what those behind them mean, and what is said to those
// (decision 029).
#include "protocol/redis/commands.h"
#include "protocol/redis/local.h"
#include "protocol/redis/resp.h"

#include <fmt/format.h>

#include <string>

namespace ringside::protocol {
namespace {

struct Cause {
    std::string_view refused;  // the command
    std::string end;           // what ends the state
};

// The innermost: what Redis would judge by first.
Cause cause_of(const LocalContext& context) noexcept {
    const Refusals refusals = context.client.refusals;
    if (refusals.has(Refusal::transaction)) {
        return {"MULTI", "EXEC, DISCARD and RESET end this"};
    }
    if (refusals.has(Refusal::channels)) {
        return {"SUBSCRIBE", "UNSUBSCRIBE without channels and RESET end this"};
    }
    if (refusals.has(Refusal::patterns)) {
        return {"PSUBSCRIBE", "PUNSUBSCRIBE without patterns and RESET end this"};
    }
    if (refusals.has(Refusal::shard_channels)) {
        return {"SSUBSCRIBE", "SUNSUBSCRIBE without channels and RESET end this"};
    }
    if (refusals.has(Refusal::monitor)) {
        return {"MONITOR", "RESET ends this"};
    }
    return {"SELECT", fmt::format("SELECT {} and RESET end this", context.database)};
}

}  // namespace

void answer_behind_refusal(const LocalRequest& request) noexcept {
    const Cause cause = cause_of(request.context);
    std::string text = "ERR '";
    append_redis_name(redis_row(*request.frame.command), text);
    text += fmt::format("' was not executed: the {} before it was refused; {}", cause.refused,
                        cause.end);
    append_error_reply(text, request.out);
}

void answer_multi(const LocalRequest& request) noexcept {
    request.context.client.refusals.add(Refusal::transaction);
    answer_refused(request);
}

// Clients look for the code EXECABORT, and then show the error of the command that brought it.
void answer_exec(const LocalRequest& request) noexcept {
    Refusals& refusals = request.context.client.refusals;
    if (!refusals.has(Refusal::transaction)) {
        answer_refused(request);
        return;
    }
    refusals.remove(Refusal::transaction);
    append_error_reply("EXECABORT Transaction discarded because of previous errors.", request.out);
}

void answer_discard(const LocalRequest& request) noexcept {
    Refusals& refusals = request.context.client.refusals;
    if (!refusals.has(Refusal::transaction)) {
        answer_refused(request);
        return;
    }
    refusals.remove(Refusal::transaction);
    append_status("OK", request.out);  // nothing was done
}

template <Refusal kKind>
void answer_subscribe(const LocalRequest& request) noexcept {
    request.context.client.refusals.add(kKind);
    answer_refused(request);
}

// Which names Redis would still hold is not remembered: that has no bound. With names it may be all
// or some of them, and too long is better than too short.
template <Refusal kKind>
void answer_unsubscribe(const LocalRequest& request) noexcept {
    if (request.frame.words.size() == 1) {
        request.context.client.refusals.remove(kKind);
    }
    answer_refused(request);
}

template void answer_subscribe<Refusal::channels>(const LocalRequest&) noexcept;
template void answer_subscribe<Refusal::patterns>(const LocalRequest&) noexcept;
template void answer_subscribe<Refusal::shard_channels>(const LocalRequest&) noexcept;
template void answer_unsubscribe<Refusal::channels>(const LocalRequest&) noexcept;
template void answer_unsubscribe<Refusal::patterns>(const LocalRequest&) noexcept;
template void answer_unsubscribe<Refusal::shard_channels>(const LocalRequest&) noexcept;

void answer_monitor(const LocalRequest& request) noexcept {
    request.context.client.refusals.add(Refusal::monitor);
    answer_refused(request);
}

}  // namespace ringside::protocol
