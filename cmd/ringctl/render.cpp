#include "render.h"

#include "table.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace ringside::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBarWidth = 40;
constexpr double kPercent = 100.0;

std::string percent(double share) {
    return fmt::format("{:.1f}%", share * kPercent);
}

std::string number(const Json& value) {
    return std::to_string(value.get<std::int64_t>());
}

// A value that may be null.
std::string text_or_dash(const Json& value) {
    if (value.is_null()) {
        return "-";
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string seconds_of(const Json& milliseconds) {
    if (milliseconds.is_null()) {
        return "-";
    }
    constexpr double kMillisecondsPerSecond = 1000.0;
    return fmt::format("{:.0f}s", milliseconds.get<double>() / kMillisecondsPerSecond);
}

void add_names(std::string& text, std::string_view label, const Json& names) {
    for (const Json& name : names) {
        text += fmt::format("{:<14}{}\n", label, printable(name.get<std::string>()));
    }
}

std::string line(std::string_view label, const std::string& value) {
    return fmt::format("{:<14}{}\n", label, printable(value));
}

// A process of before `state_dir` does not tell.
void add_staleness(std::string& text, const Json& object) {
    if (object.value("stale", false)) {
        text += line("stale", "a list from before the start, said on " +
                                  text_or_dash(object.at("stale_since")));
    }
}

std::string describe_source(const Json& source) {
    std::string text = line("source", source.at("description").get<std::string>());
    text += line("version", number(source.at("version")));
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

// In order of preference. What the one that decides says is in force.
std::string sources_table(const Json& sources) {
    Table table(
        {"SOURCE", "DECIDES", "STATE", "NODES", "ANSWERS", "FAILURES", "LAST ANSWER", "FAILING"});
    for (const Json& source : sources) {
        table.add({source.at("description").get<std::string>(),
                   source.at("authoritative").get<bool>() ? "yes" : "no",
                   source.at("state").get<std::string>(), number(source.at("nodes")),
                   number(source.at("answers")), number(source.at("failures")),
                   text_or_dash(source.at("last_answer")),
                   text_or_dash(source.at("last_failure"))});
    }
    return table.text();
}

void add_if_there(std::string& text, std::string_view label, const Json& value) {
    if (!value.is_null()) {
        text += line(label, text_or_dash(value));
    }
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

// "+c -a ~b !d ^e": added, removed, changed, ejected, returned.
std::string who_changed(const Json& change) {
    constexpr std::pair<const char*, char> kLists[] = {
        {"added", '+'}, {"removed", '-'}, {"changed", '~'}, {"ejected", '!'}, {"returned", '^'}};
    std::string text;
    for (const auto& [list, sign] : kLists) {
        const Json& names = change.at(list).at("names");
        for (const Json& name : names) {
            text += fmt::format("{}{}{}", text.empty() ? "" : " ", sign, name.get<std::string>());
        }
        const auto left_out = change.at(list).at("count").get<std::size_t>() - names.size();
        text += left_out > 0 ? fmt::format(" and {}{} more", sign, left_out) : "";
    }
    return text;
}

}  // namespace

std::string render_plain(const std::string& body) {
    return body.ends_with('\n') ? body : body + "\n";
}

std::string render_stats(const std::string& body) {
    const Json root = Json::parse(body);
    std::string text = fmt::format("{} {}, up {}s, {} connections\n\n",
                                   printable(root.at("source").get<std::string>()),
                                   printable(root.at("version").get<std::string>()),
                                   number(root.at("uptime")), number(root.at("curr_connections")));
    Table table({"POOL", "NODE", "CONNECTIONS", "REQUESTS", "RESPONSES", "TIMED OUT", "ERRORS"});
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
                           number(node.at("server_timedout")), number(node.at("server_err"))});
            }
        }
    }
    return text + table.text();
}

std::string render_config(const std::string& body) {
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

std::string render_pools(const std::string& body) {
    Table table({"POOL", "LISTEN", "PROTOCOL", "RING", "IN RING", "DEGRADED", "CLIENTS", "SOURCE"});
    const Json root = Json::parse(body);
    for (const Json& pool : root.at("pools")) {
        table.add({pool.at("name").get<std::string>(), pool.at("listen").get<std::string>(),
                   pool.at("protocol").get<std::string>(),
                   pool.at("distribution").get<std::string>(),
                   number(pool.at("nodes_in_ring")) + "/" + number(pool.at("nodes")),
                   number(pool.at("nodes_degraded")), number(pool.at("client_connections")),
                   pool.at("source").at("description").get<std::string>()});
    }
    return table.text();
}

std::string render_pool(const std::string& body) {
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
    Table table(
        {"NODE", "ADDRESS", "WEIGHT", "STATE", "SHARE", "POINTS", "REQUESTS", "UNTIL", "REASON"});
    for (const Json& node : root.at("nodes")) {
        table.add({node.at("name").get<std::string>(), node.at("address").get<std::string>(),
                   number(node.at("weight")), node.at("state").get<std::string>(),
                   percent(node.at("share").get<double>()), number(node.at("points")),
                   number(node.at("metrics").at("requests")), seconds_of(node.at("remaining_ms")),
                   why(node)});
    }
    if (root.at("sources").size() > 1) {
        text += "\n" + sources_table(root.at("sources"));
    }
    return text + "\n" + table.text();
}

std::string render_discovery(const std::string& body) {
    const Json root = Json::parse(body);
    std::string text = line("pool", root.at("pool").get<std::string>());
    text += line("source", root.at("source").at("description").get<std::string>());
    add_if_there(text, "way", root.at("way"));
    add_if_there(text, "last poll", root.at("last_poll"));
    add_if_there(text, "next poll", root.at("next_poll"));
    text += line("last answer", text_or_dash(root.at("last_answer")));
    text += line("last change", text_or_dash(root.at("last_change")));
    add_staleness(text, root);
    add_if_there(text, "answered by", root.at("answered_by"));
    add_if_there(text, "version", root.at("version"));
    if (!root.at("ttl_ms").is_null()) {
        text += line("ttl", number(root.at("ttl_ms")) + " ms");
    }
    for (const Json& name : root.at("names")) {
        const Json& outcome =
            name.at("full_name").is_null() ? name.at("problem") : name.at("full_name");
        text += line("name", fmt::format("{}: {}", name.at("name").get<std::string>(),
                                         text_or_dash(outcome)));
    }
    if (const Json& error = root.at("last_error"); !error.is_null()) {
        text += line("last error", fmt::format("{}: {}", text_or_dash(error.at("at")),
                                               error.at("message").get<std::string>()));
    }
    text += line("ring", fmt::format("{} of {} nodes, generation {}, fingerprint {}",
                                     number(root.at("nodes_in_ring")), number(root.at("nodes")),
                                     number(root.at("generation")),
                                     root.at("fingerprint").get<std::string>()));
    text += "\n" + sources_table(root.at("sources"));
    if (root.at("addresses").empty()) {
        return text;
    }
    Table table({"NODE", "HOST", "ADDRESSES", "PROBLEM"});
    for (const Json& node : root.at("addresses")) {
        std::string addresses;
        for (const Json& address : node.at("addresses")) {
            addresses += (addresses.empty() ? "" : ", ") + address.get<std::string>();
        }
        table.add({node.at("node").get<std::string>(), node.at("host").get<std::string>(),
                   addresses.empty() ? "-" : addresses, text_or_dash(node.at("problem"))});
    }
    text += "\n" + table.text();
    const Json& left_out = root.at("addresses_left_out");
    return left_out == 0 ? text : text + fmt::format("and {} more\n", number(left_out));
}

std::string render_history(const std::string& body) {
    const Json root = Json::parse(body);
    Table table({"GENERATION", "AT", "CAUSE", "NODES", "MOVED", "ADOPTED", "FINGERPRINT", "WHO"});
    for (const Json& change : root.at("changes")) {
        std::string causes;
        for (const Json& cause : change.at("causes")) {
            causes += (causes.empty() ? "" : ", ") + cause.get<std::string>();
        }
        const Json& moved = change.at("moved_percent");
        table.add({number(change.at("generation")), change.at("at").get<std::string>(), causes,
                   number(change.at("nodes_in_ring")) + "/" + number(change.at("nodes")),
                   moved.is_null() ? "-" : fmt::format("{:.2f}%", moved.get<double>()),
                   fmt::format("{}/{}", change.at("adopted").size(), number(root.at("workers"))),
                   change.at("fingerprint").get<std::string>(), who_changed(change)});
    }
    return table.text();
}

std::string render_ring(const std::string& body) {
    const Json root = Json::parse(body);
    std::string text;
    for (const Json& point : root.at("points")) {
        text += fmt::format("{:>10}  {}\n", point.at("value").get<std::uint32_t>(),
                            printable(point.at("node").get<std::string>()));
    }
    return text;
}

std::string render_ring_summary(const std::string& body) {
    Table table({"NODE", "SHARE", "", "POINTS", "STATE"});
    const Json root = Json::parse(body);
    double largest = 0;
    for (const Json& node : root.at("nodes")) {
        largest = std::max(largest, node.at("share").get<double>());
    }
    for (const Json& node : root.at("nodes")) {
        const auto share = node.at("share").get<double>();
        table.add({node.at("name").get<std::string>(), percent(share),
                   bar(largest > 0 ? share / largest : 0, kBarWidth), number(node.at("points")),
                   node.at("state").get<std::string>()});
    }
    return table.text();
}

std::string render_location(const std::string& body) {
    const Json root = Json::parse(body);
    std::string text = line("key", root.at("key").get<std::string>());
    if (root.at("hashed_part") != root.at("key")) {
        text += line("hashed part", root.at("hashed_part").get<std::string>());
    }
    text += line("node", text_or_dash(root.at("node")));
    text += line("address", text_or_dash(root.at("address")));
    text += line("hash", fmt::format("{} ({})", text_or_dash(root.at("hash")),
                                     text_or_dash(root.at("hash_function"))));
    text += line("point", text_or_dash(root.at("point")));
    return text + line("why", root.at("why").get<std::string>());
}

std::string render_node(const std::string& body) {
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

std::string render_reconnect(const std::string& body) {
    const Json root = Json::parse(body);
    if (root.contains("node")) {
        return render_node(body);
    }
    return fmt::format("the links of pool {} are being replaced\n",
                       printable(root.at("pool").get<std::string>()));
}

std::string render_refresh(const std::string& body) {
    const Json root = Json::parse(body);
    return fmt::format("the source of pool {} has been asked; see `ringctl pool`\n",
                       printable(root.at("pool").get<std::string>()));
}

std::string render_snapshot(const std::string& body) {
    const Json root = Json::parse(body);
    std::string text = line("version", number(root.at("version")));
    text += line("converged", root.at("converged").get<bool>() ? "yes" : "no");
    Table table({"WORKER", "ADOPTED", "CLIENTS"});
    for (const Json& worker : root.at("workers")) {
        table.add({number(worker.at("index")), number(worker.at("adopted_version")),
                   number(worker.at("sessions"))});
    }
    return text + "\n" + table.text();
}

std::string error_message(const std::string& body) {
    const Json root = Json::parse(body, nullptr, false);
    if (root.is_object() && root.contains("detail")) {
        return printable(root.at("detail").get<std::string>());
    }
    return body;
}

std::string located_node(const std::string& body) {
    const Json root = Json::parse(body);
    const Json& node = root.at("node");
    return node.is_null() ? std::string() : node.get<std::string>();
}

}  // namespace ringside::ctl
