#include "sim/warm_script.h"

#include "base/limits.h"
#include "sim/warm_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ringside::sim {

using proxy::ConnectionId;
using proxy::StreamEnd;

namespace {

constexpr routing::NodeId kNeighboursNode = 4;
constexpr routing::NodeId kNewNode = 5;

std::string host_of(int place) {
    return fmt::format("10.0.0.{}", place);
}

routing::PoolPtr build(const std::vector<routing::NodeId>& ids, std::uint32_t links_per_node) {
    routing::PoolPolicy policy;
    policy.timeout = WarmScript::kTimeout;
    policy.connections_per_node = links_per_node;
    std::vector<routing::PoolNode> nodes;
    for (const routing::NodeId id : ids) {
        nodes.push_back({.node = {.id = id,
                                  .name = fmt::format("cache-{}", id),
                                  .address = {host_of(static_cast<int>(id)), 11211}}});
    }
    return routing::build_pool(WorkerBench::kPool, "alpha", policy, std::move(nodes));
}

int owner_of(const routing::Pool& pool, std::string_view key) {
    const auto owner = pool.owner_of(key, 0);
    return owner ? static_cast<int>(pool.nodes[*owner].node.id) : 0;
}

// A key for which `fits`.
template <typename Fits>
std::string find_key(std::string_view name, Fits&& fits) {
    for (int i = 0;; ++i) {
        std::string key = fmt::format("{}-{}", name, i);
        if (fits(key)) {
            return key;
        }
    }
}

std::string neighbour_answer(std::string_view key) {
    return fmt::format("VALUE {} 0 {} 17\r\n{}\r\nEND\r\n", key, key.size(), key);
}

}  // namespace

WarmScript::WarmScript(Variant variant) : bench(1, warm_plan_of), variant_(variant) {
    adopt({1, 2, 3, kNeighboursNode});
    // Without the first node, or with another one, it belongs to nodes that the neighbours have
    // not.
    const routing::PoolPtr without = build({2, 3, kNeighboursNode}, 1);
    const routing::PoolPtr with = build({1, 2, 3, kNeighboursNode, kNewNode}, 1);
    key_ = find_key("key", [&](std::string_view key) {
        return owner_of(*pool_, key) == 1 && owner_of(*with, key) == kNewNode &&
               owner_of(*without, key) != kNeighboursNode;
    });
    const auto is_neighbour = [this](std::string_view key) {
        return owner_of(*pool_, key) == kNeighboursNode;
    };
    front_ = find_key("front", is_neighbour);
    behind_ = find_key("behind", is_neighbour);
    open_links();
    bench.advance(base::kSteadyLinkMin);  // so that the loss of one has no consequence but itself
    client_ = bench.connect_client();
}

// So that what is written in a turn is seen in it.
void WarmScript::open_links() {
    const ConnectionId client = bench.connect_client();
    for (const routing::PoolNode& each : pool_->nodes) {
        exchange(client, static_cast<int>(each.node.id));
    }
    bench.end(client, StreamEnd::reset);
}

void WarmScript::run(const Failure& failure, int step) {
    const Gets gets = failure.ending.client.at(static_cast<std::size_t>(step - 1));
    if (step == 1 && failure.prepare != nullptr) {
        failure.prepare(*this, 1);
    }
    bench.send(client_, fmt::format("gets {}\r\nget {}\r\ngets {}\r\n", front_, key_, behind_));
    neighbours_link_ = link_asked(fmt::format("gets {}\r\ngets {}\r\n", front_, behind_));
    int last_step = 0;
    for (int at = 1; at <= 3 && find_step(at); ++at) {
        last_step = at;
        if (at == 1 && !variant_.front_is_last) {
            answer_neighbours();
        }
        if (at + 1 == step && failure.prepare != nullptr) {
            failure.prepare(*this, step);
        }
        if (at == step) {
            failure.happen(*this);
        } else {
            answer_right();
        }
    }
    EXPECT_EQ(last_step, failure.ending.last_step.at(static_cast<std::size_t>(step - 1)));
    finish(gets);
}

// --- what failures are made of ---

std::string WarmScript::right_answer() const {
    switch (step_) {
        case 1:
            return "END\r\n";
        case 2:
            return value_answer();
        default:
            return "STORED\r\n";
    }
}

void WarmScript::answer(std::string_view bytes, std::size_t chunk) {
    bench.send(link_, bytes, chunk);
}

std::size_t WarmScript::answer_half() {
    take();
    const std::string whole = right_answer();
    answer(std::string_view(whole).substr(0, whole.size() / 2));
    EXPECT_EQ(bench.received(client_), "");
    return whole.size() / 2;
}

void WarmScript::unplug(int step) {
    const std::string host = host_of(place_of(step));
    for (const ConnectionId id : bench.transport.dialled) {
        if (bench.transport[id].open && bench.transport[id].address.host == host) {
            bench.end(id, StreamEnd::eof);
        }
    }
    holds_dials_ = true;
}

void WarmScript::let_be_refused(int step) {
    unplug(step);
    const int place = place_of(step);
    const std::string key = find_key("refused", [this, place](std::string_view each) {
        return owner_of(*pool_, each) == place;
    });
    const ConnectionId other = bench.connect_client();
    bench.send(other, fmt::format("gets {}\r\n", key));
    bench.end(bench.transport.dialled.back(), StreamEnd::refused);
    bench.end(other, StreamEnd::reset);
    holds_dials_ = false;
}

void WarmScript::wait(base::Duration duration) {
    answer_neighbours();
    bench.advance(duration);
}

void WarmScript::leave(StreamEnd how) {
    client_stays_ = false;
    client_is_there_ = how == StreamEnd::eof;
    take();
    bench.end(client_, how);
}

void WarmScript::leave_with_the_answer(bool answer_is_first) {
    client_stays_ = client_is_there_ = false;
    const std::string answer = right_answer();
    const proxy::Peer node = bench.transport[link_].peer;
    const auto give_answer = [&] {
        const auto target = bench.worker.read_target(node);
        bench.worker.on_bytes(node, answer.copy(target.data(), target.size()));
    };
    bench.turn([&] {
        if (answer_is_first) {
            give_answer();
        }
        bench.worker.on_end(bench.transport[client_].peer, StreamEnd::reset);
        if (!answer_is_first) {
            give_answer();
        }
    });
}

void WarmScript::adopt(const std::vector<routing::NodeId>& nodes, std::uint32_t links_per_node) {
    pool_ = build(nodes, links_per_node);
    bench.adopt_pools({pool_});
}

void WarmScript::adopt_without_node() {
    const auto gone = static_cast<routing::NodeId>(place_of(step_));
    std::vector<routing::NodeId> nodes;
    for (routing::NodeId id = 1; id <= kNeighboursNode; ++id) {
        if (id != gone) {
            nodes.push_back(id);
        }
    }
    adopt(nodes);
}

void WarmScript::remove_pool() {
    pool_is_there_ = client_stays_ = false;
    bench.adopt_pools({});  // what is under way still goes by the pool as it was
}

void WarmScript::drain() {
    client_stays_ = false;
    bench.turn([this] { bench.worker.drain(); });
}

// --- the story ---

// Whether the step has come to its node: in the turn in which the answer before it came, if there
// is a link.
bool WarmScript::find_step(int step) {
    const ConnectionId link = link_asked(request_of(step));
    take();
    if (link == ConnectionId{}) {
        return false;
    }
    step_ = step;
    link_ = link;
    EXPECT_EQ(bench.transport[link].address.host, host_of(place_of(step))) << "step " << step;
    return true;
}

int WarmScript::place_of(int step) const {
    if (step != 2) {
        return owner_of(*pool_, key_);
    }
    const auto node = previous_owner_of(*pool_, key_);
    return node ? static_cast<int>(pool_->nodes[*node].node.id) : 0;
}

std::string WarmScript::request_of(int step) const {
    if (step == 3) {
        return fmt::format("add {} 7 0 {}\r\n{}\r\n", key_, variant_.value_bytes,
                           std::string(variant_.value_bytes, 'v'));
    }
    return fmt::format("get {}\r\n", key_);
}

std::string WarmScript::value_answer() const {
    return fmt::format("VALUE {} 7 {}\r\n{}\r\nEND\r\n", key_, variant_.value_bytes,
                       std::string(variant_.value_bytes, 'v'));
}

// The link that has been written this; if there is none, and a new one is not to be held up, it is
// connected and then looked at.
ConnectionId WarmScript::link_asked(std::string_view request) {
    std::vector<ConnectionId> fresh;
    for (const ConnectionId id : bench.transport.dialled) {
        FakeStream& stream = bench.transport[id];
        if (stream.open && stream.received == request) {
            stream.take();
            return id;
        }
        if (stream.open && connected_.count(id) == 0) {
            fresh.push_back(id);
        }
    }
    for (const ConnectionId id : fresh) {
        if (holds_dials_) {
            return id;
        }
        connected_.insert(id);
        bench.connected(id);
        if (bench.transport[id].received == request) {
            bench.transport[id].take();
            return id;
        }
    }
    return ConnectionId{};
}

void WarmScript::answer_neighbours() {
    if (!neighbours_answered_) {
        neighbours_answered_ = true;
        bench.send(neighbours_link_, neighbour_answer(front_) + neighbour_answer(behind_));
    }
}

// Everything has its end, and every link is in step.
void WarmScript::finish(Gets gets) {
    answer_neighbours();
    take();
    if (!client_stays_) {
        bench.advance(base::kDrainSettle);
        bench.advance(base::kDrainLinger);
    }
    expect_answers(gets);
    for (const ConnectionId id : bench.transport.dialled) {
        EXPECT_EQ(bench.transport[id].received, "") << "for " << bench.transport[id].address.host;
    }
    EXPECT_EQ(bench.worker.request_count(), 0u);
    EXPECT_EQ(bench.transport[client_].open, client_stays_);
    EXPECT_EQ(bench.worker.session_count(), client_stays_ ? 1u : 0u);
    if (client_stays_) {
        expect_links_in_step();
    }
    if (!pool_is_there_) {
        for (const ConnectionId id : bench.transport.dialled) {
            EXPECT_FALSE(bench.transport[id].open) << "a link of a pool that is gone";
        }
    }
}

void WarmScript::expect_answers(Gets gets) const {
    std::string_view rest = client_bytes_;
    if (!client_is_there_) {
        return;
    }
    const std::string front = neighbour_answer(front_);
    const std::string behind = neighbour_answer(behind_);
    ASSERT_TRUE(rest.starts_with(front) && rest.ends_with(behind)) << client_bytes_;
    ASSERT_GE(rest.size(), front.size() + behind.size());
    rest.remove_prefix(front.size());
    rest.remove_suffix(behind.size());
    switch (gets) {
        case Gets::nothing:
            EXPECT_EQ(rest, "");
            return;
        case Gets::value:
            EXPECT_EQ(rest, value_answer());
            return;
        case Gets::miss:
            EXPECT_EQ(rest, "END\r\n");
            return;
        case Gets::error:
            EXPECT_TRUE(rest.starts_with("SERVER_ERROR ")) << rest;
            EXPECT_EQ(rest.find('\n'), rest.size() - 1) << rest;
            return;
    }
}

void WarmScript::expect_links_in_step() {
    holds_dials_ = false;
    bench.advance(base::kReconnectBackoffMax);
    for (const routing::PoolNode& each : pool_->nodes) {
        exchange(client_, static_cast<int>(each.node.id));
    }
    EXPECT_EQ(bench.worker.request_count(), 0u);
}

void WarmScript::exchange(ConnectionId client, int place) {
    const std::string key = find_key(
        "spare", [this, place](std::string_view each) { return owner_of(*pool_, each) == place; });
    const std::string request = fmt::format("gets {}\r\n", key);
    bench.send(client, request);
    const ConnectionId link = link_asked(request);
    ASSERT_NE(link, ConnectionId{}) << "of node " << place;
    bench.send(link, neighbour_answer(key));
    EXPECT_EQ(bench.received(client), neighbour_answer(key));
}

}  // namespace ringside::sim
