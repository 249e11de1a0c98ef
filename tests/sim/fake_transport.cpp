#include "sim/fake_transport.h"

#include "base/check.h"
#include "base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ringside::sim {

using proxy::ConnectionId;

ConnectionId FakeTransport::connect(const routing::Address& address, proxy::Peer peer) {
    const ConnectionId id{++last_id_};
    FakeStream& stream = streams[id];
    stream.peer = peer;
    stream.address = address;
    dialled.push_back(id);
    return id;
}

ConnectionId FakeTransport::open_session() {
    const ConnectionId id{++last_id_};
    streams[id] = {};
    return id;
}

std::size_t FakeTransport::write(ConnectionId connection, std::string_view bytes) {
    FakeStream& stream = streams.at(connection);
    CHECK(!stream.finished);
    ++stream.writes_in_turn;
    stream.small_writes_in_turn += bytes.size() < base::kWrittenAtOnceBytesMin ? 1 : 0;
    const std::size_t taken = std::min(bytes.size(), stream.room);
    stream.received.append(bytes.substr(0, taken));
    if (stream.room != SIZE_MAX) {
        stream.room -= taken;
    }
    stream.wants_writable = taken < bytes.size();
    return taken;
}

void FakeTransport::finish_writing(ConnectionId connection) {
    streams.at(connection).finished = true;
}
void FakeTransport::close(ConnectionId connection) {
    streams.at(connection).open = false;
}
void FakeTransport::pause_reading(ConnectionId connection) {
    streams.at(connection).paused = true;
}
void FakeTransport::resume_reading(ConnectionId connection) {
    streams.at(connection).paused = false;
}

WorkerBench::WorkerBench(std::uint64_t seed, PlanOf plan_of)
    : worker(transport, registry,
             {.index = 0, .seed = seed, .start = now, .log = log, .plan_of = plan_of}) {}

void WorkerBench::adopt(const std::vector<std::string>& node_names,
                        const routing::PoolPolicy& policy) {
    std::vector<routing::PoolNode> nodes;
    for (std::uint32_t i = 0; i < node_names.size(); ++i) {
        nodes.push_back({.node = {.id = i + 1,
                                  .name = node_names[i],
                                  .address = {fmt::format("10.0.0.{}", i + 1), 11211}}});
    }
    adopt(std::move(nodes), policy);
}

void WorkerBench::adopt(std::vector<routing::PoolNode> nodes, const routing::PoolPolicy& policy) {
    adopt_pools({routing::build_pool(kPool, "alpha", policy, std::move(nodes))});
}

void WorkerBench::adopt_pools(std::vector<routing::PoolPtr> pools) {
    auto next = std::make_shared<routing::Snapshot>();
    next->version = snapshot ? snapshot->version + 1 : 1;
    next->pools = std::move(pools);
    for (const routing::PoolPtr& pool : next->pools) {
        registry.keep(pool->id);
        for (const routing::PoolNode& each : pool->nodes) {
            registry.keep(pool->id, each.node.id);
        }
    }
    snapshot = next;
    turn([this] { worker.adopt(snapshot); });
}

ConnectionId WorkerBench::connect_client(routing::PoolId pool) {
    const ConnectionId id = transport.open_session();
    turn([&] {
        if (!worker.on_accept(id, pool, transport[id].peer)) {
            transport.close(id);
        }
    });
    return id;
}

std::size_t WorkerBench::send(ConnectionId connection, std::string_view bytes, std::size_t chunk) {
    const proxy::Peer peer = transport[connection].peer;
    const std::size_t offered = bytes.size();
    turn([&] {
        while (!bytes.empty() && transport[connection].open && !transport[connection].paused) {
            const auto target = worker.read_target(peer);
            const std::size_t size = std::min({bytes.size(), target.size(), chunk});
            std::memcpy(target.data(), bytes.data(), size);
            bytes.remove_prefix(size);
            transport[connection].unread -= std::min(size, transport[connection].unread);
            worker.on_bytes(peer, size);
        }
    });
    return offered - bytes.size();
}

void WorkerBench::connected(ConnectionId link) {
    turn([&] { worker.on_connected(transport[link].peer); });
}

void WorkerBench::end(ConnectionId connection, proxy::StreamEnd how) {
    turn([&] { worker.on_end(transport[connection].peer, how); });
}

void WorkerBench::writable(ConnectionId connection, std::size_t room) {
    transport[connection].room = room;
    turn([&] { worker.on_writable(transport[connection].peer); });
}

void WorkerBench::advance(base::Duration duration) {
    now += duration;
    turn([] {});
}

ConnectionId WorkerBench::link_to(int place) {
    const std::string host = fmt::format("10.0.0.{}", place);
    const auto found =
        std::find_if(transport.dialled.rbegin(), transport.dialled.rend(),
                     [&](ConnectionId id) { return transport[id].address.host == host; });
    if (found == transport.dialled.rend()) {
        return ConnectionId{0};
    }
    connected(*found);
    return *found;
}

std::int64_t WorkerBench::pool_metric(metrics::PoolMetric metric) const {
    return registry.sum_pool(kPool)[static_cast<std::size_t>(metric)];
}

std::int64_t WorkerBench::node_metric(routing::NodeId node, metrics::NodeMetric metric) const {
    return registry.sum_node(kPool, node)[static_cast<std::size_t>(metric)];
}

}  // namespace ringside::sim
