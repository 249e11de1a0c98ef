// Ready, and healthy: what the process and its pools answer to probes and monitors. Values and
// text; no sockets.
#pragma once

#include "admin/context.h"
#include "base/moment.h"
#include "discovery/pool_health.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

// One of the things that make a process ready, under its name in /readyz/{check}.
struct ReadyCheck {
    std::string_view name;
    std::string_view reason;  // of the condition Ready while this fails
    // Why it is not, one line each.
    std::vector<std::string> (*problems)(const AdminContext& context);
};
std::span<const ReadyCheck> ready_checks() noexcept;

bool is_ready(const AdminContext& context);

struct NamedHealth {
    std::string pool;
    discovery::PoolHealth health;
    discovery::PoolView view;
};

// Of all pools, in the order of the configuration.
std::vector<NamedHealth> pools_health(const AdminContext& context, const base::Moment& at);

// The worst of them.
discovery::HealthGrade worst_of(const std::vector<NamedHealth>& pools) noexcept;

// Lines in the form of the Kubernetes API server's own checks:
//   [+]pool cache ok
//   [-]pool sessions degraded since 2026-05-01T12:00:00Z: NodesEjected: 1 of 3 nodes ...
std::string health_lines(const NamedHealth& pool);

// What wants to be known first, in one line: why it is not ready, else what is wrong, else that
// all is well.
std::string summary(const AdminContext& context, const base::Moment& at);

// GET /conditions.
std::string conditions_json(const AdminContext& context, const std::vector<NamedHealth>& pools);

}  // namespace ringside::admin
