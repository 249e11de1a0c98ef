#include "sim/ledger.h"

#include "base/deadline_wheel.h"
#include "base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {

using proxy::ConnectionId;

namespace {

// For so long after a link has ended its node may be left alone.
constexpr base::milliseconds kLeftAloneMax = base::kReconnectBackoffMax;

}  // namespace

// --- links ---

void Ledger::on_dialled(ConnectionId id, PoolWorld& pool, const routing::Address& address,
                        std::optional<ConnectionId> before) {
    const routing::NodeId node = pool.history.node_at(address);
    if (node == 0) {
        violation(to_string(address) + " was dialled, which is no node of the pool");
    }
    for (auto& [other, link] : links_) {
        const bool is_same = link.pool == &pool && link.node_id == node;
        link.doubted = link.doubted || (is_same && (link.was_blocked || owes_late(link)));
    }
    const auto found = before ? links_.find(*before) : links_.end();
    const Epoch dialled = found != links_.end() ? found->second.dialled : pool.history.now();
    links_.emplace(id, FarLink{.pool = &pool,
                               .node_id = node,
                               .address = address,
                               .node = FakeNode(pool.protocol, node),
                               .dialled = dialled});
}

void Ledger::on_link_end(ConnectionId id, bool by_node) {
    const auto found = links_.find(id);
    if (found == links_.end()) {
        return;
    }
    const FarLink& link = found->second;
    if (!by_node && owes_in_time(link)) {
        violation("a link was closed that owed an answer in time: " + link.due.front().keys[0]);
    }
    // Else it had done all that was asked of it.
    if (by_node || !link.retired || !link.due.empty() || !link.used) {
        link.pool->broken_at[link.node_id] = now_;
    }
    std::erase_if(expected_, [id](const auto& each) {
        return std::find(each.second.begin(), each.second.end(), id) != each.second.end();
    });
    links_.erase(found);
}

void Ledger::on_blocked(ConnectionId id) {
    if (const auto found = links_.find(id); found != links_.end()) {
        found->second.was_blocked = true;
    }
}

void Ledger::on_adopted(PoolWorld& pool) {
    for (auto& [id, link] : links_) {
        const Epoch now = pool.history.now();
        if (link.pool == &pool && link.dialled < now && !link.retired &&
            !pool.history.keeps_links(link.node_id, link.address)) {
            link.retired = now;
        }
    }
    const PoolHistory& history = pool.history;
    if (history.now() == 0 || history.pool(history.now()).policy.timeout ==
                                  history.pool(history.now() - 1).policy.timeout) {
        return;
    }
    const base::milliseconds timeout = history.pool(history.now()).policy.timeout;
    for (Request& request : requests_) {
        const bool is_under_way = request.pool == &pool && request.delivered && !request.answered;
        if (!is_under_way || timeout.count() == 0) {
            continue;
        }
        request.cut_at = std::min(request.cut_at, now_ + timeout);
        if (request.last) {
            request.expired_at =
                std::min(request.expired_at, now_ + timeout + base::DeadlineWheel::kTick);
        }
    }
}

void Ledger::on_written(ConnectionId id, std::string_view bytes) {
    const auto found = links_.find(id);
    if (found == links_.end()) {
        return;  // written and closed in one turn: nobody has read it
    }
    FarLink& link = found->second;
    link.heard_at = link.used ? link.heard_at : now_;
    link.node.receive(bytes);
    if (link.node.confused()) {
        violation("a node was sent something that is no request: " +
                  std::string(bytes.substr(0, 200)));
        return;
    }
    for (NodeRequest& seen : link.node.take_requests()) {
        on_request(id, link, seen);
        const bool is_greeting = seen.command == "hello";
        link.due.push_back({seen.answer_end, std::move(seen.keys), is_greeting});
    }
}

void Ledger::on_answered(ConnectionId id, std::size_t bytes) {
    FarLink& link = links_.at(id);
    link.answered_bytes += bytes;
    link.heard_at = now_;
    while (!link.due.empty() && link.due.front().answer_end <= link.answered_bytes) {
        for (const std::string& key : link.due.front().keys) {
            std::vector<Sighting>& seen = keys_.at(key).seen;
            const auto owed = std::find_if(seen.begin(), seen.end(), [id](const Sighting& each) {
                return each.link == id && !each.answered;
            });
            if (owed != seen.end()) {
                owed->answered = true;
            }
        }
        link.complete_bytes = link.due.front().answer_end;
        link.due.pop_front();
    }
    const bool flows = link.answered_bytes - link.complete_bytes >= base::kSteadyAnswerBytes;
    if (flows && !link.due.empty() && !link.due.front().keys.empty()) {
        Request& request = requests_[keys_.at(link.due.front().keys[0]).request];
        request.expired_at = std::max(request.expired_at,
                                      now_ + longest_timeout(request) + base::DeadlineWheel::kTick);
    }
}

// --- requests ---

RequestId Ledger::add(Asked asked, ConnectionId client, PoolWorld& pool) {
    const RequestId id = requests_.size();
    for (const std::string& key : asked.keys) {
        KeyRecord& record = keys_[key];
        record.request = id;
        ++record.times;
    }
    if (!asked.no_reply) {
        waiting_[client].push_back(id);
    }
    requests_.push_back({.asked = std::move(asked), .client = client, .pool = &pool});
    return id;
}

void Ledger::on_delivered(RequestId id) {
    Request& request = requests_[id];
    request.delivered = true;
    request.delivered_at = now_;
    request.first = request.pool->history.now();
}

void Ledger::on_taken_in(RequestId id, bool at_once) {
    Request& request = requests_[id];
    if (!request.last) {
        request.last = request.pool->history.now();
    }
    request.expired_at = latest_expiry(request);
    const bool is_silent = request.asked.no_reply || request.asked.unawaited;
    const bool has_owner = request.asked.keys.size() == 1 && request.asked.shape == Shape::exact;
    if (at_once && is_silent && has_owner && !request.asked.command.empty()) {
        expect_arrival(id);
    }
}

// Nobody would miss a request without an answer. So it has to be on a link by now, unless its node
// is left alone after a failure, and will be seen unless that link ends.
void Ledger::expect_arrival(RequestId id) {
    const Request& request = requests_[id];
    const std::string& key = request.asked.keys[0];
    PoolWorld& pool = *request.pool;
    const PoolHistory& history = pool.history;
    const routing::NodeId owner = history.owner(key, history.now());
    std::vector<ConnectionId> candidates;
    for (const auto& [link_id, link] : links_) {
        if (link.pool != &pool || link.node_id != owner || link.retired) {
            continue;
        }
        if (history.removed(link.dialled)) {
            return;  // it may have been given up unseen
        }
        candidates.push_back(link_id);
    }
    const auto broken = pool.broken_at.find(owner);
    const bool was_broken = broken != pool.broken_at.end();
    if (history.removed(history.now()) || (was_broken && broken->second == now_)) {
        return;
    }
    const bool left_alone = was_broken && broken->second + kLeftAloneMax >= now_;
    const std::size_t slots = history.latest()->policy.connections_per_node;
    if (left_alone && candidates.size() < slots) {
        return;
    }
    if (candidates.empty()) {
        violation(fmt::format("{} {} has no answer and went nowhere", request.asked.command, key));
    }
    ++arrivals_demanded_;
    expected_[key] = std::move(candidates);
}

// It was taken in by now, with one of the timeouts that its pool has had since it was delivered.
base::TimePoint Ledger::latest_expiry(const Request& request) const {
    const base::milliseconds longest = longest_timeout(request);
    return longest.count() == 0 ? base::kNever : now_ + longest + base::DeadlineWheel::kTick;
}

// 0: none.
base::milliseconds Ledger::longest_timeout(const Request& request) const {
    base::milliseconds longest{0};
    const Window when = window(request);
    for (Epoch epoch = when.first; epoch <= when.last; ++epoch) {
        const base::milliseconds timeout = request.pool->history.pool(epoch).policy.timeout;
        if (timeout.count() == 0) {
            return timeout;
        }
        longest = std::max(longest, timeout);
    }
    return longest;
}

void Ledger::check_in_time(RequestId id) const {
    if (now_ <= requests_[id].expired_at) {
        return;
    }
    // One in front of it that gets no answer may have a later deadline.
    const ConnectionId client = requests_[id].client;
    const auto is_front = [this, client](const Request& each) {
        return each.client == client && (each.answered || now_ <= each.expired_at);
    };
    const auto begin = requests_.rend() - static_cast<std::ptrdiff_t>(id);
    const auto front = std::find_if(begin, requests_.rend(), is_front);
    if (front == requests_.rend() || front->answered) {
        violation("nothing has come in time for " + requests_[id].asked.wire.substr(0, 200));
    }
}

Window Ledger::window(const Request& request) const {
    return {request.first, request.last.value_or(request.pool->history.now())};
}

bool Ledger::takes(const FarLink& link, Epoch epoch) {
    return link.dialled <= epoch && (!link.retired || epoch < *link.retired);
}

// --- what nodes see ---

void Ledger::on_request(ConnectionId id, FarLink& link, const NodeRequest& seen) {
    link.used = true;
    if (!link.due.empty() && link.due.front().is_greeting) {
        violation("a node was sent " + seen.command + " before it had greeted the link");
    }
    if (seen.keys.empty()) {
        const bool is_stats = seen.command == "stats";
        bool in_ring = !is_stats;
        for (Epoch epoch = link.dialled; epoch <= link.pool->history.now() && !in_ring; ++epoch) {
            in_ring =
                takes(link, epoch) && link.pool->history.in_ring(epoch).contains(link.node_id);
        }
        if (!in_ring) {
            violation("a node outside of the ring was sent " + seen.command);
        }
        return;
    }
    RequestId request_id = 0;
    for (const std::string& key : seen.keys) {
        const auto found = keys_.find(key);
        if (found == keys_.end() || !requests_[found->second.request].delivered) {
            violation(fmt::format("a node was sent {} {}, for which nobody has asked", seen.command,
                                  key));
            return;
        }
        KeyRecord& record = found->second;
        Request& request = requests_[record.request];
        if (&key != &seen.keys.front() && record.request != request_id) {
            violation("keys of two requests came in one: " + key);
        }
        request_id = record.request;
        const bool is_fetch = request.asked.command == "pfcount" && seen.command == "get";
        if (request.pool != link.pool || (request.asked.command != seen.command && !is_fetch)) {
            violation(fmt::format("a node was sent {} {} instead of {}", seen.command, key,
                                  request.asked.command));
        }
        if (!request.last) {
            request.last = request.pool->history.now();
        }
        check_owner(link, request, key);
        record.seen.push_back({.link = id, .node = link.node_id});
        if (request.asked.shape != Shape::every_ok && record.seen.size() > record.times) {
            violation(fmt::format("{} {} was sent twice", seen.command, key));
        }
        expected_.erase(key);
    }
    check_silence(id, link, requests_[request_id]);
    if (link.node.resp3() != requests_[request_id].asked.resp3) {
        violation(fmt::format("{} came on a link of the wrong dialect", seen.keys[0]));
    }
    check_lane(id, link, request_id);
    check_barrier(request_id);
}

// In one of the epochs in which the request can have been sent on its way, its key was this node's
// and the link was one that took requests.
void Ledger::check_owner(const FarLink& link, const Request& request, const std::string& key) {
    const PoolHistory& history = request.pool->history;
    const bool everywhere = request.asked.shape == Shape::every_ok;
    const Window when = window(request);
    bool owned = false;
    bool taken = false;
    for (Epoch epoch = when.first; epoch <= when.last; ++epoch) {
        const bool owns = everywhere ? history.in_ring(epoch).contains(link.node_id)
                                     : history.owner(key, epoch) == link.node_id;
        owned = owned || owns;
        taken = taken || (owns && takes(link, epoch));
    }
    if (!owned) {
        violation(
            fmt::format("node {} was sent the key {}, which was not its own in the snapshot "
                        "that the worker had adopted",
                        link.node_id, key));
    } else if (!taken) {
        violation(fmt::format("{} came on a link of another time than its own", key));
    }
}

bool Ledger::owes_late(const FarLink& link) const {
    return std::any_of(link.due.begin(), link.due.end(), [this](const Due& due) {
        // Whose request one without a key was is not known.
        return due.keys.empty() ? !due.is_greeting : may_be_late(request_of(due));
    });
}

// True if something that the client has asked on the link may still be answered in time.
bool Ledger::waits_on(const FarLink& link, ConnectionId client) const {
    return std::any_of(link.due.begin(), link.due.end(), [this, client](const Due& due) {
        return !due.keys.empty() && request_of(due).client == client &&
               !may_be_late(request_of(due));
    });
}

// On a link where a request has expired, and nothing has come since it was asked, only a client
// that waits for something there may ask for more; unless the link has been replaced before, or its
// node is not dialled at present.
void Ledger::check_silence(ConnectionId id, const FarLink& link, const Request& request) const {
    const auto silent = std::find_if(link.due.begin(), link.due.end(), [&](const Due& due) {
        return !due.keys.empty() && link.heard_at <= request_of(due).delivered_at &&
               request_of(due).expired_at < request.delivered_at;
    });
    if (silent == link.due.end() || link.retired || request.pool->history.removed(link.dialled)) {
        return;
    }
    const auto broken = link.pool->broken_at.find(link.node_id);
    const bool left_alone = broken != link.pool->broken_at.end() &&
                            broken->second + kLeftAloneMax >= request.delivered_at;
    const bool has_replaced = std::any_of(links_.begin(), links_.end(), [&](const auto& each) {
        return each.first != id && each.second.pool == link.pool &&
               each.second.node_id == link.node_id && each.second.doubted;
    });
    const bool waits = std::any_of(link.due.begin(), link.due.end(), [&](const Due& due) {
        return !due.keys.empty() && request_of(due).client == request.client &&
               request_of(due).expired_at >= request.delivered_at;
    });
    if (!left_alone && !has_replaced && !waits) {
        violation(fmt::format("{} came on a link on which {} had expired in silence",
                              request.asked.keys[0], silent->keys[0]));
    }
}

// A client's requests to one node come in order: on one link, and on another one only after that
// has ended; or, if it is silent or takes no more, when the client waits for nothing there.
void Ledger::check_lane(ConnectionId id, FarLink& link, RequestId request_id) {
    const Request& request = requests_[request_id];
    RequestId& last = link.last_of_client[request.client];
    if (last > request_id) {
        violation("a request was overtaken by a later one of its client: " + request.asked.keys[0]);
    }
    last = request_id;
    if (link.doubted && request.expired_at <= now_) {
        return;  // what the network still held of a link that was replaced (decision 027)
    }
    ConnectionId& lane = lanes_[{request.client, link.node_id, request.asked.resp3}];
    const ConnectionId before = std::exchange(lane, id);
    const auto found = links_.find(before);
    if (before == id || found == links_.end()) {
        return;
    }
    const FarLink& left = found->second;
    const PoolHistory& history = request.pool->history;
    const Window when = window(request);
    for (Epoch epoch = when.first; epoch <= when.last; ++epoch) {
        // The links of a removed pool are given up whenever one of its clients ends.
        if (history.removed(epoch) || history.removed(left.dialled)) {
            return;
        }
    }
    if ((left.doubted || left.retired) && !waits_on(left, request.client)) {
        return;
    }
    violation("a client's requests to one node came on two links: " + request.asked.keys[0]);
}

// Requests in a new dialect take other links: they wait until those before them are answered.
void Ledger::check_barrier(RequestId request_id) {
    const Request& request = requests_[request_id];
    for (const RequestId earlier : waiting_[request.client]) {
        if (earlier >= request_id) {
            return;
        }
        if (requests_[earlier].asked.resp3 != request.asked.resp3 && is_owed(earlier)) {
            violation(fmt::format("{} has overtaken {}, which was asked in another dialect",
                                  request.asked.keys[0], requests_[earlier].asked.keys[0]));
        }
    }
}

// True if a node is certain to owe a part of it still, and its time is not over.
bool Ledger::is_owed(RequestId id) const {
    const Request& request = requests_[id];
    if (!request.delivered || may_be_late(request)) {
        return false;
    }
    for (const std::string& key : request.asked.keys) {
        for (const Sighting& each : keys_.at(key).seen) {
            if (!each.answered && links_.contains(each.link)) {
                return true;
            }
        }
    }
    return false;
}

bool Ledger::may_be_late(const Request& request) const {
    const Window when = window(request);
    for (Epoch epoch = when.first; epoch <= when.last; ++epoch) {
        if (is_late(request, epoch)) {
            return true;
        }
    }
    return false;
}

// True if a request could still have its answer in time: then the worker has no reason to close the
// link.
bool Ledger::owes_in_time(const FarLink& link) const {
    return std::any_of(link.due.begin(), link.due.end(), [this](const Due& due) {
        return !due.keys.empty() && !may_be_late(request_of(due));
    });
}

void Ledger::on_cut(RequestId id) {
    std::erase_if(expected_, [this, id](const auto& each) {
        const RequestId later = keys_.at(each.first).request;
        return later > id && requests_[later].client == requests_[id].client;
    });
}

void Ledger::on_end() const {
    if (!expected_.empty()) {
        violation("a request without an answer never reached its node: " +
                  expected_.begin()->first);
    }
}

void Ledger::violation(std::string what) const {
    if (violation_.empty()) {
        violation_ = std::move(what);
    }
}

}  // namespace ringside::sim
