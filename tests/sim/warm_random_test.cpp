// Requests of several steps under seeded chance: many short lives of a worker whose `get` follows
// warm_plan.h, with nodes that fail, clients that leave and rings that change.
//
// What must hold: each answer belongs to its request; a value is added at the owner only, and it is
// the key's; at the end nothing is under way.
#include "base/limits.h"
#include "sim/dice.h"
#include "sim/fake_transport.h"
#include "sim/warm_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::sim {
namespace {

using proxy::ConnectionId;
using proxy::StreamEnd;

constexpr int kKeys = 40;
constexpr std::uint32_t kNodes = 4;
constexpr base::milliseconds kTimeout{50};

// All nodes that have a key have this for it; every tenth is a large one.
std::string value_of(std::string_view key) {
    std::string value = fmt::format("<{}>", key);
    const std::size_t bytes = key.ends_with('0') ? 9'000 : value.size();
    while (value.size() < bytes) {
        value += value;
    }
    return value;
}

std::string block_of(std::string_view key) {
    const std::string value = value_of(key);
    return fmt::format("VALUE {} 7 {}\r\n{}\r\n", key, value.size(), value);
}

// Takes a line off the front of `bytes`, without its end; nothing if there is no whole one.
std::string_view take_line(std::string_view& bytes) {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos) {
        return {};
    }
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    return line;
}

std::string_view take_word(std::string_view& line) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    return word;
}

struct Tally {
    std::size_t values = 0;
    std::size_t misses = 0;
    std::size_t errors = 0;
    std::size_t adds = 0;
    std::size_t left = 0;  // clients
    std::size_t adoptions = 0;
};

class WarmWorld {
  public:
    WarmWorld(std::uint64_t seed, Tally& tally)
        : dice_(seed), bench_(seed, warm_plan_of), tally_(tally) {
        policy_.timeout = dice_.chance(80) ? kTimeout : base::milliseconds(0);
        adopt();
        for (int i = 0; i < 2; ++i) {
            connect_client();
        }
    }

    // The first thing that was wrong; empty: nothing.
    std::string run(int turns) {
        for (int i = 0; i < turns && wrong_.empty(); ++i) {
            happen();
            look();
        }
        wind_down();
        return wrong_;
    }

  private:
    struct Asked {
        std::vector<std::string> keys;
        bool has_one_step = false;
    };
    struct Client {
        ConnectionId id;
        std::deque<Asked> asked;  // requests without an answer
        std::string unsent;       // of requests; the worker does not read on
        std::string bytes;        // of answers
        bool sends = true;
        bool is_there = true;
    };
    struct NodeRequest {
        std::string verb;
        std::vector<std::string> keys;
    };
    struct NodeLink {
        routing::NodeId node = 0;
        std::size_t dialled_at = 0;  // so many pools had been adopted
        bool connected = false;
        bool written = false;
        std::deque<NodeRequest> asked;
        std::string answers;  // not yet on their way
    };

    void connect_client() { clients_.emplace_back().id = bench_.connect_client(); }
    void happen();
    void ask();
    void send(Client& client);
    void serve(ConnectionId id, NodeLink& link);
    void answer_next(NodeLink& link);
    void deliver(ConnectionId id, NodeLink& link, bool all);
    void leave();
    void adopt();
    void end_of_the_pool();

    void look();
    void look_at_links();
    void take_requests(NodeLink& link, std::string_view bytes);
    void check_add(const NodeLink& link, std::string_view key, std::string_view value);
    void look_at(Client& client);
    bool take_answer(Client& client);
    bool is_owner(const routing::Pool& pool, routing::NodeId node, std::string_view key) const;
    void wind_down();
    void expect(bool holds, std::string_view what) {
        if (!holds && wrong_.empty()) {
            wrong_ = what;
        }
    }

    std::string some_key() { return fmt::format("key{}", dice_.pick(kKeys)); }
    bool has(routing::NodeId node, const std::string& key) {
        const auto [found, is_new] = stored_.try_emplace({node, key}, false);
        found->second = is_new ? dice_.chance(40) : found->second;
        return found->second;
    }

    Dice dice_;
    WorkerBench bench_;
    Tally& tally_;
    routing::PoolPolicy policy_;
    std::vector<routing::PoolPtr> pools_;  // all that were adopted
    std::vector<Client> clients_;
    std::map<ConnectionId, NodeLink> links_;
    std::size_t links_seen_ = 0;
    std::map<std::pair<routing::NodeId, std::string>, bool> stored_;
    bool takes_clients_ = true;
    std::string wrong_;
};

// --- what happens ---

void WarmWorld::happen() {
    const std::size_t roll = dice_.pick(100);
    if (roll < 35) {
        ask();
    } else if (roll < 87) {
        if (!links_.empty()) {
            const auto link =
                std::next(links_.begin(), static_cast<long>(dice_.pick(links_.size())));
            serve(link->first, link->second);
        }
    } else if (roll < 92) {
        bench_.advance(base::milliseconds(dice_.pick(60)));
    } else if (roll < 95) {
        leave();
    } else if (roll < 99) {
        adopt();
    } else {
        end_of_the_pool();
    }
}

void WarmWorld::ask() {
    Client& client = clients_[dice_.pick(clients_.size())];
    if (!client.sends || !bench_.transport[client.id].open) {
        return;
    }
    for (std::size_t i = 0; i <= dice_.pick(3); ++i) {
        const bool touches = dice_.chance(20);
        std::vector<std::string> keys{some_key()};
        while (dice_.chance(20)) {
            keys.push_back(some_key());
        }
        client.unsent += touches ? "gat 0" : "get";
        for (const std::string& key : keys) {
            client.unsent += " " + key;
        }
        client.unsent += "\r\n";
        const bool has_one_step = touches || keys.size() > 1;
        client.asked.push_back({std::move(keys), has_one_step});
    }
    send(client);
}

void WarmWorld::send(Client& client) {
    if (!client.unsent.empty() && bench_.transport[client.id].open) {
        const std::size_t chunk = 1 + dice_.pick(client.unsent.size());
        client.unsent.erase(0, bench_.send(client.id, client.unsent, chunk));
    }
}

void WarmWorld::serve(ConnectionId id, NodeLink& link) {
    if (!bench_.transport[id].open) {
        links_.erase(id);
        return;
    }
    const std::size_t roll = dice_.pick(100);
    if (!link.connected) {
        link.connected = roll >= 10;
        link.connected ? bench_.connected(id) : bench_.end(id, StreamEnd::refused);
        return;
    }
    if (roll < 3) {
        bench_.end(id, roll == 0 ? StreamEnd::reset : StreamEnd::eof);
        return;
    }
    if (roll == 3) {
        link.answers += "VALUE stranger 0 1\r\nx\r\nEND\r\n";
    }
    for (std::size_t i = dice_.pick(4); i > 0 && !link.asked.empty(); --i) {
        answer_next(link);
    }
    deliver(id, link, dice_.chance(60));
}

void WarmWorld::answer_next(NodeLink& link) {
    const NodeRequest request = std::move(link.asked.front());
    link.asked.pop_front();
    if (dice_.chance(5)) {
        link.answers += "SERVER_ERROR out of memory\r\n";
        return;
    }
    if (request.verb == "add") {
        link.answers += has(link.node, request.keys[0]) ? "NOT_STORED\r\n" : "STORED\r\n";
        stored_[{link.node, request.keys[0]}] = true;
        return;
    }
    for (const std::string& key : request.keys) {
        link.answers += has(link.node, key) ? block_of(key) : "";
    }
    link.answers += "END\r\n";
}

void WarmWorld::deliver(ConnectionId id, NodeLink& link, bool all) {
    const std::size_t bytes = all ? link.answers.size() : dice_.pick(link.answers.size() + 1);
    if (bytes == 0) {
        return;
    }
    const std::string answers = link.answers.substr(0, bytes);
    link.answers.erase(0, bytes);
    bench_.send(id, answers, 1 + dice_.pick(bytes));
}

void WarmWorld::leave() {
    Client& client = clients_[dice_.pick(clients_.size())];
    if (!bench_.transport[client.id].open) {
        return;
    }
    ++tally_.left;
    const bool closes_half = dice_.chance(30) && client.unsent.empty();
    client.sends = false;
    client.is_there = closes_half;
    bench_.end(client.id, closes_half ? StreamEnd::eof : StreamEnd::reset);
    if (takes_clients_) {
        connect_client();
    }
}

// A new ring: of any nodes of the four, some of them ejected; sometimes of none.
void WarmWorld::adopt() {
    if (!takes_clients_) {
        return;
    }
    ++tally_.adoptions;
    policy_.connections_per_node = dice_.chance(80) ? 1 : 2;
    std::vector<routing::PoolNode> nodes;
    for (routing::NodeId id = 1; id <= kNodes; ++id) {
        if (dice_.chance(75)) {
            nodes.push_back({.node = {.id = id,
                                      .name = fmt::format("cache-{}", id),
                                      .address = {fmt::format("10.0.0.{}", id), 11211}},
                             .state = dice_.chance(85) ? routing::NodeState::in_ring
                                                       : routing::NodeState::ejected_by_health});
        }
    }
    pools_.push_back(routing::build_pool(WorkerBench::kPool, "alpha", policy_, std::move(nodes)));
    bench_.adopt_pools({pools_.back()});
}

void WarmWorld::end_of_the_pool() {
    takes_clients_ = false;
    for (Client& client : clients_) {
        client.sends = false;
        // What the worker has not read of a client it will not read any more.
        client.is_there = client.is_there && client.unsent.empty();
    }
    if (dice_.chance(50)) {
        bench_.turn([this] { bench_.worker.drain(); });
    } else {
        bench_.adopt_pools({});  // what is under way still goes by the last one
    }
}

// --- what must hold ---

void WarmWorld::look() {
    for (Client& client : clients_) {
        if (client.sends) {
            send(client);
        }
    }
    look_at_links();
    for (Client& client : clients_) {
        look_at(client);
    }
}

void WarmWorld::look_at_links() {
    for (; links_seen_ < bench_.transport.dialled.size(); ++links_seen_) {
        const ConnectionId id = bench_.transport.dialled[links_seen_];
        const std::string& host = bench_.transport[id].address.host;
        links_[id].node = static_cast<routing::NodeId>(host.back() - '0');
        links_[id].dialled_at = pools_.size();
    }
    for (auto& [id, link] : links_) {
        const std::string bytes = bench_.received(id);
        if (!bytes.empty()) {
            take_requests(link, bytes);
            link.written = true;
        }
    }
}

void WarmWorld::take_requests(NodeLink& link, std::string_view bytes) {
    while (!bytes.empty() && wrong_.empty()) {
        std::string_view line = take_line(bytes);
        NodeRequest request{.verb = std::string(take_word(line)), .keys = {}};
        if (request.verb == "add") {
            request.keys.emplace_back(take_word(line));
            expect(line.starts_with("7 0 "), "an add with other flags, or a time");
            check_add(link, request.keys[0], take_line(bytes));
        } else {
            expect(request.verb == "get" || request.verb == "gat", "a request that nobody made");
            if (request.verb == "gat") {
                take_word(line);
            }
            while (!line.empty()) {
                request.keys.emplace_back(take_word(line));
            }
        }
        link.asked.push_back(std::move(request));
    }
}

void WarmWorld::check_add(const NodeLink& link, std::string_view key, std::string_view value) {
    ++tally_.adds;
    expect(value == value_of(key), "a value was added that is not the key's");
    // What waited for a connection was sent by one of the snapshots since it was dialled.
    const std::size_t since = link.written ? pools_.size() - 1 : link.dialled_at - 1;
    const bool at_owner =
        std::any_of(pools_.begin() + static_cast<long>(since), pools_.end(),
                    [&](const routing::PoolPtr& pool) { return is_owner(*pool, link.node, key); });
    expect(at_owner, "a value was added at a node that does not own its key");
}

bool WarmWorld::is_owner(const routing::Pool& pool, routing::NodeId node,
                         std::string_view key) const {
    const auto owner = pool.owner_of(key, 0);
    return owner && pool.nodes[*owner].node.id == node;
}

void WarmWorld::look_at(Client& client) {
    client.bytes += bench_.received(client.id);
    while (wrong_.empty() && client.is_there && take_answer(client)) {
    }
}

// The answer to the oldest request: values of its keys in their order, or an error.
bool WarmWorld::take_answer(Client& client) {
    if (client.bytes.empty()) {
        return false;
    }
    if (client.asked.empty()) {
        expect(false, "an answer that nobody asked for");
        return false;
    }
    const std::vector<std::string>& keys = client.asked.front().keys;
    std::string_view rest = client.bytes;
    std::size_t values = 0;
    for (const std::string& key : keys) {
        const std::string block = block_of(key);
        if (rest.starts_with(block)) {
            ++values;
            rest.remove_prefix(block.size());
        }
    }
    // A part of a split request may fail behind the values of the others.
    const bool may_fail = values == 0 || keys.size() > 1;
    if (may_fail && rest.starts_with("SERVER_ERROR ")) {
        ++tally_.errors;
        take_line(rest);
    } else if (rest.starts_with("END\r\n")) {
        rest.remove_prefix(std::string_view("END\r\n").size());
        tally_.values += values;
        tally_.misses += values == 0 ? 1 : 0;
    } else {
        // Of several steps nothing comes but the whole.
        expect(client.asked.front().has_one_step,
               fmt::format("to a get of '{}': '{}'", keys[0], rest.substr(0, 80)));
        return false;
    }
    client.asked.pop_front();
    client.bytes.erase(0, client.bytes.size() - rest.size());
    return true;
}

// All nodes answer whatever they owe, until nobody asks anything any more.
void WarmWorld::wind_down() {
    for (int round = 0, idle = 0; round < 1000 && idle < 2 && wrong_.empty(); ++round) {
        bench_.advance(base::milliseconds(0));  // a worker that had stopped reading goes on
        look();
        bool is_busy = false;
        for (auto& [id, link] : links_) {
            if (!bench_.transport[id].open) {
                continue;
            }
            if (!std::exchange(link.connected, true)) {
                bench_.connected(id);
                is_busy = true;
            }
            is_busy = is_busy || !link.asked.empty() || !link.answers.empty();
            while (!link.asked.empty()) {
                answer_next(link);
            }
            deliver(id, link, true);
        }
        idle = is_busy ? 0 : idle + 1;
    }
    look();
    for (const Client& client : clients_) {
        const bool is_answered = client.asked.empty() && client.bytes.empty();
        // One whose answer had begun when its node failed has been closed.
        expect(!client.is_there || is_answered || !bench_.transport[client.id].open,
               fmt::format("{} requests without an answer, {} bytes unsent, {} bytes '{}'",
                           client.asked.size(), client.unsent.size(), client.bytes.size(),
                           client.bytes.substr(0, 60)));
    }
    expect(bench_.worker.request_count() == 0, "something is still under way");
}

constexpr std::uint64_t kSeeds = 400;  // in each of the tests that run side by side
constexpr int kTurns = 160;

class WarmAtRandom : public testing::TestWithParam<std::uint64_t> {};

TEST_P(WarmAtRandom, answers_each_request_once_and_adds_at_the_owner_only) {
    Tally tally;
    const std::uint64_t first_seed = GetParam() * kSeeds;
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
        ASSERT_EQ(WarmWorld(seed, tally).run(kTurns), "") << "seed " << seed;
    }

    EXPECT_GT(tally.values, kSeeds);
    EXPECT_GT(tally.misses, kSeeds);
    EXPECT_GT(tally.errors, kSeeds);
    EXPECT_GT(tally.adds, kSeeds / 2);
    EXPECT_GT(tally.left, kSeeds);
    EXPECT_GT(tally.adoptions, kSeeds);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WarmAtRandom, testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace ringside::sim
