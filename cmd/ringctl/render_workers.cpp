// What workers tell, as text.
#include "fields.h"
#include "http/json.h"
#include "render.h"
#include "table.h"

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::ctl {
namespace {

using http::Json;

// Those whose part the answer lacks.
std::string unanswered_lines(const Json& root, std::string_view what) {
    std::string text;
    for (const Json& worker : root.at("unanswered_workers")) {
        text += fmt::format("Worker {} has not answered{}.\n", text_or_dash(worker), what);
    }
    return text;
}

}  // namespace

std::string render_workers(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    Table table(
        {"WORKER", "SESSIONS", "LINKS", "IN FLIGHT", "TURNS", "+SNAPSHOT", "ANSWERED AFTER"}, view);
    for (const Json& worker : root.at("workers")) {
        if (!worker.at("problem").is_null()) {
            table.add({text_or_dash(worker.at("index")), text_or_dash(worker.at("problem"))});
            continue;
        }
        table.add({text_or_dash(worker.at("index")), text_or_dash(worker.at("sessions")),
                   text_or_dash(worker.at("links")), text_or_dash(worker.at("in_flight")),
                   text_or_dash(worker.at("turns")), text_or_dash(worker.at("adopted_version")),
                   ms_of(worker.at("told_after_us"))});
    }
    return table.text();
}

std::string render_connections(const std::string& body, const View& view) {
    constexpr std::int64_t kMsPerSecond = 1000;
    const Json root = Json::parse(body);
    Table table(
        {"SIDE", "POOL", "PEER", "NAME", "WORKER", "AGE", "RECEIVED", "SENT", "IN FLIGHT", "+ID"},
        view);
    for (const Json& row : root.at("connections")) {
        const bool is_link = row.at("side") == "link";
        table.add({text_or_dash(row.at("side")), text_or_dash(row.at("pool")),
                   text_or_dash(row.at("peer")), text_or_dash(row.at(is_link ? "node" : "name")),
                   text_or_dash(row.at("worker")),
                   fmt::format("{}s", row.at("age_ms").get<std::int64_t>() / kMsPerSecond),
                   text_or_dash(row.at("received_bytes")), text_or_dash(row.at("sent_bytes")),
                   text_or_dash(row.at("in_flight")), text_or_dash(row.at("id"))});
    }
    const Json& next = root.at("next");
    return table.text() + (next.is_null()
                               ? std::string()
                               : fmt::format("There are more: GET /connections?from={}\n",
                                             printable(next.get<std::string>())));
}

std::string render_slow(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    Table table(
        {"AT", "TOOK", "QUEUED", "AT NODE", "POOL", "NODE", "COMMAND", "KEY", "OUTCOME", "+WORKER"},
        view);
    for (const Json& row : root.at("requests")) {
        table.add({text_or_dash(row.at("at")), ms_of(row.at("took_us")), ms_of(row.at("queued_us")),
                   ms_of(row.at("at_node_us")), text_or_dash(row.at("pool")),
                   text_or_dash(row.at("node")), text_or_dash(row.at("command")),
                   text_or_dash(row.at("key")), text_or_dash(row.at("outcome")),
                   text_or_dash(row.at("worker"))});
    }
    return table.text() + unanswered_lines(root, "");
}

std::string render_keys(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    Table table({"SHARE", "+OF OTHERS", "PER SECOND", "NODE", "KEY", "+KEY BYTES"}, view);
    for (const Json& row : root.at("keys")) {
        const auto key = row.at("key").get<std::string>();
        const Json& rate = row.at("per_second");
        const bool is_cut = key.size() < row.at("key_bytes").get<std::size_t>();
        table.add({percent(row.at("share").get<double>()),
                   percent(row.at("share_too_high").get<double>()),
                   rate.is_null() ? "-" : fmt::format("{:.0f}", rate.get<double>()),
                   text_or_dash(row.at("node")), key + (is_cut ? "..." : ""),
                   number(row.at("key_bytes"))});
    }
    return fmt::format("{}\nOf {} keys in {}, one in {} that were asked for.\n{}", table.text(),
                       number(root.at("looked_at")), seconds_of(root.at("covered_ms")),
                       number(root.at("one_of")), unanswered_lines(root, ""));
}

std::string render_clients_drain(const std::string& body, const View&) {
    const Json root = Json::parse(body);
    const Json& pool = root.at("pool");
    const auto sessions = root.at("sessions").get<std::int64_t>();
    return fmt::format("{} of {} {} asked to leave\n{}", counted(sessions, "client"),
                       pool.is_null() ? "all pools" : "pool " + printable(pool.get<std::string>()),
                       root.at("dry_run").get<bool>() ? "would be"
                       : sessions == 1                ? "was"
                                                      : "were",
                       unanswered_lines(root, ", and asks its clients when it comes to it"));
}

}  // namespace ringside::ctl
