// The real things that Ringside stands between and beside: memcached, redis-server, nutcracker.
#pragma once

#include "integration/support/network.h"
#include "integration/support/process.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {

// A program that listens on a port of 127.0.0.1, or at the path of a unix socket, as soon as its
// constructor returns.
class Server {
  public:
    std::uint16_t port() const noexcept { return port_; }  // 0 with a path
    std::string address() const;                           // "127.0.0.1:port" or the path
    Client client() const { return path_.empty() ? Client(port_) : Client(path_); }
    Process& process() noexcept { return *process_; }

    // SIGKILL, and later again at the same address, empty.
    void kill();
    void restart();

    // SIGSTOP and SIGCONT: it neither answers nor closes. Paused when pause() returns.
    void pause();
    void resume();

  protected:
    Server(std::uint16_t port, std::vector<std::string> command);
    Server(std::string path, std::vector<std::string> command);

  private:
    bool listens() const { return path_.empty() ? accepts(port_) : accepts(path_); }

    std::uint16_t port_ = 0;
    std::string path_;
    std::vector<std::string> command_;
    std::unique_ptr<Process> process_;
};

class MemcachedNode : public Server {
  public:
    explicit MemcachedNode(const std::vector<std::string>& more_arguments = {});
    static MemcachedNode at_path(const std::string& path);

  private:
    MemcachedNode(std::string path, std::vector<std::string> command)
        : Server(std::move(path), std::move(command)) {}
    MemcachedNode(std::uint16_t port, const std::vector<std::string>& more_arguments);
};

class RedisNode : public Server {
  public:
    explicit RedisNode(const std::vector<std::string>& more_arguments = {});
    static RedisNode at_path(const std::string& path);

  private:
    RedisNode(std::string path, std::vector<std::string> command)
        : Server(std::move(path), std::move(command)) {}
    RedisNode(std::uint16_t port, const std::vector<std::string>& more_arguments);
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
