#include "admin/json_history.h"

#include "http/json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <optional>
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
        {"source", change.source},
        {"fingerprint", routing::to_hex(change.fingerprint)},
        {"nodes", change.nodes},
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

}  // namespace

std::string utc_ms(base::TimePoint event, const base::Moment& at) {
    const auto since_epoch =
        at.wall.time_since_epoch() -
        std::chrono::duration_cast<std::chrono::system_clock::duration>(at.steady - event);
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(since_epoch);
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
                          {"workers", workers},
                          {"changes", std::move(changes)}});
}

}  // namespace ringside::admin
