// Where nodes come from and what became of the ring, as text.
#include "fields.h"
#include "http/json.h"
#include "render.h"
#include "table.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace ringside::ctl {
namespace {

using http::Json;

void add_if_there(std::string& text, std::string_view label, const Json& value) {
    if (!value.is_null()) {
        text += line(label, text_or_dash(value));
    }
}

}  // namespace

std::string render_discovery(const std::string& body, const View& view) {
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
                                     number(root.at("nodes_in_ring")),
                                     number(root.at("node_count")), number(root.at("generation")),
                                     root.at("fingerprint").get<std::string>()));
    text += "\n" + sources_table(root.at("sources"), view);
    if (root.at("addresses").empty()) {
        return text;
    }
    Table table({"NODE", "HOST", "ADDRESSES", "PROBLEM"}, view);
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

std::string render_history(const std::string& body, const View& view) {
    const Json root = Json::parse(body);
    Table table({"GENERATION", "AT", "CAUSE", "NODES", "MOVED", "ADOPTED", "FINGERPRINT", "WHO"},
                view);
    for (const Json& change : root.at("changes")) {
        const Json& moved = change.at("moved_percent");
        table.add(
            {number(change.at("generation")), change.at("at").get<std::string>(), causes_of(change),
             number(change.at("nodes_in_ring")) + "/" + number(change.at("node_count")),
             moved.is_null() ? "-" : fmt::format("{:.2f}%", moved.get<double>()),
             fmt::format("{}/{}", change.at("adopted").size(), number(root.at("worker_count"))),
             change.at("fingerprint").get<std::string>(), who_changed(change)});
    }
    return table.text();
}

}  // namespace ringside::ctl
