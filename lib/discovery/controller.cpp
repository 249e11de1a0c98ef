#include "discovery/controller.h"

#include "base/check.h"
#include "base/log.h"
#include "discovery/pool_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Error;
using base::LogEvent;
using base::TimePoint;
using routing::PoolId;

void log_line(const std::string& pool, const LogLine& line, const std::string& ring) {
    base::LogFields about = line.about;
    about.pool = pool;
    if (line.warning) {
        base::log().warn(about, "pool {}: {}{}", pool, line.text, ring);
    } else {
        base::log().info(about, "pool {}: {}{}", pool, line.text, ring);
    }
}

}  // namespace

Controller::Controller(Hooks hooks) : hooks_(std::move(hooks)) {}
Controller::~Controller() = default;

// --- the configuration ---

PoolId Controller::id_of(const config::PoolConfig& pool, TimePoint now) {
    return known_.id_of(pool, now);
}

void Controller::set_own_listeners(OwnListeners own) {
    own_listeners_ = std::make_shared<const OwnListeners>(std::move(own));
}

void Controller::configure(const config::Config& config, TimePoint now) {
    if (snapshot_->version == 0) {
        // Monotonic time differs between processes, which is all that jitter wants.
        random_.seed(static_cast<std::minstd_rand::result_type>(now.time_since_epoch().count()));
    }
    log_losses();  // as long as those pools are the present ones
    pools_.clear();
    for (const config::PoolConfig& settings : config.pools) {
        PoolState& state = *known_.find(id_of(settings, now));
        const bool was_published = snapshot_->find(state.id()) != nullptr;
        state.set_own_listeners(own_listeners_);
        const bool changed = state.configure(settings, now);
        if (names_.tell(state.nodes(), now) || changed || !was_published) {
            changed_.insert(state.id());
        }
        pools_.push_back(&state);
    }
    known_.set_present(pools_, now);
    std::erase_if(held_, [this](const auto& held) { return present(held.first) == nullptr; });
    use_names();
    publish(now, true);
    gate_ = PublishGate();  // the first answer of a source shall not wait for this publish
}

// --- events ---

void Controller::on_membership(PoolId id, routing::Membership membership, TimePoint now,
                               std::string_view source) {
    PoolState* const state = present(id);
    if (state == nullptr) {
        return;
    }
    const bool changed = state->on_membership(std::move(membership), now, source, random());
    log_lines(*state);
    if (changed) {
        on_members_changed(*state, now);
    } else {
        on_members_kept(*state, now);
        hooks_.state_changed();
    }
}

void Controller::on_source_failure(PoolId id, const Error& error, TimePoint now,
                                   std::string_view source) {
    PoolState* const state = present(id);
    if (state == nullptr) {
        return;
    }
    const bool changed = state->on_failure(error, now, source, random());
    log_lines(*state);
    if (changed) {
        on_members_changed(*state, now);
    } else {
        on_members_kept(*state, now);
    }
}

// Requests are told why, so that is in the snapshot.
void Controller::on_members_kept(const PoolState& pool, TimePoint now) {
    const routing::PoolPtr& ring = published(pool);
    if (ring->ring.empty() && ring->no_node_reason != pool.no_node_reason()) {
        on_change(pool.id());
        publish_if_due(now);
    }
}

void Controller::on_members_changed(PoolState& pool, TimePoint now) {
    names_.tell(pool.nodes(), now);
    use_names();
    on_change_of_list(pool, now);
    if (published(pool)->ring.empty()) {
        gate_.request_at_once();  // all its requests fail until then
    }
    hooks_.members_changed(pool.id(), members_known(pool.id()));
    publish_if_due(now);
}

void Controller::on_health(const health::HealthEvent& event, TimePoint now) {
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

void Controller::on_node_change(PoolId id, routing::NodeId node, health::Ejector::Change change,
                                TimePoint now) {
    using Change = health::Ejector::Change;
    if (change == Change::none || change == Change::well) {
        return;
    }
    if (change == Change::ejected) {
        hooks_.ejected(id, node);
    }
    changed_.insert(id);
    gate_.request_at_once();
    publish_if_due(now);
}

void Controller::on_probe(PoolId id, routing::NodeId node, bool healthy, TimePoint now) {
    // Also of a pool that has left: its node would wait for the answer for ever if it came back.
    PoolState* const known = known_.find(id);
    if (known == nullptr) {
        return;
    }
    const auto change = known->nodes().on_probe(node, healthy, now, random());
    if (present(id) != nullptr) {
        log_lines(*known);
        on_node_change(id, node, change, now);
    }
}

void Controller::on_name(const std::string& host, const NameState& state, bool failed,
                         TimePoint now) {
    const UsedNames::Heard heard = names_.take(host, state);
    if (heard == UsedNames::Heard::unused) {
        return;
    }
    for (PoolState* const pool : pools_) {
        if (failed) {
            for (const routing::NodeId node : pool->nodes().nodes_named(host)) {
                hooks_.lookup_failed(pool->id(), node);
            }
        }
        switch (pool->nodes().on_name(host, state, now)) {
            case NameChange::none:
                break;
            case NameChange::of_list:
                on_change_of_list(*pool, now);
                break;
            case NameChange::moved:
                on_change(pool->id());
                break;
        }
    }
    if (heard != UsedNames::Heard::last) {
        publish_if_due(now);
    } else if (!changed_.empty()) {
        publish(now);  // requests wait for it: the last of the names that were to be found first
    }
}

void Controller::use_names() {
    std::set<std::string> hosts;
    for (const PoolState* const pool : pools_) {
        pool->nodes().add_names(hosts);
    }
    if (names_.use(hosts)) {
        hooks_.use_names(hosts);
    }
}

void Controller::update_ready(TimePoint now) {
    for (PoolState* const pool : pools_) {
        pool->update_ready(now);
    }
    ready_ = ready_ || std::all_of(pools_.begin(), pools_.end(),
                                   [](const auto* pool) { return pool->ready(); });
}

void Controller::tick(TimePoint now) {
    for (PoolState* const state : pools_) {
        if (state->follow_sources(now)) {
            on_members_changed(*state, now);
        }
        if (state->nodes().check_joins(now)) {
            on_change(state->id());
        }
        if (state->nodes().end_ejections(now)) {
            on_change(state->id());
        }
        for (const routing::PoolNode& node : state->nodes().begin_probes(now)) {
            hooks_.probe(state->id(), node);
        }
        state->nodes().end_outages(now);
        renew_links(*state, now);
        if (state->take_ask_again(now)) {
            hooks_.refresh(state->id(), {.for_agreement = true});
        }
        if (state->take_stable(now)) {
            on_members_changed(*state, now);
        }
        log_lines(*state);
    }
    if (mass_loss_.take(now)) {
        log_losses();
    }
    release_held(now);
    publish_if_due(now);
    update_ready(now);
    forget_absent(now);
}

void Controller::renew_links(PoolState& pool, TimePoint now) {
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
void Controller::log_losses() const {
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
        log_lines(*state, is_unpublished(state->id()) ? nullptr : published(*state).get());
    }
    if (!cause.empty()) {
        base::log().warn({.event = LogEvent::pools_lost, .cause = cause},
                         "{} of {} pools have lost all their nodes: {}; the last one: {}", lost,
                         pools_.size(), names, cause);
    }
}

TimePoint Controller::next_deadline() const {
    TimePoint next = std::min(
        {gate_.next_deadline(), mass_loss_.next_deadline(), next_forgotten(), next_release()});
    for (const PoolState* const state : pools_) {
        next = std::min(next, state->next_deadline());
    }
    return next;
}

// --- views ---

PoolState* Controller::find(std::string_view name) const {
    const auto found = std::find_if(pools_.begin(), pools_.end(),
                                    [name](const auto* pool) { return pool->name() == name; });
    return found == pools_.end() ? nullptr : *found;
}

const routing::PoolPtr& Controller::published(const PoolState& pool) const {
    return published_.find(pool.id())->second;
}

std::optional<PoolView> Controller::view(std::string_view pool, const base::Moment& at) const {
    const PoolState* const found = find(pool);
    return found == nullptr ? std::nullopt : std::optional(view_of(*found, published(*found), at));
}

NodeStanding Controller::standing(routing::PoolId pool, routing::NodeId node,
                                  const base::Moment& at) const {
    const PoolState* const found = present(pool);
    CHECK(found != nullptr);
    return standing_of(found->nodes().record_of(node), at);
}

std::vector<std::string> Controller::pool_names() const {
    std::vector<std::string> names;
    for (const PoolState* const pool : pools_) {
        names.push_back(pool->name());
    }
    return names;
}

std::vector<std::string> Controller::readiness_report() const {
    std::vector<std::string> lines;
    for (const PoolState* const pool : pools_) {
        if (!pool->ready()) {
            lines.push_back(pool->why_not_ready());
        }
    }
    return lines;
}

bool Controller::is_ready(PoolId pool) const {
    const PoolState* const known = known_.find(pool);
    return known != nullptr && known->ready();
}

MembersKnown Controller::members_known(PoolId pool) const {
    const PoolState* const known = known_.find(pool);
    return known == nullptr ? MembersKnown{}
                            : MembersKnown{known->nodes().members(), known->listed_by()};
}

PoolState* Controller::present(PoolId id) const {
    const auto found = std::find_if(pools_.begin(), pools_.end(),
                                    [id](const auto* pool) { return pool->id() == id; });
    return found == pools_.end() ? nullptr : *found;
}

// --- what has left ---

// Of a pool that has changed only behind the snapshot that says so: no snapshot has what is
// forgotten.
void Controller::forget_absent(TimePoint now) {
    for (PoolState* const pool : pools_) {
        if (is_unpublished(pool->id())) {
            continue;
        }
        for (const routing::NodeId node : pool->nodes().forget_absent(now)) {
            hooks_.node_forgotten(pool->id(), node);
        }
    }
    for (const PoolId pool : known_.forget_absent(now)) {
        hooks_.pool_forgotten(pool);
    }
}

TimePoint Controller::next_forgotten() const {
    TimePoint next = known_.next_forgotten();
    for (const PoolState* const pool : pools_) {
        if (!is_unpublished(pool->id())) {
            next = std::min(next, pool->nodes().next_forgotten());
        }
    }
    return next;
}

// --- snapshots ---

void Controller::on_change(PoolId id) {
    changed_.insert(id);
    gate_.request();
}

void Controller::on_change_of_list(const PoolState& pool, TimePoint now) {
    if (pool.nodes().holds_list()) {
        const TimePoint until = held_.try_emplace(pool.id(), now + kJoinHold).first->second;
        if (now < until) {
            return;
        }
    }
    on_change(pool.id());
}

void Controller::release_held(TimePoint now) {
    for (auto held = held_.begin(); held != held_.end();) {
        if (now >= held->second) {
            on_change(held->first);
            held = held_.erase(held);
        } else {
            ++held;
        }
    }
}

TimePoint Controller::next_release() const {
    TimePoint next = base::kNever;
    for (const auto& [id, until] : held_) {
        next = std::min(next, until);
    }
    return next;
}

void Controller::publish_if_due(TimePoint now) {
    if (gate_.open(now)) {
        publish(now);
    }
}

void Controller::publish(TimePoint now, bool is_configured) {
    auto next = std::make_shared<routing::Snapshot>();
    next->version = snapshot_->version + 1;
    std::map<PoolId, routing::PoolPtr> published;
    for (const PoolState* const state : pools_) {
        const PoolId id = state->id();
        const routing::PoolPtr& before = published_[id];
        next->pools.push_back(changed_.contains(id) ? state->build(before.get()) : before);
        published[id] = next->pools.back();
    }
    const std::map<PoolId, routing::PoolPtr> before =
        std::exchange(published_, std::move(published));
    snapshot_ = std::move(next);
    hooks_.publish(snapshot_);  // first: workers go by it while the rest is written down
    note_changes(before, now, is_configured);
    for (const PoolId id : changed_) {
        held_.erase(id);
    }
    changed_.clear();
    gate_.on_published(now);
    for (PoolState* const state : pools_) {
        const routing::Pool& pool = *published_[state->id()];
        state->on_published(pool, now);
        log_lines(*state, held_.contains(state->id()) ? nullptr : &pool);
    }
    update_ready(now);
    hooks_.state_changed();
    forget_absent(now);
}

void Controller::log_lines(PoolState& pool, const routing::Pool* ring) const {
    for (const auto& [node, is_degraded] : pool.nodes().take_degraded()) {
        hooks_.degraded(pool.id(), node, is_degraded);
    }
    std::string with_ring;
    for (const LogLine& line :
         pool.take_lines(ring != nullptr ? LogLines::Ring::published : LogLines::Ring::pending)) {
        if (line.of_ring && with_ring.empty() && ring != nullptr) {
            with_ring = ring_text(pool, *ring);
        }
        log_line(pool.name(), line, line.of_ring ? with_ring : std::string());
    }
}

double Controller::random() {
    return static_cast<double>(random_() - std::minstd_rand::min()) /
           static_cast<double>(std::minstd_rand::max());
}

}  // namespace ringside::discovery
