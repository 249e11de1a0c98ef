// The answers of the admin API as text for people. Each function takes the body of a successful
// answer and throws nlohmann::json::exception if it is not what docs/ADMIN_API.md says.
#pragma once

#include "view.h"

#include <string>

namespace ringside::ctl {

std::string render_health(const std::string& body, const View& view);  // lines of probes
std::string render_stats(const std::string& body, const View& view);
std::string render_log(const std::string& body, const View& view);  // its level
std::string render_config(const std::string& body, const View& view);
std::string render_pools(const std::string& body, const View& view);
std::string render_pool(const std::string& body, const View& view);
std::string render_node(const std::string& body, const View& view);
std::string render_ejection(const std::string& body, const View& view);
std::string render_reconnect(const std::string& body, const View& view);  // of a node, or a pool
std::string render_refresh(const std::string& body, const View& view);
std::string render_discovery(const std::string& body, const View& view);
std::string render_history(const std::string& body, const View& view);
std::string render_snapshot(const std::string& body, const View& view);
std::string render_workers(const std::string& body, const View& view);
std::string render_connections(const std::string& body, const View& view);
std::string render_keys(const std::string& body, const View& view);
std::string render_clients_drain(const std::string& body, const View& view);
std::string render_slow(const std::string& body, const View& view);

}  // namespace ringside::ctl
