#include "config/pool_check.h"

#include "config/schema.h"
#include "config/source_names.h"
#include "config/source_rows.h"
#include "config/text.h"
#include "routing/name_template.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace ringside::config {
namespace {

using base::Done;
using base::Status;

// Who listed the nodes here, and here only, means what he says.
Status check_rules(const PoolConfig& pool, const Given& given, const Places& places) {
    if (listed_members(pool.source) == nullptr || !pool.fallbacks.empty()) {
        return Done{};
    }
    for (const Row<PoolConfig>& row : rule_rows()) {
        if (const auto found = given.find(row.key.name); found != given.end()) {
            return places.at(found->second, "is only for nodes that are found by \"discovery\"");
        }
    }
    return Done{};
}

Status check_template(const PoolConfig& pool, const Given& given, const Places& places) {
    if (pool.identity_template.empty()) {
        return pool.identity == routing::Identity::by_template
                   ? places.at(
                         given.at("identity"),
                         "\"identity_template\" is missing; write for example \"{short_host}\"")
                   : Status(Done{});
    }
    const Setting& setting = given.at("identity_template");
    if (pool.identity != routing::Identity::by_template) {
        return places.at(setting, "is only for \"identity: template\"");
    }
    const auto parsed = routing::parse_name_template(pool.identity_template);
    return parsed ? Status(Done{})
                  : places.at_value(setting, fmt::format("{} {}", in_quotes(pool.identity_template),
                                                         parsed.error().message));
}

// Sources must name nodes alike; of nodes that are listed here it is known by now whether each has
// a name of its own.
Status check_identity(const PoolConfig& pool, const Given& given, const Places& places) {
    if (const Status fits = check_template(pool, given, places); !fits) {
        return fits;
    }
    const std::vector<const Source*> sources = sources_of(pool);
    if (const auto unfit = find_unfit(sources, pool.identity, pool.identity_template)) {
        const auto discovery = given.find("discovery");
        const Setting& list = discovery == given.end() ? given.at("servers") : discovery->second;
        if (discovery == given.end() || !list.value.IsSequence()) {
            return places.at(list, unfit->why);
        }
        const YAML::Node entry = list.value[unfit->place];
        return places.at(entry.Mark(),
                         fmt::format("{}[{}]: {}", list.path, unfit->place, unfit->why));
    }
    const routing::Membership* const listed = listed_members(*sources.back());
    if (listed == nullptr || pool.identity == routing::Identity::source) {
        return Done{};
    }
    const auto named = ring_members(*listed, pool.identity, pool.identity_template);
    return named ? Status(Done{}) : places.at_value(given.at("identity"), named.error().message);
}

Status check_redis_keys(const PoolConfig& pool, const Given& given, const Places& places) {
    const bool is_redis = pool.policy.protocol == routing::ProtocolKind::redis;
    if (is_redis && given.contains("redis_auth") && given.contains("redis_auth_file")) {
        return places.at(given.at("redis_auth_file"),
                         "stands beside redis_auth; leave one of them out");
    }
    for (const char* const key : {"redis_auth", "redis_auth_file", "redis_db"}) {
        const bool is_harmless = key == std::string_view("redis_db") && pool.policy.redis_db == 0;
        if (!is_redis && given.contains(key) && !is_harmless) {
            return places.at(given.at(key), "is only for a Redis pool; add \"redis: true\"");
        }
    }
    return Done{};
}

}  // namespace

Status check_pool(const PoolConfig& pool, const Given& given, const Places& places) {
    for (const auto check : {check_rules, check_identity, check_redis_keys}) {
        if (Status status = check(pool, given, places); !status) {
            return status;
        }
    }
    return Done{};
}

}  // namespace ringside::config
