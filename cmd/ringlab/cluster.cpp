#include "cluster.h"

#include "as_tuple.h"
#include "free_port.h"
#include "node_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;

constexpr std::string_view kDomain = ".ringlab.test";
constexpr base::milliseconds kStartLimit{10'000};
constexpr base::milliseconds kAskLimit{500};
constexpr base::milliseconds kRetryPause{5};

// All of 127.0.0.0/8 is this machine.
std::string ip_after(const std::string& ip) {
    auto bytes = asio::ip::make_address_v4(ip).to_bytes();
    bytes[3] = static_cast<unsigned char>(bytes[3] % 254 + 1);
    return asio::ip::address_v4(bytes).to_string();
}

}  // namespace

struct Cluster::Node {
    std::string name;
    std::string ip = "127.0.0.1";
    std::uint16_t port = 0;
    std::optional<base::ChildProcess> process;
    bool paused = false;

    bool up() { return process.has_value() && process->running(); }
    tcp::endpoint endpoint() const { return {asio::ip::make_address(ip), port}; }
};

Cluster::Cluster(ClusterSettings settings) : settings_(std::move(settings)) {}

Cluster::~Cluster() = default;

asio::awaitable<Status> Cluster::add() {
    auto node = std::make_unique<Node>();
    node->name = fmt::format("node-{:04}", ++last_number_);
    if (settings_.one_port) {
        node->ip = next_ip();
    }
    const Status started = co_await start_on_free_port(*node);
    if (!started) {
        co_return started.error().in(node->name);
    }
    nodes_.push_back(std::move(node));
    ++version_;
    co_await tell_nodes();
    co_return Done{};
}

asio::awaitable<Status> Cluster::remove(std::string_view name) {
    const auto found = find(name);
    if (!found) {
        co_return found.error();
    }
    const auto place = std::find_if(nodes_.begin(), nodes_.end(),
                                    [&found](const auto& node) { return node.get() == *found; });
    std::unique_ptr<Node> removed = std::move(*place);
    nodes_.erase(place);
    ++version_;
    co_await tell_nodes();
    asio::co_spawn(co_await asio::this_coro::executor, end_later(std::move(removed)),
                   asio::detached);
    co_return Done{};
}

asio::awaitable<Status> Cluster::restart(std::string_view name, Relocation relocation) {
    const auto found = find(name);
    if (!found) {
        co_return found.error();
    }
    Node& node = **found;
    if (relocation == Relocation::port && settings_.one_port) {
        co_return Error{Errc::conflict,
                        "all nodes have one port, as the addresses of a name tell none; see "
                        "--source srv"};
    }
    node.process.reset();
    Status started = Done{};
    switch (relocation) {
        case Relocation::none:
            started = co_await start_process(node);
            break;
        case Relocation::port:
            started = co_await start_on_free_port(node);
            break;
        case Relocation::ip:
            node.ip = settings_.one_port ? next_ip() : ip_after(node.ip);
            started = co_await start_process(node);
            break;
    }
    if (!started) {
        co_return started.error().in(node.name);
    }
    co_await tell_nodes();
    co_return Done{};
}

Status Cluster::kill(std::string_view name) {
    const auto found = find(name);
    if (!found) {
        return found.error();
    }
    (*found)->process.reset();
    return Done{};
}

Status Cluster::pause(std::string_view name) {
    const auto found = find(name);
    if (!found) {
        return found.error();
    }
    Node& node = **found;
    if (!node.up()) {
        return Error{Errc::conflict, node.name + " is down"};
    }
    node.process->signal(SIGSTOP);
    node.paused = true;
    return Done{};
}

asio::awaitable<Status> Cluster::resume(std::string_view name) {
    const auto found = find(name);
    if (!found) {
        co_return found.error();
    }
    Node& node = **found;
    if (!node.up()) {
        co_return Error{Errc::conflict, node.name + " is down"};
    }
    node.process->signal(SIGCONT);
    node.paused = false;
    co_await tell_nodes();
    co_return Done{};
}

Configuration Cluster::configuration() const {
    Configuration result{.version = version_, .nodes = {}};
    for (const auto& node : nodes_) {
        const std::string host =
            settings_.localhost_names ? "localhost" : fmt::format("{}{}", node->name, kDomain);
        result.nodes.push_back({host, node->ip, node->port});
    }
    return result;
}

std::vector<NodeStatus> Cluster::status() {
    const Configuration listed = configuration();
    std::vector<NodeStatus> result;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node& node = *nodes_[i];
        const bool up = node.up();
        const std::string_view state = !up ? "down" : node.paused ? "paused" : "up";
        result.push_back({node.name, listed.nodes[i], up ? node.process->pid() : 0, state});
    }
    return result;
}

Expected<Cluster::Node*> Cluster::find(std::string_view name) {
    const std::string_view label = name.substr(0, name.find('.'));
    for (const auto& node : nodes_) {
        if (node->name == label) {
            return node.get();
        }
    }
    return Error{Errc::not_found, fmt::format("there is no node {}", name)};
}

asio::awaitable<Status> Cluster::start_process(Node& node) {
    base::ChildOptions options;
    options.command = {settings_.memcached,
                       "-l",
                       node.ip,
                       "-p",
                       std::to_string(node.port),
                       "-U",
                       "0",
                       "-t",
                       "1",
                       "-c",
                       "8192",
                       "-m",
                       std::to_string(settings_.memory_mb)};
    if (::geteuid() == 0) {
        options.command.insert(options.command.end(), {"-u", "root"});  // else it refuses to run
    }
    auto process = base::ChildProcess::start(options);
    if (!process) {
        co_return process.error();
    }
    node.process = std::move(*process);
    node.paused = false;
    co_return co_await wait_until_up(node);
}

std::string Cluster::next_ip() {
    last_ip_ = last_ip_.empty() ? "127.0.0.1" : ip_after(last_ip_);
    return last_ip_;
}

// Another process may take the port between the look and memcached's own bind: then another port.
asio::awaitable<Status> Cluster::start_on_free_port(Node& node) {
    constexpr int kTries = 5;
    Status outcome = Error{Errc::io, fmt::format("no free port on {}", node.ip)};
    if (shared_port_ != 0) {
        node.port = shared_port_;
        co_return co_await start_process(node);
    }
    for (int i = 0; i < kTries; ++i) {
        const auto port = pick_port(settings_.one_port ? "0.0.0.0" : node.ip);
        if (!port) {
            break;
        }
        node.port = *port;
        outcome = co_await start_process(node);
        if (outcome) {
            shared_port_ = settings_.one_port ? *port : 0;
            break;
        }
    }
    co_return outcome;
}

asio::awaitable<Status> Cluster::wait_until_up(Node& node) {
    // The answer must come from our process: a stranger on the same port would not do.
    const std::string expected = fmt::format("STAT pid {}\r\n", node.process->pid());
    asio::steady_timer pause(co_await asio::this_coro::executor);
    const auto deadline = base::Clock::now() + kStartLimit;
    while (base::Clock::now() < deadline) {
        if (!node.process->running()) {
            const int code = node.process->wait(base::milliseconds(0)).value_or(0);
            co_return Error{Errc::io, fmt::format("{} ended at once with exit code {}",
                                                  settings_.memcached, code)};
        }
        const auto answer = co_await ask(node.endpoint(), "stats\r\n", "END\r\n", kAskLimit);
        if (answer && answer->find(expected) != std::string::npos) {
            co_return Done{};
        }
        pause.expires_after(kRetryPause);
        co_await pause.async_wait(kAsTuple);
    }
    co_return Error{Errc::timed_out, fmt::format("does not answer on {}:{}", node.ip, node.port)};
}

// In the service every node answers for the whole cluster. A plain memcached can do so in the old
// way: the list is the value of a reserved key. A node that is down or paused is told later.
asio::awaitable<void> Cluster::tell_nodes() {
    const std::string list = payload(configuration());
    const std::string request =
        fmt::format("set AmazonElastiCache:cluster 0 0 {}\r\n{}\r\n", list.size(), list);
    std::vector<tcp::endpoint> listeners;
    for (const auto& node : nodes_) {
        if (node->up() && !node->paused) {
            listeners.push_back(node->endpoint());
        }
    }
    for (const tcp::endpoint& listener : listeners) {
        co_await ask(listener, request, "STORED\r\n", kAskLimit);
    }
}

asio::awaitable<void> Cluster::end_later(std::unique_ptr<Node> node) {
    asio::steady_timer timer(co_await asio::this_coro::executor, settings_.linger);
    co_await timer.async_wait(kAsTuple);
    node->process.reset();
}

}  // namespace ringside::lab
