// The world as a proxy::Worker sees it, without sockets: a test decides what every stream does.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "proxy/transport.h"
#include "proxy/worker.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::sim {

// One stream, seen from the far end.
struct FakeStream {
    proxy::Peer peer;
    routing::Address address;     // of a link: what the worker dialled
    std::string received;         // what the worker has written and the far end not yet taken
    std::size_t room = SIZE_MAX;  // bytes the kernel still takes
    bool open = true;             // not closed by the worker
    bool paused = false;
    bool wants_writable = false;               // a write was cut short
    bool deserted = false;                     // nobody reads what is written
    bool finished = false;                     // the worker has said its end
    std::size_t unread = 0;                    // bytes that wait to be read
    base::milliseconds unacknowledged_max{0};  // of a link; 0: not limited
    int writes_in_turn = 0;
    int small_writes_in_turn = 0;  // of less than kWrittenAtOnceBytesMin

    std::string take() { return std::exchange(received, {}); }
};

class FakeTransport : public proxy::Transport {
  public:
    proxy::ConnectionId connect(const routing::Address& address, proxy::Peer peer) override;
    void limit_unacknowledged(proxy::ConnectionId connection, base::milliseconds limit) override {
        streams.at(connection).unacknowledged_max = limit;
    }
    std::size_t write(proxy::ConnectionId connection, std::string_view bytes) override;
    void close(proxy::ConnectionId connection) override;
    void finish_writing(proxy::ConnectionId connection) override;
    bool has_unread(proxy::ConnectionId connection) override {
        return streams.at(connection).unread > 0;
    }
    bool is_deserted(proxy::ConnectionId connection) override {
        return streams.at(connection).deserted;
    }
    void pause_reading(proxy::ConnectionId connection) override;
    void resume_reading(proxy::ConnectionId connection) override;
    base::microseconds unix_time() override { return base::microseconds(1'700'000'000'000'000); }
    void report(const health::HealthEvent& event) override { reports.push_back(event); }

    proxy::ConnectionId open_session();
    FakeStream& operator[](proxy::ConnectionId id) { return streams.at(id); }

    std::map<proxy::ConnectionId, FakeStream> streams;
    std::vector<proxy::ConnectionId> dialled;  // by connect(), in order
    std::vector<health::HealthEvent> reports;

  private:
    std::uint32_t last_id_ = 0;
};

// A worker in a FakeTransport under a virtual clock. Every call is a turn of its own.
class WorkerBench {
  public:
    static constexpr routing::PoolId kPool = 1;
    using PlanOf = decltype(proxy::Worker::Options::plan_of);

    explicit WorkerBench(std::uint64_t seed = 1, PlanOf plan_of = &proxy::plan_of);

    // Publishes a pool of `node_names`, each at 10.0.0.<n>:11211 where n is its place, from 1.
    void adopt(const std::vector<std::string>& node_names, const routing::PoolPolicy& policy = {});
    void adopt(std::vector<routing::PoolNode> nodes, const routing::PoolPolicy& policy);
    // Publishes these pools and no others. What was counted of others is kept until somebody tells
    // the registry to forget them.
    void adopt_pools(std::vector<routing::PoolPtr> pools);

    // Closed at once if the worker does not accept it.
    proxy::ConnectionId connect_client(routing::PoolId pool = kPool);
    // The bytes arrive in one turn, `chunk` at a time. Says how many were read: fewer than offered
    // once the worker has stopped reading.
    std::size_t send(proxy::ConnectionId connection, std::string_view bytes,
                     std::size_t chunk = SIZE_MAX);
    void connected(proxy::ConnectionId link);
    void end(proxy::ConnectionId connection, proxy::StreamEnd how);
    void writable(proxy::ConnectionId connection, std::size_t room = SIZE_MAX);
    // Time passes; a turn at its end.
    void advance(base::Duration duration);

    // What the far end has received since the last call.
    std::string received(proxy::ConnectionId connection) { return transport[connection].take(); }
    // The link to the n-th node (from 1) that was dialled last; connects it.
    proxy::ConnectionId link_to(int place);

    std::int64_t pool_metric(metrics::PoolMetric metric) const;
    std::int64_t node_metric(routing::NodeId node, metrics::NodeMetric metric) const;

    template <typename Events>
    void turn(Events&& events) {
        for (auto& [id, stream] : transport.streams) {
            stream.writes_in_turn = stream.small_writes_in_turn = 0;
        }
        worker.begin_turn(now);
        events();
        worker.end_of_turn();
    }

    FakeTransport transport;
    metrics::Registry registry;
    base::TimePoint now{};
    base::Log log;  // of its own: a test may open a file
    proxy::Worker worker;
    routing::SnapshotPtr snapshot;
};

}  // namespace ringside::sim
