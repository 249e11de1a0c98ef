#include "admin/json_workers.h"

#include "admin/json_history.h"
#include "admin/json_sources.h"
#include "base/parse.h"
#include "http/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace ringside::admin {
namespace {

using http::Json;

Json name_or_null(const std::string& name) {
    return name.empty() ? Json(nullptr) : Json(name);
}

// Takes what stands in front of the next '-'.
std::string_view take_word(std::string_view& text) noexcept {
    const std::string_view word = text.substr(0, text.find('-'));
    text.remove_prefix(word.size() == text.size() ? word.size() : word.size() + 1);
    return word;
}

}  // namespace

std::string workers_json(const std::vector<base::Expected<WorkerFacts>>& workers) {
    Json array = Json::array();
    for (std::size_t i = 0; i < workers.size(); ++i) {
        Json worker = {{"index", i}};
        if (workers[i]) {
            const WorkerFacts& facts = *workers[i];
            worker.update(Json({{"adopted_version", facts.adopted_version},
                                {"sessions", facts.sessions},
                                {"links", facts.links},
                                {"in_flight", facts.requests},
                                {"turns", facts.turns},
                                {"told_after_us", facts.told_after.count()},
                                {"problem", nullptr}}));
        } else {
            worker["problem"] = workers[i].error().message;
        }
        array.push_back(std::move(worker));
    }
    return http::to_text({{"workers", std::move(array)}});
}

std::string connections_json(const ConnectionsPage& page) {
    Json rows = Json::array();
    for (const ConnectionView& row : page.rows) {
        rows.push_back({{"side", to_string(row.side)},
                        {"worker", row.worker},
                        {"id", row.id},
                        {"pool", name_or_null(row.pool)},
                        {"node", name_or_null(row.node)},
                        {"peer", name_or_null(row.peer)},
                        {"name", name_or_null(row.name)},
                        {"age_ms", row.age.count()},
                        {"received_bytes", row.received_bytes},
                        {"sent_bytes", row.sent_bytes},
                        {"in_flight", row.in_flight}});
    }
    return http::to_text({{"connections", std::move(rows)},
                          {"next", page.next ? Json(to_text(*page.next)) : Json(nullptr)}});
}

std::string slow_json(const SlowRequests& slow) {
    Json rows = Json::array();
    for (const SlowRequestView& row : slow.rows) {
        rows.push_back({{"at", utc_ms(row.at)},
                        {"took_us", row.took.count()},
                        {"queued_us", row.queued.count()},
                        {"at_node_us", row.at_node ? Json(row.at_node->count()) : Json(nullptr)},
                        {"worker", row.worker},
                        {"pool", name_or_null(row.pool)},
                        {"node", name_or_null(row.node)},
                        {"command", row.command},
                        {"key", row.key},
                        {"key_bytes", row.key_bytes},
                        {"outcome", row.outcome}});
    }
    return http::to_text(
        {{"resolution", "a turn of the worker: what came and went within one took 0"},
         {"requests", std::move(rows)},
         {"unanswered_workers", slow.unanswered}});
}

std::string hot_keys_json(std::string_view pool, const HotKeysView& keys) {
    const double seconds = std::chrono::duration<double>(keys.covered).count();
    const double looked_at = static_cast<double>(std::max<std::uint64_t>(keys.looked_at, 1));
    Json rows = Json::array();
    for (const HotKeyView& row : keys.rows) {
        const auto count = static_cast<double>(row.count);
        rows.push_back(
            {{"key", row.key},
             {"key_bytes", row.key_bytes},
             {"node", name_or_null(row.node)},
             {"share", count / looked_at},
             {"share_too_high", static_cast<double>(row.too_high) / looked_at},
             {"per_second", seconds > 0 ? Json(count * keys.one_of / seconds) : Json(nullptr)}});
    }
    return http::to_text({{"pool", pool},
                          {"covered_ms", keys.covered.count()},
                          {"one_of", keys.one_of},
                          {"looked_at", keys.looked_at},
                          {"keys", std::move(rows)},
                          {"unanswered_workers", keys.unanswered}});
}

std::string sent_away_json(const SentAway& sent, std::string_view pool, bool dry_run) {
    return http::to_text({{"pool", pool.empty() ? Json(nullptr) : Json(pool)},
                          {"dry_run", dry_run},
                          {"sessions", sent.sessions},
                          {"unanswered_workers", sent.unanswered}});
}

std::string to_text(const ConnectionsFrom& from) {
    return fmt::format("{}-{}-{}", to_string(from.side), from.worker, from.slot);
}

std::optional<ConnectionsFrom> parse_connections_from(std::string_view text) noexcept {
    const auto side = parse_side(take_word(text));
    const auto worker = base::parse_unsigned(take_word(text), 0, UINT32_MAX);
    const auto slot = base::parse_unsigned(text, 0, UINT32_MAX);
    if (!side || !worker || !slot) {
        return std::nullopt;
    }
    return ConnectionsFrom{*side, static_cast<std::uint32_t>(*worker),
                           static_cast<std::uint32_t>(*slot)};
}

std::string_view to_string(ConnectionSide side) noexcept {
    switch (side) {
        case ConnectionSide::session:
            return "session";
        case ConnectionSide::link:
            return "link";
    }
    return "session";
}

std::optional<ConnectionSide> parse_side(std::string_view text) noexcept {
    for (const ConnectionSide side : {ConnectionSide::session, ConnectionSide::link}) {
        if (text == to_string(side)) {
            return side;
        }
    }
    return std::nullopt;
}

}  // namespace ringside::admin
