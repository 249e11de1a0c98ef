// What workers tell, as text.
#include "render.h"
#include "table.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdint>

namespace ringside::ctl {
namespace {

using WorkersJson = nlohmann::json;

std::string text_of(const WorkersJson& value) {
    if (value.is_null()) {
        return "-";
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// "1.234 ms" of so many microseconds.
std::string ms_of(const WorkersJson& us) {
    constexpr double kUsPerMs = 1000.0;
    return us.is_null() ? "-" : fmt::format("{:.3f} ms", us.get<double>() / kUsPerMs);
}

}  // namespace

std::string render_workers(const std::string& body) {
    const WorkersJson root = WorkersJson::parse(body);
    Table table({"WORKER", "SESSIONS", "LINKS", "IN FLIGHT", "TURNS", "ANSWERED AFTER"});
    for (const WorkersJson& worker : root.at("workers")) {
        if (!worker.at("problem").is_null()) {
            table.add({text_of(worker.at("index")), text_of(worker.at("problem"))});
            continue;
        }
        table.add({text_of(worker.at("index")), text_of(worker.at("sessions")),
                   text_of(worker.at("links")), text_of(worker.at("in_flight")),
                   text_of(worker.at("turns")), ms_of(worker.at("told_after_us"))});
    }
    return table.text();
}

std::string render_connections(const std::string& body) {
    constexpr std::int64_t kMsPerSecond = 1000;
    const WorkersJson root = WorkersJson::parse(body);
    Table table({"SIDE", "POOL", "PEER", "NAME", "WORKER", "AGE", "RECEIVED", "SENT", "IN FLIGHT"});
    for (const WorkersJson& row : root.at("connections")) {
        const bool is_link = row.at("side") == "link";
        table.add({text_of(row.at("side")), text_of(row.at("pool")), text_of(row.at("peer")),
                   text_of(row.at(is_link ? "node" : "name")), text_of(row.at("worker")),
                   fmt::format("{}s", row.at("age_ms").get<std::int64_t>() / kMsPerSecond),
                   text_of(row.at("received_bytes")), text_of(row.at("sent_bytes")),
                   text_of(row.at("in_flight"))});
    }
    const WorkersJson& next = root.at("next");
    return table.text() + (next.is_null()
                               ? std::string()
                               : fmt::format("There are more: GET /connections?from={}\n",
                                             printable(next.get<std::string>())));
}

std::string render_slow(const std::string& body) {
    const WorkersJson root = WorkersJson::parse(body);
    Table table({"AT", "TOOK", "QUEUED", "AT NODE", "POOL", "NODE", "COMMAND", "KEY", "OUTCOME"});
    for (const WorkersJson& row : root.at("requests")) {
        table.add({text_of(row.at("at")), ms_of(row.at("took_us")), ms_of(row.at("queued_us")),
                   ms_of(row.at("at_node_us")), text_of(row.at("pool")), text_of(row.at("node")),
                   text_of(row.at("command")), text_of(row.at("key")), text_of(row.at("outcome"))});
    }
    std::string text = table.text();
    for (const WorkersJson& worker : root.at("unanswered_workers")) {
        text += fmt::format("Worker {} has not answered.\n", text_of(worker));
    }
    return text;
}

}  // namespace ringside::ctl
