#include "status_text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace ringside::lab {

std::string status_lines(Cluster& cluster, const ConfigurationEndpoint& endpoint) {
    std::string text = fmt::format("endpoint 127.0.0.1:{}\nversion {}\nmode {}\n", endpoint.port(),
                                   cluster.configuration().version, to_string(endpoint.mode()));
    for (const NodeStatus& node : cluster.status()) {
        text += fmt::format("{} {}|{}|{} {} pid {}\n", node.name, node.listed.host, node.listed.ip,
                            node.listed.port, node.state, node.pid);
    }
    return text;
}

std::string status_json(Cluster& cluster, const ConfigurationEndpoint& endpoint) {
    auto nodes = nlohmann::json::array();
    for (const NodeStatus& node : cluster.status()) {
        nodes.push_back({{"name", node.name},
                         {"host", node.listed.host},
                         {"ip", node.listed.ip},
                         {"port", node.listed.port},
                         {"state", node.state},
                         {"pid", node.pid}});
    }
    const nlohmann::json status{{"endpoint", fmt::format("127.0.0.1:{}", endpoint.port())},
                                {"version", cluster.configuration().version},
                                {"mode", to_string(endpoint.mode())},
                                {"nodes", nodes}};
    return status.dump(2) + "\n";
}

}  // namespace ringside::lab
