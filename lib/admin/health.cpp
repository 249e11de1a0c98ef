#include "admin/health.h"

#include "admin/json_health.h"
#include "admin/json_sources.h"
#include "http/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

namespace ringside::admin {
namespace {

using discovery::HealthGrade;
using discovery::HealthReason;
using http::Json;
using WallTime = std::chrono::system_clock::time_point;

constexpr auto kReadyChecks = std::to_array<ReadyCheck>({
    {"process", "Ending",
     [](const AdminContext& context) {
         return context.is_ending() ? std::vector<std::string>{"process was told to end"}
                                    : std::vector<std::string>{};
     }},
    {"pools", "PoolsWithoutNodes",
     [](const AdminContext& context) {
         // Once all have had one, a pool that is added later changes nothing.
         return context.controller.ready() ? std::vector<std::string>{}
                                           : context.controller.readiness_report();
     }},
    {"listeners", "CannotListen",
     [](const AdminContext& context) { return context.listen_problems(); }},
});

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += (text.empty() ? "" : "; ") + line;
    }
    return text;
}

// As Kubernetes has it (metav1.Condition).
Json condition(std::string_view type, bool is_true, std::string_view reason,
               std::string_view message, std::optional<WallTime> since) {
    return {{"type", type},
            {"status", is_true ? "True" : "False"},
            {"reason", reason},
            {"message", message},
            {"lastTransitionTime", utc(since)}};
}

Json ready_condition(const AdminContext& context) {
    for (const ReadyCheck& check : kReadyChecks) {
        if (const auto problems = check.problems(context); !problems.empty()) {
            return condition("Ready", false, check.reason, joined(problems), context.ready_since());
        }
    }
    return condition("Ready", true, "Ready", "", context.ready_since());
}

Json configuration_condition(const ConfigView& config) {
    return condition("ConfigurationApplied", config.last.applied,
                     config.last.applied ? "Applied" : "Refused", config.last.reason,
                     config.last.outcome_since);
}

Json process_conditions(const AdminContext& context) {
    Json conditions = Json::array();
    conditions.push_back(ready_condition(context));
    const ConfigView config = context.config();
    conditions.push_back(configuration_condition(config));
    const StateView state = context.state();
    if (!state.path.empty()) {
        conditions.push_back(
            condition("StateSaved", state.last_failure.empty(),
                      state.last_failure.empty() ? "Written" : "CannotWrite", state.last_failure,
                      state.written_at ? state.written_at : std::optional(context.started)));
    }
    return conditions;
}

// The last time that something of it may have become well.
std::optional<WallTime> last_step(const discovery::PoolView& view) {
    std::optional<WallTime> last = view.source_state_since;
    for (const discovery::NodeView& node : view.nodes) {
        if (node.state_since && (!last || *node.state_since > *last)) {
            last = node.state_since;
        }
    }
    return last;
}

Json pool_conditions(const NamedHealth& pool, WallTime started) {
    const bool has_nodes = !pool.view.pool->ring.empty();
    const std::vector<HealthReason>& reasons = pool.health.reasons;
    Json conditions = Json::array();
    conditions.push_back(condition(
        "RingHasNodes", has_nodes, has_nodes ? "NodesInRing" : reasons.front().type,
        has_nodes ? std::string() : reasons.front().text,
        pool.view.ring_state_since ? pool.view.ring_state_since : std::optional(started)));
    std::string text;
    const HealthReason* first = nullptr;
    std::optional<WallTime> since;
    for (const HealthReason& reason : reasons) {
        if (reason.grade != HealthGrade::degraded) {
            continue;
        }
        first = first == nullptr ? &reason : first;
        text += (text.empty() ? "" : "; ") + reason.text;
        since = !since || (reason.since && *reason.since < *since) ? reason.since : since;
    }
    if (first == nullptr) {
        since = last_step(pool.view);
    }
    conditions.push_back(condition("Degraded", first != nullptr,
                                   first != nullptr ? first->type : "AllIsWell", text,
                                   since ? since : std::optional(started)));
    return conditions;
}

std::string since_text(std::optional<WallTime> since) {
    return since ? " since " + utc(since).get<std::string>() : std::string();
}

}  // namespace

std::span<const ReadyCheck> ready_checks() noexcept {
    return kReadyChecks;
}

bool is_ready(const AdminContext& context) {
    return std::all_of(kReadyChecks.begin(), kReadyChecks.end(),
                       [&context](const auto& check) { return check.problems(context).empty(); });
}

std::vector<NamedHealth> pools_health(const AdminContext& context, const base::Moment& at) {
    std::vector<NamedHealth> pools;
    for (const std::string& name : context.controller.pool_names()) {
        if (auto view = context.controller.view(name, at)) {
            pools.push_back({name, discovery::health_of(*view), std::move(*view)});
        }
    }
    return pools;
}

HealthGrade worst_of(const std::vector<NamedHealth>& pools) noexcept {
    HealthGrade worst = HealthGrade::ok;
    for (const NamedHealth& pool : pools) {
        worst = std::max(worst, pool.health.grade);
    }
    return worst;
}

std::string health_lines(const NamedHealth& pool) {
    const std::string head = "pool " + pool.pool + " ";
    if (pool.health.grade == HealthGrade::ok) {
        return "[+]" + head + "ok\n";
    }
    std::string lines;
    for (const HealthReason& reason : pool.health.reasons) {
        lines += fmt::format("[-]{}{}{}: {}: {}\n", head, to_string(reason.grade),
                             since_text(reason.since), reason.type, reason.text);
    }
    return lines;
}

std::string summary(const AdminContext& context, const base::Moment& at) {
    for (const ReadyCheck& check : kReadyChecks) {
        if (const auto problems = check.problems(context); !problems.empty()) {
            return "not ready: " + joined(problems);
        }
    }
    std::vector<std::string> wrong;
    if (const ConfigView config = context.config(); !config.last.applied) {
        wrong.push_back("configuration not loaded: " + config.last.reason);
    }
    const std::vector<NamedHealth> pools = pools_health(context, at);
    for (const NamedHealth& pool : pools) {
        for (const HealthReason& reason : pool.health.reasons) {
            wrong.push_back(
                fmt::format("pool {} {}: {}", pool.pool, to_string(reason.grade), reason.text));
        }
    }
    return wrong.empty()
               ? fmt::format("{} pool{}, all is well", pools.size(), pools.size() == 1 ? "" : "s")
               : joined(wrong);
}

std::string conditions_json(const AdminContext& context, const std::vector<NamedHealth>& pools) {
    Json by_pool = Json::array();
    for (const NamedHealth& pool : pools) {
        by_pool.push_back({{"name", pool.pool},
                           {"health", health_object(pool.health)},
                           {"conditions", pool_conditions(pool, context.started)}});
    }
    return http::to_text(
        {{"conditions", process_conditions(context)}, {"pools", std::move(by_pool)}});
}

}  // namespace ringside::admin
