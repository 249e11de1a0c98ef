// A controller in virtual time, with everything it says written down.
#pragma once

#include "discovery/controller.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::discovery {

// "a", "b": hosts a and b on port 11211; "a=10.0.0.1": ring name a, reached at 10.0.0.1.
inline routing::Membership membership(const std::vector<std::string>& nodes,
                                      std::uint64_t version = 1) {
    routing::Membership result{.members = {}, .source_version = version};
    for (const std::string& text : nodes) {
        const std::size_t equals = text.find('=');
        const std::string name = text.substr(0, equals);
        const std::string host = equals == std::string::npos ? name : text.substr(equals + 1);
        result.members.push_back({.name = name, .address = {host, 11211}});
    }
    return result;
}

class ControllerHarness {
  public:
    static constexpr routing::PoolId kStatic = 0;   // pool "fixed": a, b
    static constexpr routing::PoolId kDynamic = 1;  // pool "moving": ElastiCache, auto_eject

    void start() { controller.configure(config(), now); }

    // Starts and gives the dynamic pool its first members.
    void start_with(const std::vector<std::string>& nodes) {
        start();
        controller.on_membership(kDynamic, membership(nodes), now);
    }

    // Lets time pass, ticking at each deadline as App does.
    void advance(base::milliseconds span) {
        const base::TimePoint end = now + span;
        for (int ticks = 0; controller.next_deadline() <= end && ticks < 1000; ++ticks) {
            now = std::max(now, controller.next_deadline());
            controller.tick(now);
        }
        now = end;
    }

    // So many attempts, one behind the other, within a millisecond.
    void fail(const std::string& node, int times = 1) { fail(kDynamic, id(node), times); }
    void fail(routing::PoolId pool_id, routing::NodeId node, int times) {
        for (int i = 0; i < times; ++i) {
            const base::TimePoint began = now;
            now += base::microseconds(1);
            const routing::PoolNode& failed = *std::find_if(
                pool(pool_id).nodes.begin(), pool(pool_id).nodes.end(),
                [node](const routing::PoolNode& each) { return each.node.id == node; });
            controller.on_health({.pool = pool_id,
                                  .node = node,
                                  .kind = health::HealthKind::refused,
                                  .link_epoch = failed.link_epoch,
                                  .attempt = {began, now}},
                                 now);
        }
    }
    // By a worker that has adopted the latest snapshot.
    void report(const std::string& node, health::HealthKind kind) {
        const base::TimePoint began = now;
        now += base::microseconds(1);
        controller.on_health({.pool = kDynamic,
                              .node = id(node),
                              .kind = kind,
                              .link_epoch = find(node).link_epoch,
                              .attempt = {began, now}},
                             now);
    }

    void found(const std::string& host, std::vector<std::string> ips) {
        controller.on_name(host, {.ips = std::move(ips)}, false, now);
    }
    // Each name that is looked up has an address, and time passes until all know.
    void find_names() {
        for (const std::string& host : std::set<std::string>(looked_up)) {
            found(host, {"10.9.0.1"});
        }
        advance(base::milliseconds(100));
    }
    void failed(const std::string& host, std::string_view problem,
                std::vector<std::string> last_good = {}) {
        controller.on_name(host,
                           {.ips = std::move(last_good), .problem = problem, .problem_since = now},
                           true, now);
    }

    const routing::Pool& pool(routing::PoolId pool_id = kDynamic) const {
        return *controller.snapshot()->pools[pool_id];
    }

    routing::NodeId id(const std::string& node) const { return find(node).node.id; }

    const routing::PoolNode& find(const std::string& node) const {
        const auto& nodes = pool().nodes;
        return *std::find_if(nodes.begin(), nodes.end(),
                             [&](const auto& entry) { return entry.node.name == node; });
    }

    // Names of the nodes that own keys, in the ring's order.
    std::vector<std::string> ring() const {
        std::vector<std::string> names;
        for (const routing::PoolNode& entry : pool().nodes) {
            if (entry.state == routing::NodeState::in_ring) {
                names.push_back(entry.node.name);
            }
        }
        return names;
    }

    NodeView view(const std::string& node) const {
        const PoolView pool_view = *controller.view("moving", at());
        return *std::find_if(pool_view.nodes.begin(), pool_view.nodes.end(),
                             [&](const auto& entry) { return entry.node.name == node; });
    }

    // `now` as operators see it.
    base::Moment at() const {
        return {now, std::chrono::system_clock::time_point(now.time_since_epoch())};
    }

    base::TimePoint now{base::seconds(1000)};
    std::vector<routing::SnapshotPtr> published;
    std::vector<std::string> probes;  // addresses
    std::vector<routing::PoolId> refreshes;
    std::vector<std::size_t> member_counts;  // told to the source
    std::vector<routing::NodeId> ejections;
    std::map<routing::NodeId, bool> degraded;  // who was told to be or not to be
    std::set<std::string> looked_up;           // host names
    std::vector<std::string> doubted;          // host names
    std::string listed_by;                     // those of the last change of members
    std::vector<routing::NodeId> lookup_failures;
    std::vector<routing::NodeId> forgotten_nodes;
    std::vector<routing::PoolId> forgotten_pools;

    Controller controller{{
        .publish = [this](routing::SnapshotPtr next) { published.push_back(std::move(next)); },
        .probe =
            [this](routing::PoolId, const routing::PoolNode& node) {
                probes.push_back(to_string(node.node.address));
            },
        .refresh = [this](routing::PoolId pool_id, RefreshAsked) { refreshes.push_back(pool_id); },
        .members_changed =
            [this](routing::PoolId, const MembersKnown& known) {
                member_counts.push_back(known.members.members.size());
                listed_by = known.source;
            },
        .ejected = [this](routing::PoolId, routing::NodeId node) { ejections.push_back(node); },
        .degraded = [this](routing::PoolId, routing::NodeId node,
                           bool is_degraded) { degraded[node] = is_degraded; },
        .use_names = [this](const std::set<std::string>& hosts) { looked_up = hosts; },
        .doubt_name = [this](const std::string& host) { doubted.push_back(host); },
        .lookup_failed = [this](routing::PoolId,
                                routing::NodeId node) { lookup_failures.push_back(node); },
        .node_forgotten = [this](routing::PoolId,
                                 routing::NodeId node) { forgotten_nodes.push_back(node); },
        .pool_forgotten = [this](routing::PoolId pool_id) { forgotten_pools.push_back(pool_id); },
    }};

    static config::Config config() {
        config::PoolConfig fixed;
        fixed.name = "fixed";
        fixed.listen.text = "127.0.0.1:11211";
        fixed.source = config::StaticSource{membership({"a", "b"}, 0)};

        config::PoolConfig moving;
        moving.name = "moving";
        moving.policy.hash = routing::HashKind::murmur;  // nothing to advise on
        moving.policy.timeout = base::milliseconds(400);
        moving.policy.auto_eject = true;
        moving.policy.failure_limit = 2;
        moving.policy.retry_timeout = base::milliseconds(1000);
        moving.rules.change.leave_percent_max = 100;  // controller_rules_test.cpp has others
        moving.rules.returns_max = 0;
        moving.source = config::ElastiCacheSource{.endpoint = {"cfg.example", 11211}};

        config::Config result;
        result.pools = {fixed, moving};
        return result;
    }
};

}  // namespace ringside::discovery
