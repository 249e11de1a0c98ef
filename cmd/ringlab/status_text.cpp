#include "status_text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace ringside::lab {

std::string status_lines(Cluster& cluster, const PlayedSource& source) {
    std::string text =
        fmt::format("source {}\n{} {}\nversion {}\nmode {}\n", to_string(source.kind()),
                    place_name(source.kind()), place_text(source.kind(), source.place()),
                    cluster.configuration().version, to_string(source.mode()));
    for (const NodeStatus& node : cluster.status()) {
        text += fmt::format("{} {}|{}|{} {} pid {}\n", node.name, node.listed.host, node.listed.ip,
                            node.listed.port, node.state, node.pid);
    }
    return text;
}

std::string status_json(Cluster& cluster, const PlayedSource& source) {
    auto nodes = nlohmann::json::array();
    for (const NodeStatus& node : cluster.status()) {
        nodes.push_back({{"name", node.name},
                         {"host", node.listed.host},
                         {"ip", node.listed.ip},
                         {"port", node.listed.port},
                         {"state", node.state},
                         {"pid", node.pid}});
    }
    const nlohmann::json status{
        {"source", to_string(source.kind())},
        {place_name(source.kind()), place_text(source.kind(), source.place())},
        {"version", cluster.configuration().version},
        {"mode", to_string(source.mode())},
        {"nodes", nodes}};
    return status.dump(2) + "\n";
}

}  // namespace ringside::lab
