#include "render.h"

#include "fields.h"
#include "http/json.h"
#include "table.h"
#include "terminal.h"
#include "what_if.h"

#include <fmt/format.h>

#include <cstdint>
#include <sstream>
#include <string_view>

namespace ringside::ctl {
namespace {

using http::Json;

std::string describe_source(const Json& source) {
    std::string text = line("source", source.at("description").get<std::string>());
    text += line("version", text_or_dash(source.at("version")));
    text += line("last answer", text_or_dash(source.at("last_answer")));
    text += line("last change", text_or_dash(source.at("last_change")));
    add_names(text, "  added", source.at("last_added"));
    add_names(text, "  removed", source.at("last_removed"));
    add_names(text, "  changed", source.at("last_changed"));
    add_staleness(text, source);
    if (!source.at("last_failure").is_null()) {
        text += line("failing", source.at("last_failure").get<std::string>());
    }
    return text;
}

// Why the node is as it is: what it does not do comes first.
std::string why(const Json& node) {
    const auto reason = node.at("reason").get<std::string>();
    if (node.at("problem").is_null()) {
        return reason;
    }
    std::string text = fmt::format("{} since {}", node.at("problem").get<std::string>(),
                                   text_or_dash(node.at("problem_since")));
    return reason.empty() ? text : text + "; " + reason;
}

}  // namespace

std::string render_log(const std::string& body, const View&) {
    const Json root = Json::parse(body);
    return fmt::format("lines are logged from {} on\n",
                       printable(root.at("level").get<std::string>()));
}

// "[+]pool cache ok", "[-]pool cache degraded since ...".
std::string render_health(const std::string& body, const View& view) {
    std::string text;
    std::istringstream lines(body);
    for (std::string each; std::getline(lines, each);) {
        const bool is_bad = each.starts_with("[-]");
        const bool is_coloured = view.colour && (is_bad || each.starts_with("[+]"));
        each = printable(each);
        text += is_coloured ? coloured(each, is_bad ? Colour::red : Colour::green) : each;
        text += "\n";
    }
    return text;
}

std::string render_stats(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    std::string text = fmt::format("{} {}, up {}s, {} connections\n\n",
                                   printable(root.at("source").get<std::string>()),
                                   printable(root.at("version").get<std::string>()),
                                   number(root.at("uptime")), number(root.at("curr_connections")));
    Table table({"POOL", "NODE", "CONNECTIONS", "REQUESTS", "RESPONSES", "TIMED OUT", "ERRORS",
                 "+QUEUED", "+IN FLIGHT", "+SENT BYTES", "+RECEIVED BYTES"},
                view);
    for (const auto& [pool_name, pool] : root.items()) {
        if (!pool.is_object()) {
            continue;
        }
        table.add({pool_name, "", number(pool.at("client_connections")), "", "", "",
                   number(pool.at("forward_error"))});
        for (const auto& [node_name, node] : pool.items()) {
            if (node.is_object()) {
                table.add({"", node_name, number(node.at("server_connections")),
                           number(node.at("requests")), number(node.at("responses")),
                           number(node.at("server_timedout")), number(node.at("server_err")),
                           number(node.at("in_queue")), number(node.at("out_queue")),
                           number(node.at("request_bytes")), number(node.at("response_bytes"))});
            }
        }
    }
    return text + table.text();
}

std::string render_config(const std::string& body, const View&) {
    const Json root = Json::parse(body);
    const Json& last = root.at("last_attempt");
    std::string text = line("file", root.at("file").get<std::string>());
    text += line("watched", root.at("watched").get<bool>() ? "yes" : "no");
    text += line("generation", number(root.at("generation")));
    text += line("loaded at", text_or_dash(root.at("loaded_at")));
    text +=
        line("last attempt", fmt::format("{} ({}): {}", last.at("at").get<std::string>(),
                                         last.at("trigger").get<std::string>(),
                                         last.at("applied").get<bool>() ? "applied" : "refused"));
    if (!last.at("reason").get<std::string>().empty()) {
        text += line("", last.at("reason").get<std::string>());
    }
    add_names(text, "needs restart", root.at("waiting_for_restart"));
    return text;
}

std::string render_pools(const std::string& body, const View& view) {
    Table table({"POOL", "LISTEN", "PROTOCOL", "RING", "+HASH", "HEALTH", "IN RING", "DEGRADED",
                 "CLIENTS", "+FINGERPRINT", "SOURCE"},
                view);
    const Json root = Json::parse(body);
    for (const Json& pool : root.at("pools")) {
        table.add({pool.at("name").get<std::string>(), pool.at("listen").get<std::string>(),
                   pool.at("protocol").get<std::string>(),
                   pool.at("distribution").get<std::string>(), pool.at("hash").get<std::string>(),
                   pool.at("health").at("status").get<std::string>(),
                   number(pool.at("nodes_in_ring")) + "/" + number(pool.at("node_count")),
                   number(pool.at("nodes_degraded")), number(pool.at("client_connections")),
                   pool.at("fingerprint").get<std::string>(),
                   pool.at("source").at("description").get<std::string>()});
    }
    return table.text();
}

std::string render_pool(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    const Json& policy = root.at("policy");
    std::string text = line("pool", root.at("name").get<std::string>());
    text += line("listen", root.at("listen").get<std::string>());
    text += line("ring", fmt::format("{}, {}, {}", policy.at("distribution").get<std::string>(),
                                     policy.at("hash").get<std::string>(),
                                     policy.at("protocol").get<std::string>()));
    text += describe_source(root.at("source"));
    text += line("snapshot",
                 fmt::format("{}, {}", number(root.at("snapshot_version")),
                             root.at("converged").get<bool>() ? "adopted by all workers"
                                                              : "not yet adopted by all workers"));
    Table table({"NODE", "ADDRESS", "WEIGHT", "STATE", "+SINCE", "SHARE", "POINTS", "REQUESTS",
                 "+HITS", "+MISSES", "+TIMED OUT", "+CONNECTIONS", "UNTIL", "REASON"},
                view);
    for (const Json& node : root.at("nodes")) {
        const Json& counts = node.at("metrics");
        table.add({node.at("name").get<std::string>(), node.at("address").get<std::string>(),
                   number(node.at("weight")), node.at("state").get<std::string>(),
                   text_or_dash(node.at("state_since")), percent(node.at("share").get<double>()),
                   number(node.at("points")), number(counts.at("requests")),
                   number(counts.at("hits")), number(counts.at("misses")),
                   number(counts.at("server_timedout")), number(counts.at("server_connections")),
                   seconds_of(node.at("remaining_ms")), why(node)});
    }
    if (root.at("sources").size() > 1) {
        text += "\n" + sources_table(root.at("sources"), view);
    }
    return text + "\n" + table.text();
}

std::string render_node(const std::string& body, const View&) {
    const Json root = Json::parse(body);
    const Json& node = root.at("node");
    std::string text =
        fmt::format("{} of pool {} is {}", node.at("name").get<std::string>(),
                    root.at("pool").get<std::string>(), node.at("state").get<std::string>());
    if (const std::string reason = why(node); !reason.empty()) {
        text += ": " + reason;
    }
    if (!node.at("remaining_ms").is_null()) {
        text += fmt::format(" ({} left)", seconds_of(node.at("remaining_ms")));
    }
    return printable(text) + "\n";
}

// Of a node that is ejected or restored, or of what would become of the ring.
std::string render_ejection(const std::string& body, const View& view) {
    return Json::parse(body).contains("moved_percent") ? render_what_if(body, view)
                                                       : render_node(body, view);
}

std::string render_reconnect(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    if (root.contains("node")) {
        return render_node(body, view);
    }
    return fmt::format("the links of pool {} are being replaced\n",
                       printable(root.at("pool").get<std::string>()));
}

std::string render_refresh(const std::string& body, const View&) {
    const Json root = Json::parse(body);
    return fmt::format("the source of pool {} has been asked; see `ringctl pool`\n",
                       printable(root.at("pool").get<std::string>()));
}

std::string render_snapshot(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    std::string text = line("version", number(root.at("version")));
    text += line("converged", root.at("converged").get<bool>() ? "yes" : "no");
    Table table({"WORKER", "ADOPTED", "CLIENTS"}, view);
    for (const Json& worker : root.at("workers")) {
        table.add({number(worker.at("index")), number(worker.at("adopted_version")),
                   number(worker.at("sessions"))});
    }
    return text + "\n" + table.text();
}

}  // namespace ringside::ctl
