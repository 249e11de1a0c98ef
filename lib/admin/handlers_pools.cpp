// Handlers of the routes about pools, and of what an operator does to their nodes.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"
#include "admin/parameters.h"
#include "admin/settings.h"
#include "base/parse.h"
#include "config/text.h"
#include "discovery/advice.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

constexpr unsigned kAccepted = 202;

// What the operator may say of an ejection.
constexpr std::size_t kRemarkBytesMax = 256;

// An ejection by hand: shorter ones are over before anybody looks, longer ones should have no end.
constexpr base::milliseconds kEjectionMin{1'000};
constexpr base::milliseconds kEjectionMax{30LL * 24 * 3'600 * 1'000};

PoolDocument document_of(const Call& call, discovery::PoolView view) {
    const metrics::Registry& registry = call.context.registry;
    PoolDocument document;
    document.totals = registry.total_of_pool(view.pool->id);
    for (const discovery::NodeView& node : view.nodes) {
        document.node_totals.push_back(registry.total_of_node(view.pool->id, node.node.id));
    }
    document.view = std::move(view);
    document.snapshot_version = call.context.controller.snapshot()->version;
    document.workers = call.context.workers();
    return document;
}

base::Expected<std::optional<base::milliseconds>> duration_of(const http::Request& request) {
    const auto text = request.parameter("for");
    if (!text) {
        return std::optional<base::milliseconds>();
    }
    const auto duration = base::parse_duration(*text, base::seconds(1));
    if (!duration || *duration < kEjectionMin || *duration > kEjectionMax) {
        return base::Error{base::Errc::invalid_argument,
                           "for: a duration from 1s to 720h, such as 60s or 5m"};
    }
    return duration;
}

http::Response unknown_node(const Call& call) {
    return error_answer(
        {base::Errc::not_found,
         fmt::format("pool '{}' has no node '{}'", call.arguments.pool, call.arguments.node)});
}

// What would become of the ring, with the refusals that the deed would meet.
http::Response try_out(const Call& call, routing::NodeState wanted, bool force) {
    const routing::SnapshotPtr snapshot = call.context.controller.snapshot();
    const routing::Pool* const pool = snapshot->find(std::string_view(call.arguments.pool));
    if (pool == nullptr) {
        return unknown_pool(call);
    }
    const auto in_ring = [](const routing::PoolNode& node) {
        return node.state == routing::NodeState::in_ring;
    };
    const auto node =
        std::find_if(pool->nodes.begin(), pool->nodes.end(),
                     [&call](const auto& each) { return each.node.name == call.arguments.node; });
    if (node == pool->nodes.end()) {
        const bool is_absent = wanted == routing::NodeState::in_ring &&
                               call.context.controller.may_restore(pool->name, call.arguments.node);
        return is_absent ? nothing_moves_answer(*pool) : unknown_node(call);
    }
    const std::vector<std::string> names{node->node.name};
    if (wanted == routing::NodeState::in_ring) {
        return what_if_answer(*pool, {.add = {}, .remove = {}, .weight = {}, .restore = names});
    }
    if (in_ring(*node) && !force &&
        std::count_if(pool->nodes.begin(), pool->nodes.end(), in_ring) == 1) {
        return error_answer(
            {base::Errc::conflict, fmt::format("node {} is the last one in the ring of pool {}",
                                               node->node.name, pool->name)});
    }
    return what_if_answer(*pool, {.add = {}, .remove = {}, .weight = {}, .eject = names});
}

// How the node stands after the action.
http::Response node_answer(const Call& call) {
    const auto view = call.context.controller.view(call.arguments.pool, call.moment);
    if (!view) {
        return unknown_pool(call);
    }
    const auto node = std::find_if(
        view->nodes.begin(), view->nodes.end(),
        [&call](const auto& candidate) { return candidate.node.name == call.arguments.node; });
    if (node == view->nodes.end()) {  // it was found, or there would be no answer: it has left
        return json_answer(absent_node_json(call.arguments.pool, call.arguments.node));
    }
    const auto counters = call.context.registry.sum_node(view->pool->id, node->node.id);
    return json_answer(
        node_json(call.arguments.pool, *node,
                  counters[static_cast<std::size_t>(metrics::NodeMetric::server_connections)]));
}

}  // namespace

http::Response unknown_pool(const Call& call) {
    return error_answer(
        {base::Errc::not_found, fmt::format("there is no pool '{}'", call.arguments.pool)});
}

http::Response get_pools(const Call& call) {
    std::vector<PoolDocument> documents;
    for (const std::string& name : call.context.controller.pool_names()) {
        if (auto view = call.context.controller.view(name, call.moment)) {
            documents.push_back(document_of(call, std::move(*view)));
        }
    }
    return json_answer(pools_json(documents));
}

http::Response get_pool(const Call& call) {
    auto view = call.context.controller.view(call.arguments.pool, call.moment);
    if (!view) {
        return unknown_pool(call);
    }
    PoolDocument document = document_of(call, std::move(*view));
    document.advice = discovery::advice_on(*document.view.pool);
    document.settings = settings_of(call.context.settings(), call.arguments.pool,
                                    call.context.controller.pool_names());
    http::Response response;
    set_body(response, pool_pieces(std::move(document)));
    return response;
}

namespace {

using discovery::Controller;
using TakeOut = base::Status (Controller::*)(std::string_view, std::string_view,
                                             Controller::TakeOut, bool, base::TimePoint);

// "maintenance (alice)"
base::Expected<std::string> remark_of(const http::Request& request) {
    std::string remark(request.parameter("reason").value_or(""));
    if (const auto author = request.parameter("author")) {
        remark = remark.empty() ? *author : fmt::format("{} ({})", remark, *author);
    }
    if (remark.size() > kRemarkBytesMax || config::has_control_character(remark)) {
        return base::Error{
            base::Errc::invalid_argument,
            fmt::format("reason and author: {} bytes at most, without control characters",
                        kRemarkBytesMax)};
    }
    return remark;
}

http::Response take_out(const Call& call, TakeOut how) {
    const auto duration = duration_of(call.request);
    if (!duration) {
        return error_answer(duration.error());
    }
    const auto force = flag_of(call.request, "force");
    const auto dry_run = flag_of(call.request, "dryRun");
    if (!force || !dry_run) {
        return error_answer(force ? dry_run.error() : force.error());
    }
    auto remark = remark_of(call.request);
    if (!remark) {
        return error_answer(remark.error());
    }
    if (*dry_run) {
        return try_out(call, routing::NodeState::ejected_by_operator, *force);
    }
    const base::Status status =
        (call.context.controller.*how)(call.arguments.pool, call.arguments.node,
                                       {*duration, std::move(*remark)}, *force, call.moment.steady);
    return status ? node_answer(call) : error_answer(status.error());
}

}  // namespace

http::Response post_eject(const Call& call) {
    return take_out(call, &discovery::Controller::eject);
}

http::Response post_drain(const Call& call) {
    return take_out(call, &discovery::Controller::drain);
}

http::Response post_restore(const Call& call) {
    const auto dry_run = flag_of(call.request, "dryRun");
    if (!dry_run) {
        return error_answer(dry_run.error());
    }
    if (*dry_run) {
        return try_out(call, routing::NodeState::in_ring, false);
    }
    const base::Status status = call.context.controller.restore(
        call.arguments.pool, call.arguments.node, call.moment.steady);
    return status ? node_answer(call) : error_answer(status.error());
}

http::Response post_reconnect(const Call& call) {
    const base::Status status = call.context.controller.reconnect(
        call.arguments.pool, call.arguments.node, call.moment.steady);
    return status ? node_answer(call) : error_answer(status.error());
}

http::Response post_reconnect_all(const Call& call) {
    const base::Status status =
        call.context.controller.reconnect(call.arguments.pool, call.moment.steady);
    return status ? json_answer(accepted_json(call.arguments.pool, "reconnected"))
                  : error_answer(status.error());
}

http::Response post_refresh(const Call& call) {
    const auto accept = call.request.parameter("accept");
    if (accept && *accept != "older") {
        return error_answer({base::Errc::invalid_argument, "accept: older"});
    }
    const base::Status status = call.context.controller.refresh(
        call.arguments.pool, call.moment.steady, {.accept_older = accept.has_value()});
    if (!status) {
        return error_answer(status.error());
    }
    http::Response response = json_answer(accepted_json(call.arguments.pool, "asked"));
    response.status = kAccepted;
    return response;
}

}  // namespace ringside::admin
