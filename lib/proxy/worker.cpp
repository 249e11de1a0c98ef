#include "proxy/worker.h"

#include "proxy/answers.h"
#include "proxy/connection_list.h"
#include "proxy/dispatcher.h"
#include "proxy/downstream.h"
#include "proxy/intake.h"
#include "proxy/links.h"
#include "proxy/pool_runtime.h"
#include "proxy/steps.h"
#include "proxy/upstream.h"
#include "proxy/worker_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace ringside::proxy {

using metrics::NodeMetric;
using metrics::PoolMetric;
using routing::NodeState;

namespace {

SessionHandle session_of(Peer peer) noexcept {
    return {peer.index, peer.generation};
}
LinkHandle link_of(Peer peer) noexcept {
    return {peer.index, peer.generation};
}
bool is_link(Peer peer) noexcept {
    return peer.side == Peer::Side::link;
}

// Whether failures that had no further consequence by the settings before can eject a node by
// these.
bool may_eject_sooner(const routing::PoolPolicy& before, const routing::PoolPolicy& now) noexcept {
    return now.auto_eject && (!before.auto_eject || now.failure_limit < before.failure_limit);
}

const protocol::Protocol& protocol_of(routing::ProtocolKind kind) noexcept {
    switch (kind) {
        case routing::ProtocolKind::memcached:
            return protocol::memcached();
        case routing::ProtocolKind::redis:
            return protocol::redis();
    }
    return protocol::memcached();
}

std::string label_of(const routing::Node& node) {
    const std::string address = to_string(node.address);
    return node.name == address ? address : fmt::format("{} ({})", node.name, address);
}

}  // namespace

class Worker::Core {
  public:
    Core(Transport& transport, metrics::Registry& registry, const Options& options)
        : registry_(registry),
          index_(options.index),
          state_(transport, options.log, FactsSource(registry, options.process, options.start),
                 options.start, options.seed),
          answers_(state_),
          links_(state_, answers_),
          upstream_(state_, answers_, links_),
          dispatcher_(state_, answers_, upstream_),
          steps_(state_, answers_, dispatcher_),
          intake_(state_, answers_, dispatcher_, options.plan_of),
          downstream_(state_, answers_, intake_, options.index) {}

    bool accept(ConnectionId connection, routing::PoolId pool_id, Peer& peer) {
        const auto found = pools_.find(pool_id);
        if (found == pools_.end() || found->second->removed || draining_) {
            return false;
        }
        peer = downstream_.accept(connection, *found->second);
        return true;
    }

    // Whatever serving one side may bring about at another comes before anything is written.
    void end_of_turn() {
        links_.expire_deadlines();
        downstream_.expire_deadlines();
        downstream_.serve_held();
        steps_.run();
        upstream_.flush();
        downstream_.flush();
        if (state_.may_have_ended) {
            end_unused();
        }
    }

    base::TimePoint next_deadline() const noexcept {
        return std::min(links_.next_deadline(), downstream_.next_deadline());
    }

    void adopt(routing::SnapshotPtr snapshot);
    void drain();
    std::size_t send_away(std::optional<routing::PoolId> pool);
    std::size_t count_staying(std::optional<routing::PoolId> pool);

    void list_hot_keys(routing::PoolId pool_id, HotKeyList& list) const {
        const auto found = pools_.find(pool_id);
        if (found != pools_.end() && found->second->hot_keys) {
            found->second->hot_keys->list(state_.now, list);
        }
    }

    WorkerState& state() noexcept { return state_; }
    Links& links() noexcept { return links_; }
    Upstream& upstream() noexcept { return upstream_; }
    Downstream& downstream() noexcept { return downstream_; }
    std::uint64_t adopted_version() const noexcept { return snapshot_ ? snapshot_->version : 0; }
    std::size_t request_count() noexcept {
        return state_.requests.size() + links_.abandoned_count();
    }

    bool is_idle() noexcept {
        return state_.sessions.size() == 0 && state_.requests.size() == 0 &&
               !links_.owe_unwritten();
    }

  private:
    // Asks its clients to leave; so many were not asked before.
    std::size_t send_away(PoolRuntime& pool);
    void adopt_pool(PoolRuntime& runtime, routing::PoolPtr pool);
    NodeRuntime& adopt_node(PoolRuntime& runtime, const routing::PoolNode& pool_node);
    void replace_links(NodeRuntime& node, std::uint32_t epoch);
    // Ends what is in the snapshot no more and in nobody's use.
    void end_unused();
    void end_unused_nodes(PoolRuntime& runtime);
    void let_go(const PoolRuntime& runtime);
    void forget_failures(NodeRuntime& node) {
        node.redial.reset(state_.now);
        node.reopening.reset(state_.now);
        node.failures.restart(state_.now);
    }

    metrics::Registry& registry_;
    const std::uint32_t index_;
    WorkerState state_;
    Answers answers_;
    Links links_;
    Upstream upstream_;
    Dispatcher dispatcher_;
    Steps steps_;
    Intake intake_;
    Downstream downstream_;
    routing::SnapshotPtr snapshot_;
    std::map<routing::PoolId, std::unique_ptr<PoolRuntime>> pools_;
    bool draining_ = false;
};

// --- snapshots ---

void Worker::Core::adopt(routing::SnapshotPtr snapshot) {
    if (!snapshot || snapshot->version <= adopted_version()) {
        return;
    }
    std::vector<PoolRuntime*> removed;  // by this snapshot
    for (auto& [id, runtime] : pools_) {
        const bool is_removed_now = !runtime->removed && snapshot->find(id) == nullptr;
        runtime->removed = snapshot->find(id) == nullptr;
        if (is_removed_now) {
            removed.push_back(runtime.get());
        }
    }
    for (const routing::PoolPtr& pool : snapshot->pools) {
        std::unique_ptr<PoolRuntime>& runtime = pools_[pool->id];
        if (!runtime) {
            runtime = std::make_unique<PoolRuntime>();
            runtime->cells = &registry_.pool(index_, pool->id);
        }
        if (runtime->pool != pool) {
            adopt_pool(*runtime, pool);
        }
    }
    snapshot_ = std::move(snapshot);
    for (PoolRuntime* pool : removed) {
        send_away(*pool);
        links_.leave_all(*pool, state_.now + state_.drain_limit);
    }
    state_.may_have_ended |= !removed.empty();
}

std::size_t Worker::Core::send_away(PoolRuntime& pool) {
    pool.leaving = LeavingTimes::within(state_.now, state_.drain_limit);
    std::size_t asked = 0;
    state_.sessions.for_each([this, &pool, &asked](SessionHandle handle, Session& session) {
        if (session.pool == &pool) {
            asked += downstream_.leave(handle, session) ? 1 : 0;
        }
    });
    return asked;
}

// Of a pool that is removed, and once the worker drains, all have been asked, and their time is
// set.
std::size_t Worker::Core::send_away(std::optional<routing::PoolId> pool) {
    std::size_t asked = 0;
    for (auto& [id, runtime] : pools_) {
        if ((!pool || *pool == id) && !runtime->removed && !draining_) {
            asked += send_away(*runtime);
        }
    }
    return asked;
}

std::size_t Worker::Core::count_staying(std::optional<routing::PoolId> pool) {
    std::size_t count = 0;
    state_.sessions.for_each([pool, &count](SessionHandle, const Session& session) {
        const bool is_meant = !pool || session.pool->pool->id == *pool;
        count += is_meant && session.phase() == SessionPhase::open ? 1 : 0;
    });
    return count;
}

void Worker::Core::adopt_pool(PoolRuntime& runtime, routing::PoolPtr pool) {
    runtime.cells->add(PoolMetric::adoptions);
    if (runtime.pool && links_differ(runtime.policy(), pool->policy)) {
        links_.retire_all(runtime);  // which have said who they are, and which database they want
        for (auto& [id, node] : runtime.nodes) {
            forget_failures(*node);
        }
    }
    if (runtime.pool && may_eject_sooner(runtime.policy(), pool->policy)) {
        for (auto& [id, node] : runtime.nodes) {
            node->redial.reset(state_.now);  // while a node can be ejected, dials are not held back
        }
    }
    const bool has_new_timeout = runtime.pool && runtime.policy().timeout != pool->policy.timeout;
    runtime.pool = std::move(pool);
    if (has_new_timeout) {
        links_.adopt_timeout(runtime);
    }
    runtime.protocol = &protocol_of(runtime.policy().protocol);
    if (runtime.policy().hot_keys != (runtime.hot_keys != nullptr)) {
        runtime.hot_keys =
            runtime.hot_keys ? nullptr : std::make_unique<HotKeys>(state_.random.next());
    }
    runtime.by_index.clear();
    for (auto& [id, node] : runtime.nodes) {
        node->present = false;
    }
    for (const routing::PoolNode& pool_node : runtime.pool->nodes) {
        NodeRuntime& node = adopt_node(runtime, pool_node);
        runtime.by_index.push_back(&node);
        if (runtime.policy().preconnect && pool_node.state == NodeState::in_ring) {
            links_.open_all(runtime, node);
        }
    }
    runtime.nodes_left = 0;
    for (auto& [id, node] : runtime.nodes) {
        if (!node->present) {
            node->has_left = true;
            ++runtime.nodes_left;
            links_.retire_all(*node);
        }
    }
    end_unused_nodes(runtime);
}

NodeRuntime& Worker::Core::adopt_node(PoolRuntime& runtime, const routing::PoolNode& pool_node) {
    const routing::Node& node = pool_node.node;
    std::unique_ptr<NodeRuntime>& found = runtime.nodes[node.id];
    if (!found) {
        found = std::make_unique<NodeRuntime>();
        found->link_epoch = pool_node.link_epoch;
        found->cells = &registry_.node(index_, runtime.pool->id, node.id);
    }
    NodeRuntime& kept = *found;
    if (std::exchange(kept.has_left, false)) {
        links_.on_return(kept);
    }
    const std::uint32_t links_per_kind = runtime.policy().connections_per_node;
    if (kept.links.per_kind() != links_per_kind) {
        links_.retire_all(kept);
        kept.links.resize(links_per_kind);
    }
    if (kept.link_epoch != pool_node.link_epoch) {
        replace_links(kept, pool_node.link_epoch);
    }
    kept.label = label_of(node);
    const bool is_given_up = !pool_node.fails_with.empty();
    if (is_given_up && kept.fails_with.empty()) {
        links_.retire_all(kept);  // what is under way may still be answered
    }
    const bool was_trusted = kept.state == NodeState::in_ring && kept.fails_with.empty();
    if (!was_trusted && pool_node.state == NodeState::in_ring && !is_given_up) {
        forget_failures(kept);  // a probe was answered, or the operator knows better
    }
    kept.fails_with = pool_node.fails_with;
    kept.state = pool_node.state;
    kept.node = node;
    if (kept.addresses.adopt(pool_node.addresses, pool_node.address_problem)) {
        forget_failures(kept);
        links_.adopt_addresses(kept);
    }
    kept.present = true;
    return kept;
}

// --- what is gone ends ---

void Worker::Core::end_unused() {
    state_.may_have_ended = false;
    for (auto it = pools_.begin(); it != pools_.end();) {
        PoolRuntime& pool = *it->second;
        end_unused_nodes(pool);
        if (!pool.removed || pool.sessions > 0 || pool.has_links()) {
            ++it;
        } else if (state_.requests.has_any_of(pool)) {
            state_.may_have_ended = true;  // a step that is due: nobody will tell when it is over
            ++it;
        } else {
            let_go(pool);
            it = pools_.erase(it);
        }
    }
}

void Worker::Core::end_unused_nodes(PoolRuntime& runtime) {
    if (runtime.nodes_left == 0) {
        return;
    }
    runtime.nodes_left -= std::erase_if(runtime.nodes, [this, &runtime](const auto& each) {
        const NodeRuntime& node = *each.second;
        const bool is_unused = node.has_left && node.open_links == 0;
        if (is_unused) {
            registry_.let_go(index_, runtime.pool->id, node.node.id);
        }
        return is_unused;
    });
}

void Worker::Core::let_go(const PoolRuntime& runtime) {
    for (const auto& [id, node] : runtime.nodes) {
        registry_.let_go(index_, runtime.pool->id, id);
    }
    registry_.let_go(index_, runtime.pool->id);
}

// New ones are dialled when they are needed, at once if need be.
void Worker::Core::replace_links(NodeRuntime& node, std::uint32_t epoch) {
    node.cells->add(NodeMetric::links_replaced, static_cast<std::int64_t>(node.links.in_use()));
    links_.retire_all(node);
    forget_failures(node);
    node.link_epoch = epoch;
    node.readonly = false;
    node.write_is_news = true;
}

void Worker::Core::drain() {
    draining_ = true;
    for (auto& [id, pool] : pools_) {
        send_away(*pool);
    }
}

// --- the public face ---

Worker::Worker(Transport& transport, metrics::Registry& registry, const Options& options)
    : core_(std::make_unique<Core>(transport, registry, options)) {}

Worker::~Worker() = default;

void Worker::begin_turn(base::TimePoint now) noexcept {
    core_->state().now = now;
}
void Worker::end_of_turn() {
    core_->end_of_turn();
}
base::TimePoint Worker::next_deadline() const noexcept {
    return core_->next_deadline();
}

bool Worker::on_accept(ConnectionId connection, routing::PoolId pool, Peer& peer) {
    return core_->accept(connection, pool, peer);
}

std::span<char> Worker::read_target(Peer peer) {
    return is_link(peer) ? core_->upstream().read_target(link_of(peer))
                         : core_->downstream().read_target(session_of(peer));
}

void Worker::on_bytes(Peer peer, std::size_t size) {
    if (is_link(peer)) {
        core_->upstream().on_bytes(link_of(peer), size);
    } else {
        core_->downstream().on_bytes(session_of(peer), size);
    }
}

void Worker::on_writable(Peer peer) {
    if (is_link(peer)) {
        core_->upstream().on_writable(link_of(peer));
    } else {
        core_->downstream().on_writable(session_of(peer));
    }
}

void Worker::on_connected(Peer peer) {
    core_->links().on_connected(link_of(peer));
}

void Worker::on_end(Peer peer, StreamEnd end, std::string_view cause) {
    if (is_link(peer)) {
        core_->links().on_end(link_of(peer), end, cause.empty() ? to_string(end) : cause);
    } else {
        core_->downstream().on_end(session_of(peer), end);
    }
}

void Worker::adopt(routing::SnapshotPtr snapshot) {
    core_->adopt(std::move(snapshot));
}
void Worker::set_drain_limit(base::milliseconds limit) noexcept {
    core_->state().drain_limit = limit;
}
void Worker::drain() {
    core_->drain();
}
std::size_t Worker::send_away(std::optional<routing::PoolId> pool) {
    return core_->send_away(pool);
}
std::size_t Worker::count_staying(std::optional<routing::PoolId> pool) {
    return core_->count_staying(pool);
}

void Worker::list(const ConnectionQuestion& question, ConnectionPage& page) {
    WorkerState& state = core_->state();
    switch (question.side) {
        case Peer::Side::session:
            list_sessions(state.sessions, question, state.now, page);
            return;
        case Peer::Side::link:
            list_links(core_->links().all(), question, state.now, page);
            return;
    }
}

void Worker::list_slow(std::vector<SlowRequest>& rows) const {
    core_->state().slow.list(core_->state().now, rows);
}

void Worker::list_hot_keys(routing::PoolId pool, HotKeyList& list) const {
    core_->list_hot_keys(pool, list);
}

std::uint64_t Worker::adopted_version() const noexcept {
    return core_->adopted_version();
}
std::size_t Worker::session_count() const noexcept {
    return core_->state().sessions.size();
}
std::size_t Worker::link_count() const noexcept {
    return core_->links().all().size();
}
std::size_t Worker::request_count() const noexcept {
    return core_->request_count();
}
bool Worker::is_idle() const noexcept {
    return core_->is_idle();
}

}  // namespace ringside::proxy
