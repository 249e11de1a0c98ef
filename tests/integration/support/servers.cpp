#include "integration/support/servers.h"

#include <fmt/core.h>

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace ringside::testing {
namespace {

std::vector<std::string> joined(std::vector<std::string> command,
                                const std::vector<std::string>& more) {
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

std::vector<std::string> memcached_command(const std::vector<std::string>& more) {
    std::vector<std::string> command{"memcached", "-t", "1"};
    if (::geteuid() == 0) {
        command.insert(command.end(), {"-u", "root"});  // else it refuses to run as root
    }
    return joined(std::move(command), more);
}
std::vector<std::string> memcached_at(std::uint16_t port) {
    return memcached_command({"-l", "127.0.0.1", "-p", std::to_string(port), "-U", "0"});
}

std::vector<std::string> redis_command(const std::vector<std::string>& more) {
    return joined({"redis-server", "--save", "", "--appendonly", "no"}, more);
}
std::vector<std::string> redis_at(std::uint16_t port) {
    return redis_command({"--bind", "127.0.0.1", "--port", std::to_string(port)});
}

// Its statistics are as old as its last event: it is told to make one often.
std::vector<std::string> nutcracker_command(const TemporaryDirectory& directory,
                                            std::uint16_t stats_port, std::string_view yaml) {
    return {"nutcracker",
            "--conf-file=" + directory.write("nutcracker.yml", yaml),
            fmt::format("--stats-port={}", stats_port),
            "--stats-addr=127.0.0.1",
            "--stats-interval=50",
            "--output=" + directory.file("nutcracker.log"),
            "--pid-file=" + directory.file("nutcracker.pid")};
}

// The signal has been sent when kill(2) returns, but a thread on another CPU may still run a
// little.
bool is_stopped(pid_t pid) {
    for (const auto& task :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
        std::ifstream file(task.path() / "stat");
        std::string stat;
        std::getline(file, stat);
        // proc(5): "pid (name) state ...", where the name may hold anything.
        const std::size_t name_end = stat.rfind(')');
        if (name_end == std::string::npos || stat.compare(name_end, 3, ") T") != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

Server::Server(std::uint16_t port, std::vector<std::string> command)
    : port_(port), command_(std::move(command)) {
    restart();
}

Server::Server(std::string path, std::vector<std::string> command)
    : path_(std::move(path)), command_(std::move(command)) {
    restart();
}

std::string Server::address() const {
    return !path_.empty() ? path_ : fmt::format("127.0.0.1:{}", port_);
}

void Server::kill() {
    process_.reset();
}

void Server::restart() {
    process_.reset();
    process_ = std::make_unique<Process>(command_);
    process_->wait_until([this] { return listens(); }, address());
}

void Server::pause() {
    process_->signal(SIGSTOP);
    process_->wait_until([this] { return is_stopped(process_->pid()); }, "its pause");
}
void Server::resume() {
    process_->signal(SIGCONT);
}

MemcachedNode::MemcachedNode(const std::vector<std::string>& more_arguments)
    : MemcachedNode(free_port(), more_arguments) {}

MemcachedNode::MemcachedNode(std::uint16_t port, const std::vector<std::string>& more_arguments)
    : Server(port, joined(memcached_at(port), more_arguments)) {}

MemcachedNode MemcachedNode::at_path(const std::string& path) {
    return MemcachedNode(path, memcached_command({"-s", path, "-a", "0700"}));
}

RedisNode::RedisNode(const std::vector<std::string>& more_arguments)
    : RedisNode(free_port(), more_arguments) {}

RedisNode::RedisNode(std::uint16_t port, const std::vector<std::string>& more_arguments)
    : Server(port, joined(redis_at(port), more_arguments)) {}

RedisNode RedisNode::at_path(const std::string& path) {
    return RedisNode(path, redis_command({"--unixsocket", path, "--port", "0"}));
}

Nutcracker::Nutcracker(std::string_view yaml, const std::string& unix_path)
    : stats_port_(free_port()), process_(nutcracker_command(directory_, stats_port_, yaml)) {
    process_.wait_until([&unix_path] { return accepts(unix_path); }, unix_path);
}

}  // namespace ringside::testing
