// Handlers of the routes that tell where the nodes of a pool come from, and what has become of
// them.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json_history.h"
#include "config/what_if.h"
#include "routing/moved_keys.h"

#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {
namespace {

// From where to where keys would move: so many pairs are shown, the largest.
constexpr std::size_t kFlowsMax = 32;

std::vector<std::string> values_of(const http::Request& request, std::string_view name) {
    std::vector<std::string> values;
    for (const http::QueryParameter& parameter : request.query) {
        if (parameter.name == name) {
            values.push_back(parameter.value);
        }
    }
    return values;
}

}  // namespace

http::Response get_discovery(const Call& call) {
    const auto view = call.context.controller.view(call.arguments.pool, call.moment);
    return view ? json_answer(discovery_json(*view, call.moment)) : unknown_pool(call);
}

http::Response get_what_if(const Call& call) {
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    const routing::Pool* const pool = snapshot->find(std::string_view(call.arguments.pool));
    if (pool == nullptr) {
        return unknown_pool(call);
    }
    const std::vector<std::string> add = values_of(call.request, "add");
    const std::vector<std::string> remove = values_of(call.request, "remove");
    const std::vector<std::string> weight = values_of(call.request, "weight");
    const std::vector<std::string> eject = values_of(call.request, "eject");
    const std::vector<std::string> restore = values_of(call.request, "restore");
    return what_if_answer(
        *pool,
        {.add = add, .remove = remove, .weight = weight, .eject = eject, .restore = restore});
}

http::Response what_if_answer(const routing::Pool& pool, const config::WhatIf& changes) {
    const auto after = config::pool_as_asked(pool, changes);
    if (!after) {
        return error_answer(after.error());
    }
    return json_answer(what_if_json(pool, **after, moved_keys(pool, **after, kFlowsMax)));
}

http::Response nothing_moves_answer(const routing::Pool& pool) {
    return json_answer(what_if_json(pool, pool, moved_keys(pool, pool, kFlowsMax)));
}

http::Response get_history(const Call& call) {
    const discovery::Journal* const journal = call.context.controller.history(call.arguments.pool);
    if (journal == nullptr) {
        return unknown_pool(call);
    }
    return json_answer(
        history_json(call.arguments.pool, *journal, call.context.workers().size(), call.moment));
}

}  // namespace ringside::admin
