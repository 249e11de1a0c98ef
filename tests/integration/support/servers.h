// The real things that Ringside stands between and beside: memcached, redis-server, nutcracker.
#pragma once

#include "integration/support/network.h"
#include "integration/support/process.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {

// A program that listens on a port of 127.0.0.1 as soon as its constructor returns.
class Server {
  public:
    std::uint16_t port() const noexcept { return port_; }
    std::string address() const;  // "127.0.0.1:port"
    Client client() const { return Client(port_); }
    Process& process() noexcept { return *process_; }

    // SIGKILL, and later again on the same port, empty.
    void kill();
    void restart();

    // SIGSTOP and SIGCONT: it neither answers nor closes. Paused when pause() returns.
    void pause();
    void resume();

  protected:
    Server(std::uint16_t port, std::vector<std::string> command);

  private:
    std::uint16_t port_;
    std::vector<std::string> command_;
    std::unique_ptr<Process> process_;
};

class MemcachedNode : public Server {
  public:
    explicit MemcachedNode(std::vector<std::string> more_arguments = {});

  private:
    MemcachedNode(std::uint16_t port, std::vector<std::string> more_arguments);
};

class RedisNode : public Server {
  public:
    explicit RedisNode(std::vector<std::string> more_arguments = {});

  private:
    RedisNode(std::uint16_t port, std::vector<std::string> more_arguments);
};

// twemproxy with one configuration. It listens when its constructor returns, which `unix_path`
// tells: where the last of its pools listens.
class Nutcracker {
  public:
    Nutcracker(std::string_view yaml, const std::string& unix_path);

    Process& process() noexcept { return process_; }
    std::uint16_t stats_port() const noexcept { return stats_port_; }

  private:
    TemporaryDirectory directory_;
    std::uint16_t stats_port_;
    Process process_;
};

}  // namespace ringside::testing
