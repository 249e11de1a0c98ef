// Handlers of the routes that workers answer, between two of their turns.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json_workers.h"
#include "admin/parameters.h"
#include "base/parse.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ringside::admin {
namespace {

// Of one page; the default is for people.
constexpr std::uint64_t kRowsMax = 1'000;
constexpr std::uint64_t kRowsDefault = 100;
constexpr std::uint64_t kTopKeysMax = 100;
constexpr std::uint64_t kTopKeysDefault = 20;

// An answer that `ask` will have given, now or later.
template <typename Ask>
http::Response later(Ask&& ask) {
    const auto given = std::make_shared<http::LaterResponse>();
    ask(given);
    if (given->get() != nullptr) {
        return *given->get();
    }
    http::Response response;
    response.later = given;
    return response;
}

base::Error invalid(const char* message) {
    return {base::Errc::invalid_argument, message};
}

base::Expected<ConnectionsQuestion> question_of(const http::Request& request) {
    ConnectionsQuestion question{.rows_max = kRowsDefault};
    if (const auto text = request.parameter("side")) {
        question.only = parse_side(*text);
        if (!question.only) {
            return invalid("side: session or link");
        }
        question.from.side = *question.only;
    }
    if (const auto text = request.parameter("limit")) {
        const auto limit = base::parse_unsigned(*text, 1, kRowsMax);
        if (!limit) {
            return invalid("limit: 1 to 1000");
        }
        question.rows_max = static_cast<std::size_t>(*limit);
    }
    if (const auto text = request.parameter("from")) {
        const auto from = parse_connections_from(*text);
        if (!from || (question.only && from->side != *question.only)) {
            return invalid("from: the 'next' of the page before");
        }
        question.from = *from;
    }
    return question;
}

}  // namespace

http::Response get_workers(const Call& call) {
    return later([&call](const auto& given) {
        call.context.ask.facts(
            [given](const auto& facts) { given->give(json_answer(workers_json(facts))); });
    });
}

http::Response get_connections(const Call& call) {
    const auto question = question_of(call.request);
    if (!question) {
        return error_answer(question.error());
    }
    return later([&call, &question](const auto& given) {
        call.context.ask.connections(*question, [given](const auto& page) {
            given->give(page ? json_answer(connections_json(*page)) : error_answer(page.error()));
        });
    });
}

http::Response get_slow(const Call& call) {
    return later([&call](const auto& given) {
        call.context.ask.slow(
            [given](const auto& slow) { given->give(json_answer(slow_json(slow))); });
    });
}

http::Response get_top_keys(const Call& call) {
    std::uint64_t limit = kTopKeysDefault;
    if (const auto text = call.request.parameter("limit")) {
        const auto parsed = base::parse_unsigned(*text, 1, kTopKeysMax);
        if (!parsed) {
            return error_answer(invalid("limit: 1 to 100"));
        }
        limit = *parsed;
    }
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    const auto pool =
        std::find_if(snapshot->pools.begin(), snapshot->pools.end(),
                     [&call](const auto& each) { return each->name == call.arguments.pool; });
    if (pool == snapshot->pools.end()) {
        return unknown_pool(call);
    }
    if (!(*pool)->policy.hot_keys) {
        return error_answer({base::Errc::conflict,
                             fmt::format("the keys of pool '{}' are not counted; with hot_keys: "
                                         "true in its settings, and a reload, they are",
                                         call.arguments.pool)});
    }
    return later([&](const auto& given) {
        call.context.ask.hot_keys(*pool, limit,
                                  [given, name = call.arguments.pool](const HotKeysView& keys) {
                                      given->give(json_answer(hot_keys_json(name, keys)));
                                  });
    });
}

http::Response post_drain_clients(const Call& call) {
    const auto dry_run = flag_of(call.request, "dryRun");
    if (!dry_run) {
        return error_answer(dry_run.error());
    }
    SendAwayQuestion question{.pool = std::nullopt, .only_count = *dry_run};
    const auto name = call.request.parameter("pool");
    if (name) {
        const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
        const routing::Pool* const pool = snapshot->find(*name);
        if (pool == nullptr) {
            return error_answer(
                {base::Errc::not_found, fmt::format("there is no pool '{}'", *name)});
        }
        question.pool = pool->id;
    }
    return later([&call, &question, &name](const auto& given) {
        call.context.ask.send_away(question,
                                   [given, is_dry = question.only_count,
                                    pool = std::string(name.value_or(""))](const SentAway& sent) {
                                       given->give(json_answer(sent_away_json(sent, pool, is_dry)));
                                   });
    });
}

}  // namespace ringside::admin
