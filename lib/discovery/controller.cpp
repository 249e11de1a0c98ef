#include "discovery/controller.h"

#include "base/check.h"
#include "base/log.h"
#include "discovery/pool_state.h"
#include "discovery/publish_gate.h"
#include "health/mass_loss.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::TimePoint;
using routing::PoolId;

// Longer ejections have no end that anybody would wait for, and larger numbers overflow the clock.
constexpr base::milliseconds kEjectionMax = std::chrono::hours(24 * 365);

void log_line(bool warning, const std::string& line) {
    if (warning) {
        base::log().warn("{}", line);
    } else {
        base::log().info("{}", line);
    }
}

}  // namespace

class Controller::State {
  public:
    explicit State(Hooks hooks) : hooks_(std::move(hooks)) {}

    PoolId id_of(const config::PoolConfig& pool);
    void configure(const config::Config& config, TimePoint now);
    void on_membership(PoolId id, routing::Membership membership, TimePoint now);
    void on_source_failure(PoolId id, const Error& error);
    void on_health(const health::HealthEvent& event, TimePoint now);
    void on_probe(PoolId id, routing::NodeId node, bool healthy, TimePoint now);
    void on_name(const std::string& host, const NameState& state, bool failed, TimePoint now);
    void tick(TimePoint now);
    TimePoint next_deadline() const;

    base::Status eject(PoolState& pool, std::string_view node, TimePoint until, bool force,
                       TimePoint now);
    base::Status restore(PoolState& pool, std::string_view node, TimePoint now);
    base::Status reconnect(PoolState& pool, std::string_view node, TimePoint now);
    base::Status reconnect(PoolState& pool, TimePoint now);
    base::Status refresh(PoolState& pool, TimePoint now);

    // Null if there is none of that name.
    PoolState* find(std::string_view name) const;
    Error unknown(std::string_view name) const;

    const routing::SnapshotPtr& snapshot() const { return snapshot_; }
    // Requires: `pool` is of the present configuration.
    const routing::PoolPtr& published(const PoolState& pool) const {
        return published_.find(pool.id())->second;
    }
    std::vector<std::string> pool_names() const;
    bool ready() const { return ready_; }
    std::vector<std::string> readiness_report() const;

  private:
    // A pool of the present configuration; null if it has left, for news that come late.
    PoolState* present(PoolId id) const;
    void on_operator_done(PoolState& pool, bool changed, TimePoint now);
    void on_node_change(PoolId id, routing::NodeId node, health::Ejector::Change change,
                        TimePoint now);
    void on_change(PoolId id);
    void take_names(PoolState& pool, TimePoint now);
    void use_names();
    void update_ready(TimePoint now);
    void publish_if_due(TimePoint now);
    void publish(TimePoint now);
    void renew_links(PoolState& pool, TimePoint now);
    void doubt_names(const PoolState& pool, std::string_view node) const;
    // What there is to be told of it; of changes of its ring with the ring that they led to, if it
    // is published.
    void log_lines(PoolState& pool, const routing::Pool* ring = nullptr) const;
    std::string ring_text(const routing::Pool& ring) const;
    void log_losses() const;
    double random();

    const Hooks hooks_;
    // Every pool that ever was, by id, so that ids of nodes and the operator's word come back too.
    std::vector<std::unique_ptr<PoolState>> known_;
    std::map<std::pair<std::string, routing::ProtocolKind>, PoolId> ids_;
    std::vector<PoolState*> pools_;  // of the present configuration, in the snapshot's order
    std::set<PoolId> changed_;       // since the last publish
    std::map<PoolId, routing::PoolPtr> published_;  // those of the snapshot
    std::map<std::string, NameState> names_;        // of all nodes, as they were told last
    bool ready_ = false;
    PublishGate gate_;
    health::MassLoss mass_loss_;
    routing::SnapshotPtr snapshot_ = std::make_shared<routing::Snapshot>();
    std::minstd_rand random_;
};

PoolId Controller::State::id_of(const config::PoolConfig& pool) {
    const auto next = static_cast<PoolId>(known_.size());
    const auto [position, is_new] = ids_.try_emplace({pool.name, pool.policy.protocol}, next);
    if (is_new) {
        known_.push_back(std::make_unique<PoolState>(next, pool));
    }
    return position->second;
}

void Controller::State::configure(const config::Config& config, TimePoint now) {
    if (snapshot_->version == 0) {
        // Monotonic time differs between processes, which is all that jitter wants.
        random_.seed(static_cast<std::minstd_rand::result_type>(now.time_since_epoch().count()));
    }
    log_losses();  // as long as those pools are the present ones
    pools_.clear();
    for (const config::PoolConfig& settings : config.pools) {
        PoolState& state = *known_[id_of(settings)];
        const bool was_published = snapshot_->find(state.id()) != nullptr;
        if (state.configure(settings, now) || !was_published) {
            changed_.insert(state.id());
        }
        take_names(state, now);
        pools_.push_back(&state);
    }
    use_names();
    publish(now);
    gate_ = PublishGate();  // the first answer of a source shall not wait for this publish
}

void Controller::State::on_membership(PoolId id, routing::Membership membership, TimePoint now) {
    PoolState* const state = present(id);
    if (state == nullptr) {
        return;
    }
    const bool changed = state->on_membership(std::move(membership), now);
    log_lines(*state);
    if (changed) {
        take_names(*state, now);
        use_names();
        on_change(id);
        hooks_.members_changed(id, state->nodes().members());
        publish_if_due(now);
    }
}

void Controller::State::on_source_failure(PoolId id, const Error& error) {
    if (PoolState* const state = present(id)) {
        state->on_failure(error);
        log_lines(*state);
    }
}

void Controller::State::on_health(const health::HealthEvent& event, TimePoint now) {
    PoolState* const state = present(event.pool);
    if (state == nullptr) {
        return;
    }
    const auto change = state->nodes().on_health(event, now, random());
    if (state->nodes().has_losses() && mass_loss_.on_loss(now)) {
        state->nodes().tell_losses();
    }
    log_lines(*state);
    renew_links(*state, now);
    on_node_change(event.pool, event.node, change, now);
}

void Controller::State::on_node_change(PoolId id, routing::NodeId node,
                                       health::Ejector::Change change, TimePoint now) {
    if (change == health::Ejector::Change::none) {
        return;
    }
    if (change == health::Ejector::Change::ejected) {
        hooks_.ejected(id, node);
    }
    changed_.insert(id);
    gate_.request_at_once();
    publish_if_due(now);
}

void Controller::State::on_probe(PoolId id, routing::NodeId node, bool healthy, TimePoint now) {
    // Also of a pool that has left: its node would wait for the answer for ever if it came back.
    const auto change = known_[id]->nodes().on_probe(node, healthy, now, random());
    if (present(id) != nullptr) {
        log_lines(*known_[id]);
        on_node_change(id, node, change, now);
    }
}

void Controller::State::on_name(const std::string& host, const NameState& state, bool failed,
                                TimePoint now) {
    const auto known = names_.find(host);
    if (known == names_.end()) {
        return;  // late news of a name that is not used any more
    }
    const bool was_pending = std::exchange(known->second, state).is_pending();
    for (PoolState* const pool : pools_) {
        if (failed) {
            for (const routing::NodeId node : pool->nodes().nodes_named(host)) {
                hooks_.lookup_failed(pool->id(), node);
            }
        }
        if (pool->nodes().on_name(host, state, now)) {
            on_change(pool->id());
        }
    }
    const bool all_known = std::none_of(names_.begin(), names_.end(),
                                        [](const auto& name) { return name.second.is_pending(); });
    if (!was_pending || !all_known) {
        publish_if_due(now);
    } else if (!changed_.empty()) {
        publish(now);  // requests wait for it: the last of the names that were to be found first
    }
}

// What is known of the names of its nodes that others have, too.
void Controller::State::take_names(PoolState& pool, TimePoint now) {
    for (const auto& [host, state] : names_) {
        if (!state.is_pending() && pool.nodes().on_name(host, state, now)) {
            changed_.insert(pool.id());
        }
    }
}

void Controller::State::use_names() {
    std::set<std::string> hosts;
    for (const PoolState* const pool : pools_) {
        pool->nodes().add_names(hosts);
    }
    bool changed = false;
    for (auto it = names_.begin(); it != names_.end();) {
        const bool is_used = hosts.contains(it->first);
        changed = changed || !is_used;
        it = is_used ? std::next(it) : names_.erase(it);
    }
    for (const std::string& host : hosts) {
        changed = names_.try_emplace(host).second || changed;
    }
    if (changed) {
        hooks_.use_names(hosts);
    }
}

void Controller::State::update_ready(TimePoint now) {
    for (PoolState* const pool : pools_) {
        pool->update_ready(now);
    }
    ready_ = ready_ || std::all_of(pools_.begin(), pools_.end(),
                                   [](const auto* pool) { return pool->ready(); });
}

void Controller::State::tick(TimePoint now) {
    for (PoolState* const state : pools_) {
        if (state->nodes().end_ejections(now)) {
            on_change(state->id());
        }
        for (const routing::PoolNode& node : state->nodes().begin_probes(now)) {
            hooks_.probe(state->id(), node);
        }
        state->nodes().end_outages(now);
        renew_links(*state, now);
        log_lines(*state);
    }
    if (mass_loss_.take(now)) {
        log_losses();
    }
    publish_if_due(now);
    update_ready(now);
}

void Controller::State::renew_links(PoolState& pool, TimePoint now) {
    const std::vector<routing::Node> renewed = pool.nodes().renew_links(now);
    if (!renewed.empty()) {
        for (const routing::Node& node : renewed) {
            hooks_.doubt_name(node.address.host);
        }
        on_change(pool.id());
        publish_if_due(now);
    }
}

// Those that were not told by themselves: one line for pools that have lost all their nodes, if
// there are several, and one for each other pool that has lost many.
void Controller::State::log_losses() const {
    constexpr std::size_t kNamesMax = 3;
    std::size_t lost = 0;
    std::string names;
    for (const PoolState* const state : pools_) {
        if (state->nodes().is_lost() && ++lost <= kNamesMax) {
            names += (names.empty() ? "" : ", ") + state->name();
        }
    }
    if (lost > kNamesMax) {
        names += fmt::format(" and {} more", lost - kNamesMax);
    }
    std::string cause;  // of the last one
    for (PoolState* const state : pools_) {
        if (state->nodes().has_losses() && state->nodes().is_lost() && lost > 1) {
            cause = state->nodes().drop_losses();
        } else if (state->nodes().has_losses()) {
            state->nodes().tell_losses();
        }
        log_lines(*state);
        log_lines(*state, published(*state).get());
    }
    if (!cause.empty()) {
        base::log().warn("{} of {} pools have lost all their nodes: {}; the last one: {}", lost,
                         pools_.size(), names, cause);
    }
}

TimePoint Controller::State::next_deadline() const {
    TimePoint next = std::min(gate_.next_deadline(), mass_loss_.next_deadline());
    for (const PoolState* const state : pools_) {
        next = std::min(next, state->next_deadline());
    }
    return next;
}

base::Status Controller::State::eject(PoolState& pool, std::string_view node, TimePoint until,
                                      bool force, TimePoint now) {
    const auto changed = pool.nodes().eject(node, until, force, now);
    if (!changed) {
        return changed.error();
    }
    if (*changed) {
        hooks_.ejected(pool.id(), pool.nodes().id_of(node));
    }
    on_operator_done(pool, *changed, now);
    return base::Done{};
}

base::Status Controller::State::restore(PoolState& pool, std::string_view node, TimePoint now) {
    const auto changed = pool.nodes().restore(node, now);
    if (!changed) {
        return changed.error();
    }
    doubt_names(pool, node);
    on_operator_done(pool, *changed, now);
    return base::Done{};
}

// Of this node, or of all; who has links replaced wants to be where the name leads now.
void Controller::State::doubt_names(const PoolState& pool, std::string_view node) const {
    for (const routing::Member& member : pool.nodes().members().members) {
        if (node.empty() || member.name == node) {
            hooks_.doubt_name(member.address.host);
        }
    }
}

void Controller::State::on_operator_done(PoolState& pool, bool changed, TimePoint now) {
    if (!changed) {
        log_lines(pool, snapshot_->find(pool.id()));
        return;
    }
    // People wait for what they asked for: published at once, with whatever was held back.
    on_change(pool.id());
    publish(now);
}

base::Status Controller::State::reconnect(PoolState& pool, std::string_view node, TimePoint now) {
    const base::Status known = pool.nodes().reconnect(node);
    if (known) {
        doubt_names(pool, node);
        on_operator_done(pool, true, now);
    }
    return known;
}

base::Status Controller::State::reconnect(PoolState& pool, TimePoint now) {
    pool.nodes().reconnect_all();
    doubt_names(pool, {});
    on_operator_done(pool, true, now);
    return base::Done{};
}

base::Status Controller::State::refresh(PoolState& pool, TimePoint now) {
    if (pool.is_static()) {
        return Error{
            Errc::conflict,
            fmt::format("pool {} has a static list of nodes: there is nobody to ask", pool.name())};
    }
    hooks_.refresh(pool.id());
    return reconnect(pool, now);
}

PoolState* Controller::State::find(std::string_view name) const {
    const auto found = std::find_if(pools_.begin(), pools_.end(),
                                    [name](const auto* pool) { return pool->name() == name; });
    return found == pools_.end() ? nullptr : *found;
}

Error Controller::State::unknown(std::string_view name) const {
    return Error{Errc::not_found, fmt::format("there is no pool {}", name)};
}

std::vector<std::string> Controller::State::pool_names() const {
    std::vector<std::string> names;
    for (const PoolState* const pool : pools_) {
        names.push_back(pool->name());
    }
    return names;
}

std::vector<std::string> Controller::State::readiness_report() const {
    std::vector<std::string> lines;
    for (const PoolState* const pool : pools_) {
        if (!pool->ready()) {
            lines.push_back(pool->why_not_ready());
        }
    }
    return lines;
}

PoolState* Controller::State::present(PoolId id) const {
    const auto found = std::find_if(pools_.begin(), pools_.end(),
                                    [id](const auto* pool) { return pool->id() == id; });
    return found == pools_.end() ? nullptr : *found;
}

void Controller::State::on_change(PoolId id) {
    changed_.insert(id);
    gate_.request();
}

void Controller::State::publish_if_due(TimePoint now) {
    if (gate_.open(now)) {
        publish(now);
    }
}

void Controller::State::publish(TimePoint now) {
    auto next = std::make_shared<routing::Snapshot>();
    next->version = snapshot_->version + 1;
    std::map<PoolId, routing::PoolPtr> published;
    for (const PoolState* const state : pools_) {
        const PoolId id = state->id();
        next->pools.push_back(changed_.contains(id) ? state->build() : published_[id]);
        published[id] = next->pools.back();
    }
    published_ = std::move(published);
    snapshot_ = std::move(next);
    changed_.clear();
    gate_.on_published(now);
    for (PoolState* const state : pools_) {
        const routing::Pool& pool = *published_[state->id()];
        state->on_published(pool);
        log_lines(*state, &pool);
    }
    update_ready(now);
    hooks_.publish(snapshot_);
}

void Controller::State::log_lines(PoolState& pool, const routing::Pool* ring) const {
    for (const auto& [node, is_degraded] : pool.nodes().take_degraded()) {
        hooks_.degraded(pool.id(), node, is_degraded);
    }
    const std::string with_ring = ring != nullptr ? ring_text(*ring) : std::string();
    for (const LogLine& line :
         pool.take_lines(ring != nullptr ? LogLines::Ring::published : LogLines::Ring::pending)) {
        log_line(line.warning, fmt::format("pool {}: {}{}", pool.name(), line.text,
                                           line.of_ring ? with_ring : std::string()));
    }
}

// Behind a change of it.
std::string Controller::State::ring_text(const routing::Pool& ring) const {
    const auto in_ring = std::count_if(
        ring.nodes.begin(), ring.nodes.end(),
        [](const routing::PoolNode& node) { return node.state == routing::NodeState::in_ring; });
    return fmt::format("; {} of {} nodes in the ring, version {}", in_ring, ring.nodes.size(),
                       snapshot_->version);
}

double Controller::State::random() {
    return static_cast<double>(random_() - std::minstd_rand::min()) /
           static_cast<double>(std::minstd_rand::max());
}

Controller::Controller(Hooks hooks) : state_(std::make_unique<State>(std::move(hooks))) {}
Controller::~Controller() = default;

PoolId Controller::id_of(const config::PoolConfig& pool) {
    return state_->id_of(pool);
}

void Controller::configure(const config::Config& config, TimePoint now) {
    state_->configure(config, now);
}

void Controller::on_membership(PoolId pool, routing::Membership membership, TimePoint now) {
    state_->on_membership(pool, std::move(membership), now);
}

void Controller::on_source_failure(PoolId pool, const Error& error, TimePoint) {
    state_->on_source_failure(pool, error);
}

void Controller::on_health(const health::HealthEvent& event, TimePoint now) {
    state_->on_health(event, now);
}

void Controller::on_probe(PoolId pool, routing::NodeId node, bool healthy, TimePoint now) {
    state_->on_probe(pool, node, healthy, now);
}

void Controller::on_name(const std::string& host, const NameState& state, bool failed,
                         TimePoint now) {
    state_->on_name(host, state, failed, now);
}

void Controller::tick(TimePoint now) {
    state_->tick(now);
}

TimePoint Controller::next_deadline() const {
    return state_->next_deadline();
}

base::Status Controller::eject(std::string_view pool, std::string_view node,
                               std::optional<base::milliseconds> duration, bool force,
                               TimePoint now) {
    PoolState* const found = state_->find(pool);
    if (found == nullptr) {
        return state_->unknown(pool);
    }
    if (duration && (duration->count() <= 0 || *duration > kEjectionMax)) {
        return Error{Errc::invalid_argument,
                     "the time of an ejection is more than 0 and at most 365 days"};
    }
    return state_->eject(*found, node, duration ? now + *duration : base::kNever, force, now);
}

base::Status Controller::restore(std::string_view pool, std::string_view node, TimePoint now) {
    PoolState* const found = state_->find(pool);
    return found == nullptr ? state_->unknown(pool) : state_->restore(*found, node, now);
}

base::Status Controller::reconnect(std::string_view pool, std::string_view node, TimePoint now) {
    PoolState* const found = state_->find(pool);
    return found == nullptr ? state_->unknown(pool) : state_->reconnect(*found, node, now);
}

base::Status Controller::reconnect(std::string_view pool, TimePoint now) {
    PoolState* const found = state_->find(pool);
    return found == nullptr ? state_->unknown(pool) : state_->reconnect(*found, now);
}

base::Status Controller::refresh(std::string_view pool, TimePoint now) {
    PoolState* const found = state_->find(pool);
    return found == nullptr ? state_->unknown(pool) : state_->refresh(*found, now);
}

routing::SnapshotPtr Controller::snapshot() const {
    return state_->snapshot();
}

std::vector<std::string> Controller::pool_names() const {
    return state_->pool_names();
}

std::optional<PoolView> Controller::view(std::string_view pool, const base::Moment& at) const {
    const PoolState* const found = state_->find(pool);
    if (found == nullptr) {
        return std::nullopt;
    }
    return view_of(*found, state_->published(*found), at);
}

bool Controller::ready() const {
    return state_->ready();
}

std::vector<std::string> Controller::readiness_report() const {
    return state_->readiness_report();
}

}  // namespace ringside::discovery
