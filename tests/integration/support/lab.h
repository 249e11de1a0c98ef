// A running ringlab: memcached nodes behind a configuration endpoint, or another source.
#pragma once

#include "integration/support/network.h"
#include "integration/support/process.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {

class Lab {
  public:
    struct Node {
        std::string name;  // "node-0001"
        std::string host;  // "node-0001.ringlab.test"
        std::string ip;
        std::uint16_t port = 0;
        std::string state;  // "up", "paused", "down"
    };
    struct Status {
        std::uint64_t version = 0;
        std::string mode;
        std::vector<Node> nodes;
    };

    explicit Lab(int nodes = 3, std::vector<std::string> more_arguments = {});

    std::uint16_t port() const noexcept { return port_; }  // of the configuration endpoint, or 0
    std::string endpoint() const;                          // "127.0.0.1:port"
    Client client() const { return Client(port_); }
    Process& process() noexcept { return process_; }

    // "add", "remove", "node-0002": any command of ringlab. Throws if it fails.
    std::string command(std::vector<std::string> words);
    // The same without throwing.
    Outcome try_command(std::vector<std::string> words);

    void add() { command({"add"}); }
    void remove(std::string_view name) { command({"remove", std::string(name)}); }
    void misbehave(std::string_view mode) { command({"misbehave", std::string(mode)}); }
    Status status();

  private:
    TemporaryDirectory directory_;
    Process process_;
    std::uint16_t port_ = 0;
};

}  // namespace ringside::testing
