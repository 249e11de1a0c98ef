// The lab's nodes: real memcached processes, and the list that is told about them.
#pragma once

#include "base/child_process.h"
#include "base/clock.h"
#include "base/expected.h"
#include "configuration.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::lab {

struct ClusterSettings {
    std::string memcached;
    std::uint32_t memory_mb = 64;
    bool localhost_names = false;
    // All nodes have the same port, each at a loopback address of its own.
    bool one_port = false;
    base::milliseconds linger{5000};
};

// What a restarted node keeps of its address.
enum class Relocation { none, port, ip };

struct NodeStatus {
    std::string name;  // what the commands call it: "node-0001"
    ListedNode listed;
    pid_t pid = 0;
    std::string_view state;  // "up", "paused", "down"
};

// Owned by main, used by its thread. The changing functions must not overlap: each is awaited
// before the next is called. Ends all processes when it is destroyed.
class Cluster {
  public:
    explicit Cluster(ClusterSettings settings);
    ~Cluster();

    // One more node, which is listed when it answers.
    boost::asio::awaitable<base::Status> add();

    // `name` with or without the domain. Errors: not_found, conflict.
    boost::asio::awaitable<base::Status> remove(std::string_view name);
    boost::asio::awaitable<base::Status> restart(std::string_view name, Relocation relocation);
    base::Status kill(std::string_view name);
    base::Status pause(std::string_view name);
    boost::asio::awaitable<base::Status> resume(std::string_view name);

    Configuration configuration() const;
    // That of all nodes, with `one_port`; else 0.
    std::uint16_t shared_port() const noexcept { return shared_port_; }
    std::vector<NodeStatus> status();

  private:
    struct Node;

    std::string next_ip();
    base::Expected<Node*> find(std::string_view name);
    boost::asio::awaitable<base::Status> start_process(Node& node);
    boost::asio::awaitable<base::Status> start_on_free_port(Node& node);
    boost::asio::awaitable<base::Status> wait_until_up(Node& node);
    boost::asio::awaitable<void> tell_nodes();
    boost::asio::awaitable<void> end_later(std::unique_ptr<Node> node);

    const ClusterSettings settings_;
    std::vector<std::unique_ptr<Node>> nodes_;  // ascending by name
    std::uint64_t version_ = 0;
    std::uint32_t last_number_ = 0;  // numbers are not used again
    std::string last_ip_;            // with `one_port`
    std::uint16_t shared_port_ = 0;
};

}  // namespace ringside::lab
