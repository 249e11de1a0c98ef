// What the ledger thinks of the answers that clients get.
#include "base/limits.h"
#include "sim/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace ringside::sim {

namespace {

// twemproxy's name for the owner of what has no key.
constexpr std::string_view kKeyOfKeyless = "placeholder";

// The number behind `name` in `text`, or 0.
std::uint64_t number_behind(std::string_view text, std::string_view name) {
    std::uint64_t number = 0;
    if (const std::size_t at = text.find(name); at != std::string_view::npos) {
        std::from_chars(text.data() + at + name.size(), text.data() + text.size(), number);
    }
    return number;
}

std::string shown(std::string_view bytes) {
    constexpr std::size_t kBytesShown = 300;
    return std::string(bytes.substr(0, kBytesShown));
}

}  // namespace

void Ledger::on_answer(RequestId id, std::string_view answer) {
    Request& request = requests_[id];
    if (!request.delivered) {
        violation("an answer that nobody has asked for yet: " + shown(answer));
        return;
    }
    const Window when = window(request);
    bool fitting = false;
    for (Epoch epoch = when.first; epoch <= when.last && !fitting; ++epoch) {
        fitting = fits(request, answer, epoch);
    }
    if (!fitting) {
        violation(fmt::format("asked for {}which has the answer {}but got {}",
                              shown(request.asked.wire), shown(request.asked.answer),
                              shown(answer)));
    }
    request.answered = true;
    waiting_[request.client].pop_front();
}

bool Ledger::fits(const Request& request, std::string_view answer, Epoch epoch) const {
    const Asked& asked = request.asked;
    switch (asked.shape) {
        case Shape::exact:
            if (answer == asked.answer &&
                (asked.unawaited || asked.command.empty() || is_answered_by_nodes(request))) {
                return true;
            }
            break;
        case Shape::prefix:
            return answer.starts_with(asked.answer);
        case Shape::values:
            return is_values(request, answer, epoch);
        case Shape::stats:
            return is_stats(request, answer, epoch);
        case Shape::every_ok:
            if (answer == asked.answer) {
                return is_every_ok(request, epoch);
            }
            break;
        case Shape::version:
            if (answer == fmt::format("VERSION 1.6.{}\r\n",
                                      request.pool->history.owner(kKeyOfKeyless, epoch))) {
                return true;
            }
            break;
        case Shape::same_node:
            if (nodes_of(request, epoch).size() > 1) {
                return answer.starts_with("-CROSSSLOT ") && keys_.at(asked.keys[0]).seen.empty();
            }
            if (answer == asked.answer && is_answered_by_nodes(request)) {
                return true;
            }
            break;
    }
    return is_error(request, answer, epoch);
}

bool Ledger::is_answered_by_nodes(const Request& request) const {
    return std::all_of(request.asked.keys.begin(), request.asked.keys.end(),
                       [this](const std::string& key) {
                           const KeyRecord& record = keys_.at(key);
                           return record.seen.size() == record.times &&
                                  std::all_of(record.seen.begin(), record.seen.end(),
                                              [](const Sighting& each) { return each.answered; });
                       });
}

// All values, or those of some nodes: then the other nodes have failed, and the error names one of
// them.
bool Ledger::is_values(const Request& request, std::string_view answer, Epoch epoch) const {
    const Asked& asked = request.asked;
    const PoolHistory& history = request.pool->history;
    std::set<routing::NodeId> found;
    std::set<routing::NodeId> missing;
    for (std::size_t i = 0; i < asked.keys.size(); ++i) {
        const bool is_there = answer.starts_with(asked.blocks[i]);
        answer.remove_prefix(is_there ? asked.blocks[i].size() : 0);
        (is_there ? found : missing).insert(history.owner(asked.keys[i], epoch));
    }
    for (const routing::NodeId node : missing) {
        if (found.contains(node) || !node_failed(request, node, epoch)) {
            return false;
        }
    }
    if (missing.empty()) {
        return answer == "END\r\n" && is_answered_by_nodes(request);
    }
    const bool are_misses = history.pool(epoch).policy.failure_mode == routing::FailureMode::miss &&
                            found.size() + missing.size() > 1;
    if (are_misses) {
        return answer == "END\r\n";
    }
    const auto named = static_cast<routing::NodeId>(number_behind(answer, ": node cache-"));
    return missing.contains(named) && is_error(request, answer, epoch);
}

// The sum has a bit for each node that has answered; the others have failed.
bool Ledger::is_stats(const Request& request, std::string_view answer, Epoch epoch) const {
    std::uint64_t items = number_behind(answer, "STAT curr_items ");
    const std::uint64_t failed = number_behind(answer, "STAT ringside_nodes_failed ");
    std::uint64_t missing = 0;
    for (const routing::NodeId node : nodes_of(request, epoch)) {
        const std::uint64_t bit = std::uint64_t{1} << node;
        if ((items & bit) != 0) {
            items -= bit;
            continue;
        }
        ++missing;
        if (!node_failed(request, node, epoch)) {
            return false;
        }
    }
    return items == 0 && missing == failed && answer.ends_with("\r\nEND\r\n");
}

bool Ledger::is_every_ok(const Request& request, Epoch epoch) const {
    std::set<routing::NodeId> nodes = nodes_of(request, epoch);
    for (const Sighting& each : keys_.at(request.asked.keys[0]).seen) {
        if (!each.answered || nodes.erase(each.node) != 1) {
            return false;
        }
    }
    return nodes.empty();
}

std::set<routing::NodeId> Ledger::nodes_of(const Request& request, Epoch epoch) const {
    const Asked& asked = request.asked;
    const PoolHistory& history = request.pool->history;
    if (asked.shape == Shape::every_ok || asked.shape == Shape::stats) {
        return history.in_ring(epoch);
    }
    if (asked.keys.empty()) {
        return {history.owner(kKeyOfKeyless, epoch)};
    }
    std::set<routing::NodeId> nodes;
    for (const std::string& key : asked.keys) {
        nodes.insert(history.owner(key, epoch));
    }
    return nodes;
}

// An error of the proxy names the node that has failed. It must have a reason, and be a node of the
// request.
bool Ledger::is_error(const Request& request, std::string_view answer, Epoch epoch) const {
    const bool is_redis = request.pool->protocol == routing::ProtocolKind::redis;
    if (request.asked.command.empty() || request.asked.unawaited ||
        !answer.starts_with(is_redis ? "-ERR " : "SERVER_ERROR ")) {
        return false;
    }
    const auto named = static_cast<routing::NodeId>(number_behind(answer, ": node cache-"));
    return nodes_of(request, epoch).contains(named) && node_failed(request, named, epoch);
}

// Its time may be over, if it was taken in by this epoch's timeout, or by a later one's.
bool Ledger::is_late(const Request& request, Epoch epoch) const {
    const base::milliseconds timeout = request.pool->history.pool(epoch).policy.timeout;
    if (request.cut_at <= now_) {
        return true;
    }
    return timeout.count() > 0 && request.delivered_at + timeout <= now_;
}

// Its time was over, or a link to the node has ended lately.
bool Ledger::node_failed(const Request& request, routing::NodeId node, Epoch epoch) const {
    if (is_late(request, epoch)) {
        return true;
    }
    const auto broken = request.pool->broken_at.find(node);
    return broken != request.pool->broken_at.end() &&
           broken->second + base::kReconnectBackoffMax >= request.delivered_at;
}

bool Ledger::may_be_cut(RequestId id, std::string_view begun) const {
    const Request& request = requests_[id];
    if (begun.size() < base::kWrittenAtOnceBytesMin || !request.asked.answer.starts_with(begun)) {
        return false;
    }
    const Window when = window(request);
    for (Epoch epoch = when.first; epoch <= when.last; ++epoch) {
        const std::set<routing::NodeId> nodes = nodes_of(request, epoch);
        if (nodes.size() == 1 && node_failed(request, *nodes.begin(), epoch)) {
            return true;
        }
    }
    return false;
}

}  // namespace ringside::sim
