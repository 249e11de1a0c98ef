#include "sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::sim {

using namespace std::chrono_literals;
using proxy::ConnectionId;
using proxy::StreamEnd;

namespace {

constexpr int kNodes = 5;
constexpr std::size_t kClientsMax = 8;
constexpr std::size_t kAskedMax = 40;

// The length of the answer at the start of `bytes`, or 0 if it is incomplete.
std::size_t answer_size(std::string_view bytes) {
    std::size_t at = 0;
    for (;;) {
        const std::size_t line_end = bytes.find("\r\n", at);
        if (line_end == std::string_view::npos) {
            return 0;
        }
        const std::string_view line = bytes.substr(at, line_end - at);
        if (!line.starts_with("VALUE ")) {
            return line_end + 2;
        }
        const std::size_t size = std::stoul(std::string(line.substr(line.rfind(' ') + 1)));
        at = line_end + 2 + size + 2;
        if (at > bytes.size()) {
            return 0;
        }
    }
}

}  // namespace

Simulation::Simulation(std::uint64_t seed) : random_(seed), bench_(seed) {
    adopt();
}

bool Simulation::chance(int percent) {
    return pick(100) < static_cast<std::size_t>(percent);
}
std::size_t Simulation::pick(std::size_t count) {
    return random_() % count;
}

void Simulation::adopt() {
    routing::PoolPolicy policy;
    policy.timeout = 100ms;
    policy.connections_per_node = 1 + static_cast<std::uint32_t>(pick(2));
    std::vector<routing::PoolNode> nodes;
    for (int i = 1; i <= kNodes; ++i) {
        if (!chance(70) && i != 1) {
            continue;
        }
        routing::PoolNode node;
        node.node.id = static_cast<routing::NodeId>(i);
        node.node.name = fmt::format("cache-{}", i);
        // Sometimes a node has moved to its other address.
        node.node.address = {fmt::format("10.0.{}.{}", pick(2), i), 11211};
        node.state = i != 1 && chance(20) ? routing::NodeState::ejected_by_health
                                          : routing::NodeState::in_ring;
        nodes.push_back(std::move(node));
    }
    bench_.adopt(std::move(nodes), policy);
    snapshots_.push_back(bench_.snapshot);
    ++result_.adoptions;
}

Simulation::Result Simulation::run(int turns) {
    for (int turn = 0; turn < turns + 400 && result_.violation.empty(); ++turn) {
        calm_ = turn >= turns;
        if (!calm_ && clients_.size() < kClientsMax && chance(30)) {
            clients_[bench_.connect_client()];
        }
        if (!calm_ && chance(3)) {
            adopt();
        }
        for (auto& [id, client] : clients_) {
            client_acts(id, client);
        }
        for (const ConnectionId id : bench_.transport.dialled) {
            nodes_.try_emplace(id);
        }
        for (auto& [id, node] : nodes_) {
            node_acts(id, node);
        }
        bench_.advance(base::milliseconds(calm_ ? 20 : pick(15)));
        take_written();
    }
    if (result_.violation.empty()) {
        for (auto& [id, client] : clients_) {
            if (bench_.transport[id].open && !client.asked.empty()) {
                violation("a request was never answered");
            }
        }
    }
    result_.requests_left = bench_.worker.request_count();
    for (routing::NodeId id = 1; id <= kNodes; ++id) {
        result_.late_replies += bench_.node_metric(id, metrics::NodeMetric::late_replies);
    }
    return result_;
}

void Simulation::ask(Client& client) {
    const auto key = [this] { return fmt::format("k{}", pick(4) == 0 ? pick(9) : ++key_counter_); };
    switch (pick(4)) {
        case 0: {
            const std::string name = key();
            const std::string value = FakeMemcached::value_of(name);
            client.unsent += fmt::format("set {} 0 0 {}\r\n{}\r\n", name, value.size(), value);
            client.asked.push_back({"STORED\r\n", {}});
            return;
        }
        case 1: {
            client.unsent += fmt::format("delete {}\r\n", key());
            client.asked.push_back({"NOT_FOUND\r\n", {}});
            return;
        }
        case 2: {
            const std::string name = key();
            client.unsent += fmt::format("get {}\r\n", name);
            client.asked.push_back({FakeMemcached::answer_to_get(name), {name}});
            return;
        }
        default: {
            Asked asked;
            client.unsent += "get";
            for (std::size_t i = 0, count = 2 + pick(6); i < count; ++i) {
                asked.keys.push_back(key());
                client.unsent += " " + asked.keys.back();
                const std::string one = FakeMemcached::answer_to_get(asked.keys.back());
                asked.answer += one.substr(0, one.size() - 5);
            }
            client.unsent += "\r\n";
            asked.answer += "END\r\n";
            client.asked.push_back(std::move(asked));
        }
    }
}

void Simulation::client_acts(ConnectionId id, Client& client) {
    FakeStream& stream = bench_.transport[id];
    if (!stream.open) {
        return;
    }
    if (!calm_ && !client.ended && client.asked.size() < kAskedMax && chance(60)) {
        for (std::size_t i = 0, count = 1 + pick(6); i < count; ++i) {
            ask(client);
        }
    }
    deliver(id, client.unsent);
    if (!calm_ && chance(1)) {
        ++result_.clients_left;
        bench_.end(id, StreamEnd::reset);
        return;
    }
    if (!calm_ && client.unsent.empty() && !stream.paused && !client.ended && chance(1)) {
        client.ended = true;
        ++result_.clients_left;
        bench_.end(id, StreamEnd::eof);
    }
    if (stream.wants_writable && (calm_ || chance(40))) {
        stream.wants_writable = false;
        bench_.writable(id, calm_ || chance(50) ? SIZE_MAX : pick(200));
    } else if (!calm_ && stream.room == SIZE_MAX && chance(5)) {
        stream.room = pick(300);
    }
}

// Passes a part of `bytes` on to the worker, in pieces of random size.
void Simulation::deliver(ConnectionId id, std::string& bytes) {
    if (bytes.empty() || bench_.transport[id].paused || !bench_.transport[id].open) {
        return;
    }
    const std::size_t size = calm_ || chance(50) ? bytes.size() : 1 + pick(bytes.size());
    const std::size_t chunk = calm_ || chance(50) ? SIZE_MAX : 1 + pick(40 + bytes.size() / 20);
    // A pause in the middle leaves the rest unread, as in a kernel's buffer.
    std::size_t sent = 0;
    while (sent < size && bench_.transport[id].open && !bench_.transport[id].paused) {
        const std::size_t piece = std::min(chunk, size - sent);
        sent += bench_.send(id, std::string_view(bytes).substr(sent, piece));
        take_written();
    }
    bytes.erase(0, sent);
}

void Simulation::node_acts(ConnectionId id, Node& node) {
    FakeStream& stream = bench_.transport[id];
    if (!stream.open) {
        return;
    }
    if (!node.is_connected) {
        if (!calm_ && chance(10)) {
            ++result_.links_broken;
            bench_.end(id, StreamEnd::refused);
        } else if (calm_ || chance(60)) {
            node.is_connected = true;
            bench_.connected(id);
        }
        return;
    }
    if (!calm_ && chance(1)) {
        ++result_.links_broken;
        bench_.end(id, chance(50) ? StreamEnd::reset : StreamEnd::eof);
        return;
    }
    if (!calm_ && chance(1)) {
        node.silent_until = bench_.now + base::milliseconds(pick(400));
    }
    if (calm_ || (node.silent_until <= bench_.now && chance(80))) {
        deliver(id, node.memcached.answers());
    }
    if (stream.wants_writable && (calm_ || chance(50))) {
        stream.wants_writable = false;
        bench_.writable(id, calm_ || chance(50) ? SIZE_MAX : pick(300));
    } else if (!calm_ && stream.room == SIZE_MAX && chance(3)) {
        stream.room = pick(400);
    }
}

// Hands what the worker has written to the far ends, and checks it there.
void Simulation::take_written() {
    for (auto& [id, stream] : bench_.transport.streams) {
        if (stream.small_writes_in_turn > 1) {
            violation("two small writes to one connection in a turn");
        }
        if (stream.received.empty()) {
            continue;
        }
        const std::string bytes = stream.take();
        for (const char c : bytes) {
            result_.trace = (result_.trace ^ static_cast<unsigned char>(c)) * 1099511628211ull;
        }
        if (const auto client = clients_.find(id); client != clients_.end()) {
            client->second.received += bytes;
            check_answers(client->second);
            continue;
        }
        Node& node = nodes_[id];
        node.memcached.receive(bytes);
        if (node.memcached.confused()) {
            violation("a node was sent something that is no request: " + bytes);
        }
        check_keys(id, node.memcached.take_keys());
    }
}

void Simulation::check_answers(Client& client) {
    for (;;) {
        const std::size_t size = answer_size(client.received);
        if (size == 0) {
            return;
        }
        const std::string answer = client.received.substr(0, size);
        client.received.erase(0, size);
        if (client.asked.empty()) {
            violation("an answer that nobody asked for: " + answer);
            return;
        }
        if (!is_right_answer(client.asked.front(), answer)) {
            violation("asked for " + client.asked.front().answer + " but got " + answer);
            return;
        }
        client.asked.pop_front();
        ++result_.answers;
        result_.errors += answer.find("SERVER_ERROR ") != std::string::npos ? 1 : 0;
    }
}

bool Simulation::is_right_answer(const Asked& asked, std::string_view answer) {
    if (answer == asked.answer) {
        return true;
    }
    // An error, after the values that were found: a subsequence of those asked for.
    for (const std::string& key : asked.keys) {
        const std::string whole = FakeMemcached::answer_to_get(key);
        const std::string_view block = std::string_view(whole).substr(0, whole.size() - 5);
        if (answer.starts_with(block)) {
            answer.remove_prefix(block.size());
        }
    }
    return answer.starts_with("SERVER_ERROR ");
}

void Simulation::check_keys(ConnectionId id, const std::set<std::string>& keys) {
    const routing::Address& address = bench_.transport[id].address;
    for (const std::string& key : keys) {
        const bool owned = std::any_of(
            snapshots_.begin(), snapshots_.end(), [&](const routing::SnapshotPtr& snapshot) {
                const routing::Pool& pool = *snapshot->pools[0];
                const auto owner = pool.owner_of(key, 0);
                return owner && pool.nodes[*owner].node.address == address;
            });
        if (!owned) {
            violation(fmt::format("{} was sent the key {}, which was never its own",
                                  to_string(address), key));
        }
    }
}

void Simulation::violation(std::string what) {
    if (result_.violation.empty()) {
        result_.violation = std::move(what);
    }
}

}  // namespace ringside::sim
