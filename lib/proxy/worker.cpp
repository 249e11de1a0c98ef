#include "proxy/worker.h"

#include "base/limits.h"
#include "proxy/answers.h"
#include "proxy/intake.h"
#include "proxy/pool_runtime.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/worker_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace ringside::proxy {

using metrics::PoolMetric;

namespace {

// Client ids count up by this in each worker, so that no two workers give the same.
constexpr std::uint64_t kClientIdStep = 4096;

constexpr std::size_t kReadSlackBytes = 512;

SessionHandle session_of(Peer peer) noexcept {
    return {peer.index, peer.generation};
}
LinkHandle link_of(Peer peer) noexcept {
    return {peer.index, peer.generation};
}
bool is_link(Peer peer) noexcept {
    return peer.side == Peer::Side::link;
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
          upstream_(state_, answers_),
          intake_(state_, answers_, upstream_) {}

    // --- sessions ---

    bool accept(ConnectionId connection, routing::PoolId pool_id, Peer& peer) {
        const auto found = pools_.find(pool_id);
        if (found == pools_.end() || found->second->removed || draining_) {
            return false;
        }
        const SessionHandle handle = state_.sessions.emplace();
        Session& session = state_.sessions[handle];
        session = Session{};
        session.pool = found->second.get();
        session.codec = &session.pool->protocol->client;
        session.connection = connection;
        session.client.id = ++clients_ * kClientIdStep + index_;
        session.timer = state_.session_timers.add(handle.to_cookie());
        session.pool->cells->add(PoolMetric::client_connections);
        peer = {Peer::Side::session, handle.index, handle.generation};
        return true;
    }

    std::span<char> session_target(SessionHandle handle) {
        Session* session = state_.sessions.find(handle);
        if (session == nullptr) {
            return state_.read_block;
        }
        const std::size_t have = session->inbox.pending().size();
        const std::size_t need = session->resume.need_bytes;
        // Not quite filled, it needs no second read to be known as empty.
        const std::size_t share = std::clamp(session->request_size.bytes() + kReadSlackBytes,
                                             base::kReadBytesPerTurn, base::kReadBytesMax);
        return session->inbox.target(std::span(state_.read_block).first(share),
                                     need > have ? need - have : 0);
    }

    void on_session_bytes(SessionHandle handle, std::size_t size) {
        if (Session* session = state_.sessions.find(handle)) {
            take_in(handle, *session, session->inbox.received(state_.read_block, size));
        }
    }

    void on_session_end(SessionHandle handle, StreamEnd end) {
        Session* session = state_.sessions.find(handle);
        if (session == nullptr) {
            return;
        }
        const PoolMetric counter =
            end == StreamEnd::eof ? PoolMetric::client_eof : PoolMetric::client_err;
        // One that is being closed has been counted, by the reason.
        session->pool->cells->add(counter, session->closing ? 0 : 1);
        if (end != StreamEnd::eof) {
            close(handle, *session);
            return;
        }
        // The client may have closed only its half: what it asked for is still answered.
        finish(handle, *session);
    }

    void on_session_writable(SessionHandle handle) {
        if (Session* session = state_.sessions.find(handle)) {
            session->blocked = false;
            state_.mark_dirty(handle, *session);
        }
    }

    // --- the turn ---

    void end_of_turn() {
        upstream_.expire_deadlines();
        state_.session_timers.advance(state_.now, [this](std::uint64_t cookie) {
            const SessionHandle handle = SessionHandle::from_cookie(cookie);
            if (Session* session = state_.sessions.find(handle)) {
                session->pool->cells->add(PoolMetric::client_stalled);
                close(handle, *session);
            }
        });
        serve_held();
        upstream_.flush();
        flush_sessions();
    }

    base::TimePoint next_deadline() const noexcept {
        if (held_has_room_) {
            return state_.now;
        }
        return std::min(upstream_.next_deadline(), state_.session_timers.next_expiry());
    }

    void adopt(routing::SnapshotPtr snapshot);
    void drain();

    WorkerState& state() noexcept { return state_; }
    Upstream& upstream() noexcept { return upstream_; }
    std::uint64_t adopted_version() const noexcept { return snapshot_ ? snapshot_->version : 0; }

  private:
    void take_in(SessionHandle handle, Session& session, std::string_view bytes) {
        const std::size_t used = intake_.consume(handle, session, bytes);
        session.inbox.keep(bytes, used, session.resume.need_bytes, state_.buffers);
        if (session.closing || (session.last && !session.held)) {
            close_when_answered(handle, session);
        } else if (session.held) {
            state_.transport.pause_reading(session.connection);
            held_.push_back(handle);
        }
    }

    // Goes on with the sessions that back-pressure had stopped, once their answers are out.
    void serve_held() {
        held_has_room_ = false;
        now_held_.swap(held_);
        for (const SessionHandle handle : now_held_) {
            Session* session = state_.sessions.find(handle);
            if (session == nullptr || session->closing) {
                continue;
            }
            if (!Intake::has_room(*session)) {
                held_.push_back(handle);
                continue;
            }
            session->held = false;
            take_in(handle, *session, session->inbox.pending());
            if (!session->held && !session->closing) {
                state_.transport.resume_reading(session->connection);
            }
        }
        now_held_.clear();
    }

    void flush_sessions() {
        for (std::size_t i = 0; i < state_.dirty_sessions.size(); ++i) {
            const SessionHandle handle = state_.dirty_sessions[i];
            if (Session* session = state_.sessions.find(handle)) {
                session->dirty = false;
                flush(handle, *session);
            }
        }
        state_.dirty_sessions.clear();
    }

    void flush(SessionHandle handle, Session& session) {
        if (!session.output.empty() && !session.blocked) {
            const std::size_t taken =
                state_.transport.write(session.connection, session.output.view());
            session.output.consume(taken);
            session.blocked = !session.output.empty();
            if (session.blocked) {
                state_.session_timers.arm(session.timer, state_.now + base::kWriteStallMax);
            }
        }
        if (session.output.empty()) {
            state_.session_timers.cancel(session.timer);
            state_.buffers.take_back(session.output);
            if (session.closing && (session.order.empty() || session.cut)) {
                close(handle, session);
                return;
            }
        }
        held_has_room_ = held_has_room_ || (session.held && Intake::has_room(session));
    }

    // Serves what the client has sent so far, and no more.
    void finish(SessionHandle handle, Session& session) {
        session.last = true;
        if (!session.held) {
            close_when_answered(handle, session);
        }
    }

    void close_when_answered(SessionHandle handle, Session& session) {
        session.closing = true;
        session.inbox.discard(state_.buffers);
        state_.transport.pause_reading(session.connection);
        state_.mark_dirty(handle, session);  // flush() closes it if nothing is left to do
    }

    void close(SessionHandle handle, Session& session) {
        state_.transport.close(session.connection);
        answers_.abandon_all(session);
        session.pool->cells->add(PoolMetric::client_connections, -1);
        state_.session_timers.remove(session.timer);
        session.inbox.discard(state_.buffers);
        session.output.clear();
        state_.buffers.take_back(session.output);
        if (session.pool->removed) {
            retire_links(*session.pool);  // it may have asked for new ones to the last
        }
        state_.sessions.erase(handle);
    }

    void retire_links(PoolRuntime& runtime) {
        for (auto& [id, node] : runtime.nodes) {
            upstream_.retire_links(*node);
        }
    }

    void adopt_pool(PoolRuntime& runtime, routing::PoolPtr pool);
    NodeRuntime& adopt_node(PoolRuntime& runtime, const routing::Node& node);

    metrics::Registry& registry_;
    std::uint32_t index_;
    WorkerState state_;
    Answers answers_;
    Upstream upstream_;
    Intake intake_;
    routing::SnapshotPtr snapshot_;
    std::map<routing::PoolId, std::unique_ptr<PoolRuntime>> pools_;
    std::uint64_t clients_ = 0;  // that have ever connected
    std::vector<SessionHandle> held_;
    std::vector<SessionHandle> now_held_;  // scratch of serve_held()
    bool held_has_room_ = false;
    bool draining_ = false;
};

// --- snapshots ---

void Worker::Core::adopt(routing::SnapshotPtr snapshot) {
    if (!snapshot || snapshot->version <= adopted_version()) {
        return;
    }
    for (auto& [id, runtime] : pools_) {
        runtime->removed = snapshot->find(id) == nullptr;
        if (runtime->removed) {
            retire_links(*runtime);
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
    state_.sessions.for_each([this](SessionHandle handle, Session& session) {
        if (session.pool->removed && !session.closing) {
            finish(handle, session);
        }
    });
}

void Worker::Core::adopt_pool(PoolRuntime& runtime, routing::PoolPtr pool) {
    runtime.cells->add(PoolMetric::adoptions);
    if (runtime.pool && (runtime.policy().redis_auth != pool->policy.redis_auth ||
                         runtime.policy().redis_db != pool->policy.redis_db)) {
        retire_links(runtime);  // which have said who they are, and which database they want
    }
    runtime.pool = std::move(pool);
    runtime.protocol = &protocol_of(runtime.policy().protocol);
    runtime.by_index.clear();
    for (auto& [id, node] : runtime.nodes) {
        node->present = false;
    }
    for (const routing::PoolNode& pool_node : runtime.pool->nodes) {
        NodeRuntime& node = adopt_node(runtime, pool_node.node);
        runtime.by_index.push_back(&node);
        if (runtime.policy().preconnect && pool_node.state == routing::NodeState::in_ring) {
            upstream_.open_links(runtime, node);
        }
    }
    for (auto it = runtime.nodes.begin(); it != runtime.nodes.end();) {
        NodeRuntime& node = *it->second;
        if (!node.present) {
            upstream_.retire_links(node);
        }
        const bool forgotten = !node.present && node.open_links == 0;
        it = forgotten ? runtime.nodes.erase(it) : std::next(it);
    }
}

NodeRuntime& Worker::Core::adopt_node(PoolRuntime& runtime, const routing::Node& node) {
    std::unique_ptr<NodeRuntime>& found = runtime.nodes[node.id];
    if (!found) {
        found = std::make_unique<NodeRuntime>();
        found->cells = &registry_.node(index_, runtime.pool->id, node.id);
    }
    NodeRuntime& kept = *found;
    const std::size_t slots = runtime.policy().connections_per_node * protocol::kLinkKinds;
    if (kept.node.address != node.address || kept.links.size() != slots) {
        upstream_.retire_links(kept);
        kept.links.assign(slots, LinkHandle{});
        kept.retry_at = {};
        kept.backoff = base::milliseconds(0);
        kept.label = label_of(node);
    }
    kept.node = node;
    kept.present = true;
    return kept;
}

void Worker::Core::drain() {
    draining_ = true;
    state_.sessions.for_each([this](SessionHandle handle, Session& session) {
        if (!session.closing) {
            finish(handle, session);
        }
    });
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
                         : core_->session_target(session_of(peer));
}

void Worker::on_bytes(Peer peer, std::size_t size) {
    if (is_link(peer)) {
        core_->upstream().on_bytes(link_of(peer), size);
    } else {
        core_->on_session_bytes(session_of(peer), size);
    }
}

void Worker::on_writable(Peer peer) {
    if (is_link(peer)) {
        core_->upstream().on_writable(link_of(peer));
    } else {
        core_->on_session_writable(session_of(peer));
    }
}

void Worker::on_connected(Peer peer) {
    core_->upstream().on_connected(link_of(peer));
}

void Worker::on_end(Peer peer, StreamEnd end) {
    if (is_link(peer)) {
        core_->upstream().on_end(link_of(peer), end);
    } else {
        core_->on_session_end(session_of(peer), end);
    }
}

void Worker::adopt(routing::SnapshotPtr snapshot) {
    core_->adopt(std::move(snapshot));
}
void Worker::drain() {
    core_->drain();
}

std::uint64_t Worker::adopted_version() const noexcept {
    return core_->adopted_version();
}
std::size_t Worker::session_count() const noexcept {
    return core_->state().sessions.size();
}
std::size_t Worker::request_count() const noexcept {
    return core_->state().requests.size();
}

}  // namespace ringside::proxy
