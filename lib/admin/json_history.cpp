#include "admin/json_history.h"

#include "admin/json_sources.h"
#include "http/json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace ringside::admin {
namespace {

using discovery::RingChange;
using http::Json;

constexpr double kPercent = 100;

double milliseconds_between(base::TimePoint from, base::TimePoint to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

Json list_object(const discovery::NameList& list) {
    return {{"count", list.count}, {"names", list.names}};
}

Json adoptions_array(const RingChange& change) {
    Json array = Json::array();
    for (const discovery::Adoption& adoption : change.adoptions) {
        array.push_back({{"worker", adoption.worker},
                         {"after_ms", milliseconds_between(change.at, adoption.at)}});
    }
    return array;
}

Json change_object(const RingChange& change, std::size_t workers, const base::Moment& at) {
    Json causes = Json::array();
    for (const discovery::ChangeCause cause : change.causes) {
        causes.push_back(to_string(cause));
    }
    return {
        {"generation", change.generation},
        {"snapshot_version", change.version},
        {"at", utc_ms(change.at, at)},
        {"causes", std::move(causes)},
        {"source", {{"description", change.source}}},
        {"fingerprint", routing::to_hex(change.fingerprint)},
        {"node_count", change.nodes},
        {"nodes_in_ring", change.nodes_in_ring},
        {"added", list_object(change.added)},
        {"removed", list_object(change.removed)},
        {"changed", list_object(change.changed)},
        {"ejected", list_object(change.ejected)},
        {"returned", list_object(change.returned)},
        {"moved_percent", change.moved ? Json(*change.moved * kPercent) : Json(nullptr)},
        {"moved_by", change.moved ? Json(to_string(change.moved_by)) : Json(nullptr)},
        {"adopted_by_all", change.adoptions.size() >= workers},
        {"adopted", adoptions_array(change)},
    };
}

// Nodes whose addresses are shown in GET /pools/{pool}/discovery; the others are counted.
constexpr std::size_t kShownAddressesMax = 100;

Json text_or_null(std::string_view text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json time_or_null(std::optional<std::chrono::system_clock::time_point> time) {
    return time ? Json(utc_ms(*time)) : Json(nullptr);
}

Json event_or_null(std::optional<base::TimePoint> event, const base::Moment& at) {
    return event ? Json(utc_ms(*event, at)) : Json(nullptr);
}

Json names_array(const discovery::SourceFacts& facts) {
    Json array = Json::array();
    for (const discovery::FoundName& name : facts.names) {
        array.push_back({{"name", name.asked},
                         {"full_name", text_or_null(name.full_name)},
                         {"problem", text_or_null(name.problem)}});
    }
    return array;
}

// Where names lead; a node that the source gives by one IP has nothing to tell.
void add_addresses(Json& root, const discovery::PoolView& view) {
    Json array = Json::array();
    std::size_t left_out = 0;
    for (const discovery::NodeView& node : view.nodes) {
        if (!node.node.address.is_name() && node.addresses.size() < 2) {
            continue;
        }
        if (array.size() == kShownAddressesMax) {
            ++left_out;
            continue;
        }
        Json addresses = Json::array();
        for (const routing::Address& address : node.addresses) {
            addresses.push_back(routing::to_string(address));
        }
        array.push_back({{"node", node.node.name},
                         {"host", node.node.address.host},
                         {"addresses", std::move(addresses)},
                         {"problem", text_or_null(node.address_problem)}});
    }
    root["addresses"] = std::move(array);
    root["addresses_left_out"] = left_out;
}

std::size_t count_in_ring(const routing::Pool& pool) {
    return static_cast<std::size_t>(std::count_if(
        pool.nodes.begin(), pool.nodes.end(),
        [](const routing::PoolNode& node) { return node.state == routing::NodeState::in_ring; }));
}

Json ring_object(const routing::Pool& pool) {
    return {{"node_count", pool.nodes.size()},
            {"nodes_in_ring", count_in_ring(pool)},
            {"fingerprint", routing::to_hex(routing::fingerprint(pool))}};
}

}  // namespace

std::string utc_ms(base::TimePoint event, const base::Moment& at) {
    return utc_ms(at.wall - std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                at.steady - event));
}

std::string utc_ms(std::chrono::system_clock::time_point time) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                       (ms - seconds).count());
}

std::string history_json(std::string_view pool, const discovery::Journal& journal,
                         std::size_t workers, const base::Moment& at) {
    Json changes = Json::array();
    for (auto change = journal.changes().rbegin(); change != journal.changes().rend(); ++change) {
        changes.push_back(change_object(*change, workers, at));
    }
    return http::to_text({{"pool", pool},
                          {"generation", journal.generation()},
                          {"worker_count", workers},
                          {"changes", std::move(changes)}});
}

std::string change_json(std::string_view pool, const discovery::RingChange& change,
                        std::size_t workers, const base::Moment& at) {
    Json root = {{"pool", pool}};
    root.update(change_object(change, workers, at));
    return http::to_text(root);
}

std::string discovery_json(const discovery::PoolView& view, const base::Moment& at) {
    const discovery::SourceFacts& facts = view.facts;
    Json root = {
        {"pool", view.pool->name},
        {"source", {{"description", view.source}}},
        {"sources", sources_array(view.sources)},
        {"way", text_or_null(facts.way)},
        {"discovered", view.discovered},
        {"failing", !view.last_failure.empty()},
        {"stale", view.stale_since.has_value()},
        {"stale_since", utc(view.stale_since)},
        {"last_poll", event_or_null(facts.last_poll, at)},
        {"next_poll", event_or_null(facts.next_poll, at)},
        {"last_answer", utc(view.last_answer)},
        {"last_change", utc(view.last_change)},
        {"last_error", view.last_error.empty() ? Json(nullptr)
                                               : Json({{"at", time_or_null(view.last_error_at)},
                                                       {"message", view.last_error}})},
        {"answers", view.answers},
        {"failures", view.failures},
        {"answered_by", text_or_null(facts.answered_by)},
        {"version", source_version(view)},
        {"ttl_ms", facts.ttl ? Json(facts.ttl->count()) : Json(nullptr)},
        {"names", names_array(facts)},
        {"generation", view.generation},
        {"fingerprint", routing::to_hex(view.fingerprint)},
        {"node_count", view.nodes.size()},
        {"nodes_in_ring", count_in_ring(*view.pool)},
    };
    add_addresses(root, view);
    return http::to_text(root);
}

std::string what_if_json(const routing::Pool& before, const routing::Pool& after,
                         const std::optional<routing::MovedKeys>& moved) {
    Json flows = Json::array();
    std::size_t left_out = 0;
    if (moved) {
        for (const routing::KeyFlow& flow : moved->flows) {
            flows.push_back({{"from", text_or_null(flow.from)},
                             {"to", text_or_null(flow.to)},
                             {"percent", flow.share * kPercent}});
        }
        left_out = moved->flows_left_out;
    }
    return http::to_text({
        {"pool", before.name},
        {"before", ring_object(before)},
        {"after", ring_object(after)},
        {"moved_percent", moved ? Json(moved->share * kPercent) : Json(nullptr)},
        {"moved_by", moved ? Json(to_string(moved->by)) : Json(nullptr)},
        {"flows", std::move(flows)},
        {"flows_left_out", left_out},
    });
}

}  // namespace ringside::admin
