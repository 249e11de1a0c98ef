// A relay on loopback in front of a node, which can forget its connections as a firewall does.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace ringside::testing {

// Carries bytes both ways on a thread of its own, which ends with its owner.
class Relay {
  public:
    explicit Relay(std::uint16_t to_port);
    ~Relay();

    std::uint16_t port() const noexcept { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    // From now on nothing passes on the connections that are open, and nobody is told. New ones
    // work.
    void forget_connections() noexcept { ++forgotten_; }

  private:
    struct Pair {
        int near = -1;
        int far = -1;
        int age = 0;  // what `forgotten_` was when it was opened
    };

    void run();
    void accept_one();
    static bool carry(int from, int to);  // false at the end

    const std::uint16_t to_port_;
    int listener_ = -1;
    int stop_read_ = -1;  // readable when the owner wants the end
    int stop_write_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> forgotten_{0};
    std::vector<Pair> pairs_;  // of the thread
    std::thread thread_;
};

}  // namespace ringside::testing
