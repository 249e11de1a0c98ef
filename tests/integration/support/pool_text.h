// The text of a pool with fixed nodes: the same for ringside and for nutcracker.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {

// A line of `servers:`.
std::string server_line(std::string_view address, int weight = 1, std::string_view name = {});

struct PoolText {
    std::string name = "pool";
    std::string listen = {};                 // "127.0.0.1:port" or "/path"
    std::vector<std::string> servers = {};   // see server_line()
    std::vector<std::string> settings = {};  // "timeout: 400"
};

std::string to_yaml(const PoolText& pool);

// A pool before servers of this harness. They are called node-0, node-1 and so on, so that keys
// have the same owners in every run, whatever the ports.
template <typename Servers>
std::string pool_before(const Servers& servers, std::string listen,
                        std::vector<std::string> settings = {}) {
    PoolText pool{.listen = std::move(listen), .settings = std::move(settings)};
    for (const auto& server : servers) {
        const std::string name = "node-" + std::to_string(pool.servers.size());
        pool.servers.push_back(server_line(server.address(), 1, name));
    }
    return to_yaml(pool);
}

// On a port of 127.0.0.1.
template <typename Servers>
std::string pool_before(const Servers& servers, int port, std::vector<std::string> settings = {}) {
    return pool_before(servers, "127.0.0.1:" + std::to_string(port), std::move(settings));
}

}  // namespace ringside::testing
