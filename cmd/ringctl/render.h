// The answers of the admin API as text for people. Each function takes the body of a successful
// answer and throws nlohmann::json::exception if it is not what docs/ADMIN_API.md says.
#pragma once

#include <string>

namespace ringside::ctl {

std::string render_plain(const std::string& body);  // as it is
std::string render_stats(const std::string& body);
std::string render_config(const std::string& body);
std::string render_pools(const std::string& body);
std::string render_pool(const std::string& body);
std::string render_ring(const std::string& body);
std::string render_ring_summary(const std::string& body);
std::string render_location(const std::string& body);
std::string render_node(const std::string& body);
std::string render_reconnect(const std::string& body);  // of a node, or of a whole pool
std::string render_refresh(const std::string& body);
std::string render_discovery(const std::string& body);
std::string render_history(const std::string& body);
std::string render_snapshot(const std::string& body);
std::string render_workers(const std::string& body);
std::string render_connections(const std::string& body);
std::string render_slow(const std::string& body);

// The message of an error answer; the body itself if it is not one.
std::string error_message(const std::string& body);

// The "node" of a location; empty if the key has none.
std::string located_node(const std::string& body);

}  // namespace ringside::ctl
