#include "discovery/journal.h"

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using routing::NodeState;
using routing::Pool;
using routing::PoolNode;

bool is_in_ring(const PoolNode& node) noexcept {
    return node.state == NodeState::in_ring;
}

ChangeCause cause_of(NodeState before, NodeState after) noexcept {
    switch (after) {
        case NodeState::ejected_by_health:
            return ChangeCause::health_ejection;
        case NodeState::ejected_by_operator:
            return ChangeCause::operator_ejection;
        case NodeState::in_ring:
        case NodeState::joining:
            break;
    }
    if (before == NodeState::joining) {
        return ChangeCause::joined;
    }
    return before == NodeState::ejected_by_operator ? ChangeCause::operator_return
                                                    : ChangeCause::health_return;
}

void add_cause(RingChange& change, ChangeCause cause) {
    if (std::find(change.causes.begin(), change.causes.end(), cause) == change.causes.end()) {
        change.causes.push_back(cause);
    }
}

bool settings_differ(const Pool& before, const Pool& after) noexcept {
    const routing::PoolPolicy& a = before.policy;
    const routing::PoolPolicy& b = after.policy;
    return a.distribution != b.distribution || a.hash != b.hash || a.hash_tag != b.hash_tag;
}

void add_node(RingChange& change, const PoolNode& before, const PoolNode& after) {
    if (before.node.weight != after.node.weight || before.node.address != after.node.address) {
        change.changed.add(after.node.name);
        add_cause(change, ChangeCause::source);
    }
    if (before.state != after.state) {
        if (is_in_ring(before) != is_in_ring(after)) {
            (is_in_ring(after) ? change.returned : change.ejected).add(after.node.name);
        }
        add_cause(change, cause_of(before.state, after.state));
    }
}

// Both are in the order of the ring.
void add_nodes(RingChange& change, const std::vector<PoolNode>& before,
               const std::vector<PoolNode>& after) {
    auto old = before.begin();
    for (const PoolNode& node : after) {
        for (; old != before.end() && routing::ring_name_less(old->node.name, node.node.name);
             ++old) {
            change.removed.add(old->node.name);
        }
        if (old != before.end() && old->node.name == node.node.name) {
            add_node(change, *old, node);
            ++old;
        } else {
            change.added.add(node.node.name);
        }
    }
    for (; old != before.end(); ++old) {
        change.removed.add(old->node.name);
    }
    if (change.added.count + change.removed.count > 0) {
        add_cause(change, ChangeCause::source);
    }
}

std::size_t bytes_of(const NameList& list) noexcept {
    std::size_t bytes = 0;
    for (const std::string& name : list.names) {
        bytes += sizeof(std::string) + name.size();
    }
    return bytes;
}

std::size_t bytes_of(const RingChange& change) noexcept {
    std::size_t bytes = sizeof(RingChange) + change.source.size();
    bytes += change.adoptions.size() * sizeof(Adoption);
    for (const NameList* list :
         {&change.added, &change.removed, &change.changed, &change.ejected, &change.returned}) {
        bytes += bytes_of(*list);
    }
    return bytes;
}

}  // namespace

std::string_view to_string(ChangeCause cause) noexcept {
    switch (cause) {
        case ChangeCause::configuration:
            return "configuration";
        case ChangeCause::source:
            return "source answer";
        case ChangeCause::saved_list:
            return "saved list";
        case ChangeCause::health_ejection:
            return "ejection by health";
        case ChangeCause::health_return:
            return "return by health";
        case ChangeCause::operator_ejection:
            return "ejection by the operator";
        case ChangeCause::operator_return:
            return "end of an ejection by the operator";
        case ChangeCause::joined:
            return "end of the wait for a name";
    }
    return "unknown";
}

void NameList::add(const std::string& name) {
    ++count;
    if (names.size() < kNamesMax) {
        names.push_back(name);
    }
}

std::optional<RingChange> ring_change(const Pool* before, const Pool& after) {
    RingChange change;
    add_nodes(change, before != nullptr ? before->nodes : std::vector<PoolNode>(), after.nodes);
    if (before != nullptr && settings_differ(*before, after)) {
        add_cause(change, ChangeCause::configuration);
    }
    if (change.causes.empty()) {
        return std::nullopt;
    }
    change.nodes = after.nodes.size();
    change.nodes_in_ring =
        static_cast<std::size_t>(std::count_if(after.nodes.begin(), after.nodes.end(), is_in_ring));
    change.fingerprint = routing::fingerprint(after);
    return change;
}

// --- the journal ---

void Journal::add(RingChange change) {
    change.generation = ++generation_;
    changes_.push_back(std::move(change));
    drop_excess();
}

void Journal::on_adopted(std::uint64_t version, const Adoption& adoption) {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        if (change->version > version) {
            continue;
        }
        const bool is_known = std::any_of(
            change->adoptions.begin(), change->adoptions.end(),
            [&adoption](const Adoption& known) { return known.worker == adoption.worker; });
        if (is_known) {
            break;  // and so it is in those before
        }
        change->adoptions.push_back(adoption);
    }
    drop_excess();
}

void Journal::drop_excess() {
    std::size_t bytes = 0;
    std::size_t kept = 0;
    while (kept < std::min(changes_.size(), kChangesMax)) {
        bytes += bytes_of(changes_[changes_.size() - 1 - kept]);
        if (kept > 0 && bytes > kBytesMax) {
            break;  // the last one is always there
        }
        ++kept;
    }
    changes_.erase(changes_.begin(), changes_.end() - static_cast<std::ptrdiff_t>(kept));
}

void MovedCounting::count(const Pool& before, const Pool& after, RingChange& change) {
    constexpr std::size_t kWorkOfSamples = 400'000;
    const std::size_t work = before.ring.points().size() + after.ring.points().size() +
                             (settings_differ(before, after) ||
                                      after.policy.distribution != routing::Distribution::ketama
                                  ? kWorkOfSamples
                                  : 0);
    if (before.ring.empty() || work > work_left_) {
        return;
    }
    work_left_ -= work;
    if (const auto moved = routing::moved_keys(before, after)) {
        change.moved = moved->share;
        change.moved_by = moved->by;
    }
}

}  // namespace ringside::discovery
