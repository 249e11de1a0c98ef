// The answers of workers as JSON, and where a list of connections goes on as text.
#pragma once

#include "admin/worker_answers.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

std::string workers_json(const std::vector<base::Expected<WorkerFacts>>& workers);
std::string connections_json(const ConnectionsPage& page);
std::string slow_json(const SlowRequests& slow);
std::string hot_keys_json(std::string_view pool, const HotKeysView& keys);
// `pool`: whose; empty: of all.
std::string sent_away_json(const SentAway& sent, std::string_view pool, bool dry_run);

// "session-0-256": of `next`, and of the parameter `from`.
std::string to_text(const ConnectionsFrom& from);
std::optional<ConnectionsFrom> parse_connections_from(std::string_view text) noexcept;

std::string_view to_string(ConnectionSide side) noexcept;
std::optional<ConnectionSide> parse_side(std::string_view text) noexcept;

}  // namespace ringside::admin
