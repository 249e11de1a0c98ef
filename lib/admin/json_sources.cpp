#include "admin/json_sources.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ringside::admin {

using http::Json;

Json utc(std::optional<std::chrono::system_clock::time_point> time) {
    if (!time) {
        return nullptr;
    }
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(*time)));
}

Json sources_array(const std::vector<discovery::SourceView>& sources) {
    Json array = Json::array();
    for (const discovery::SourceView& source : sources) {
        array.push_back({
            {"description", source.name},
            {"state", source.state},
            {"authoritative", source.is_authority},
            {"authoritative_since", utc(source.authority_since)},
            {"node_count", source.nodes},
            {"answers", source.answers},
            {"failures", source.failures},
            {"last_failure",
             source.last_failure.empty() ? Json(nullptr) : Json(source.last_failure)},
            {"last_answer", utc(source.last_answer)},
        });
    }
    return array;
}

Json source_version(const discovery::PoolView& view) {
    if (!view.facts.version.empty()) {
        return view.facts.version;
    }
    return view.source_version == 0 ? Json(nullptr) : Json(std::to_string(view.source_version));
}

}  // namespace ringside::admin
