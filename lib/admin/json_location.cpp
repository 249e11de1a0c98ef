#include "admin/json_location.h"

#include "admin/json_sources.h"
#include "http/json.h"

#include <algorithm>
#include <utility>

namespace ringside::admin {
namespace {

using http::Json;

Json owner_object(const Owner& owner) {
    const discovery::NodeStanding& standing = owner.standing;
    return {{"name", owner.node->name},
            {"address", routing::to_string(owner.node->address)},
            {"state", routing::to_string(standing.state)},
            {"reason", standing.reason},
            {"in_flight", owner.in_flight},
            {"failing_since", utc(standing.failing_since)},
            {"last_failure",
             standing.last_failure.empty() ? Json(nullptr) : Json(standing.last_failure)},
            {"last_failure_at", utc(standing.last_failure_at)}};
}

Json location_object(const Location& location) {
    Json root = {{"pool", location.pool}, {"key", location.key}};
    const routing::Node* const node = location.owner ? location.owner->node : nullptr;
    root["node"] = node != nullptr ? Json(node->name) : Json(nullptr);
    root["address"] = node != nullptr ? Json(routing::to_string(node->address)) : Json(nullptr);
    root["hashed_part"] = location.hashed_part;
    root["hash_function"] =
        location.hash_kind ? Json(routing::to_string(*location.hash_kind)) : Json(nullptr);
    root["hash"] = location.hash_kind ? Json(location.hash) : Json(nullptr);
    root["point"] = location.point ? Json(*location.point) : Json(nullptr);
    root["why"] = location.why;
    root["owner"] = location.owner ? owner_object(*location.owner) : Json(nullptr);
    root["next_owners"] = Json::array();
    for (const Owner& next : location.next_owners) {
        root["next_owners"].push_back(owner_object(next));
    }
    root["problem"] = location.problem.empty() ? Json(nullptr) : Json(location.problem);
    return root;
}

}  // namespace

std::string location_json(const Location& location) {
    return http::to_text(location_object(location));
}

std::string locations_json(const std::vector<Location>& locations) {
    Json list = Json::array();
    for (const Location& location : locations) {
        list.push_back(location_object(location));
    }
    return http::to_text(list);
}

base::Expected<std::vector<std::string>> read_keys_json(std::string_view text) {
    const Json root = Json::parse(text, nullptr, false);
    const bool is_list =
        root.is_array() &&
        std::all_of(root.begin(), root.end(), [](const Json& each) { return each.is_string(); });
    if (!is_list) {
        return base::Error{
            base::Errc::invalid_argument,
            "the body must be a JSON list of keys, such as [\"user:1\", \"user:2\"]"};
    }
    return root.get<std::vector<std::string>>();
}

}  // namespace ringside::admin
