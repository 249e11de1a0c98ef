#include "pool_list.h"

#include "config/address_text.h"
#include "config/load.h"
#include "config/source_rows.h"
#include "http/uri.h"
#include "render.h"
#include "table.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using Json = nlohmann::json;

ListedPool list(std::string name, routing::PoolPolicy policy,
                std::vector<routing::PoolNode> nodes) {
    ListedPool listed{.name = name};
    listed.pool = routing::build_pool(0, std::move(name), std::move(policy), std::move(nodes));
    return listed;
}

ListedPool pool_of_file(const config::PoolConfig& config) {
    const routing::Membership* const fixed = listed_members(config.source);
    if (fixed == nullptr || !config.fallbacks.empty()) {
        return {.name = config.name,
                .reason = "its nodes are discovered; a file tells them only by `servers`"};
    }
    routing::Membership named = *fixed;
    if (const auto known = name_members(named, config.identity, config.identity_template); !known) {
        return {.name = config.name, .reason = known.error().message};
    }
    std::vector<routing::PoolNode> nodes;
    for (const routing::Member& member : named.members) {
        nodes.push_back({{.name = member.name, .address = member.address, .weight = member.weight},
                         routing::NodeState::in_ring});
    }
    return list(config.name, config.policy, std::move(nodes));
}

Error not_understood(std::string_view what, const std::string& value) {
    return {Errc::malformed,
            fmt::format("the admin API answers with {} '{}', which this ringctl does not know",
                        what, printable(value))};
}

Expected<routing::PoolPolicy> policy_of(const Json& json) {
    routing::PoolPolicy policy;
    const std::string distribution_name = json.at("distribution");
    const auto distribution = routing::parse_distribution(distribution_name);
    if (!distribution) {
        return not_understood("distribution", distribution_name);
    }
    const std::string hash_name = json.at("hash");
    const auto hash = routing::parse_hash(hash_name);
    if (!hash) {
        return not_understood("hash", hash_name);
    }
    const std::string tag = json.at("hash_tag");
    if (!tag.empty() && tag.size() != policy.hash_tag.size()) {
        return not_understood("hash_tag", tag);
    }
    policy.distribution = *distribution;
    policy.hash = *hash;
    std::copy(tag.begin(), tag.end(), policy.hash_tag.begin());
    return policy;
}

Expected<routing::PoolNode> node_of(const Json& json) {
    const std::string text = json.at("address");
    auto listen = config::parse_listen(text);  // also reads the path of a unix socket
    if (!listen) {
        return not_understood("address", text);
    }
    const auto weight = json.at("weight").get<std::uint32_t>();
    if (weight == 0) {
        return not_understood("weight", "0");
    }
    routing::PoolNode node{{.name = json.at("name").get<std::string>(),
                            .address = std::move(listen->address),
                            .weight = weight},
                           routing::NodeState::in_ring};
    for (const Json& address : json.value("addresses", Json::array())) {
        if (auto parsed = config::parse_listen(address.get<std::string>())) {
            node.addresses.push_back(std::move(parsed->address));
        }
    }
    return node;
}

Expected<ListedPool> pool_of_answer(std::string name, const Json& json) {
    auto policy = policy_of(json.at("policy"));
    if (!policy) {
        return policy.error();
    }
    std::vector<routing::PoolNode> nodes;
    std::vector<std::string> notes;
    for (const Json& entry : json.at("nodes")) {
        auto node = node_of(entry);
        if (!node) {
            return node.error();
        }
        const std::string state = entry.at("state");
        if (state != routing::to_string(routing::NodeState::in_ring)) {
            notes.push_back(fmt::format("node {} is {} at present, but counts as in the ring",
                                        node->node.name, state));
        }
        nodes.push_back(std::move(*node));
    }
    if (nodes.empty()) {
        return ListedPool{.name = std::move(name), .reason = "the proxy knows no nodes of it yet"};
    }
    ListedPool listed = list(std::move(name), std::move(*policy), std::move(nodes));
    listed.notes = std::move(notes);
    return listed;
}

Expected<Json> ask(Api& api, const std::string& target) {
    const auto response = api.send(http::Method::get, target);
    if (!response) {
        return response.error();
    }
    if (response->status >= kStatusErrorsBegin) {
        const Errc code = response->status == kStatusNotFound ? Errc::not_found : Errc::conflict;
        return Error{code, error_message(response->body)};
    }
    return Json::parse(response->body);
}

Expected<std::vector<std::string>> pool_names(Api& api) {
    const auto pools = ask(api, "/pools");
    if (!pools) {
        return pools.error();
    }
    std::vector<std::string> names;
    for (const Json& entry : pools->at("pools")) {
        names.push_back(entry.at("name"));
    }
    return names;
}

}  // namespace

const ListedPool* PoolList::find(std::string_view name) const noexcept {
    const auto found = std::find_if(pools.begin(), pools.end(),
                                    [name](const ListedPool& pool) { return pool.name == name; });
    return found == pools.end() ? nullptr : &*found;
}

Expected<PoolList> pools_of_file(const std::string& path) {
    const auto config = config::load_file(path);
    if (!config) {
        return config.error();
    }
    PoolList result{.source = path};
    for (const config::PoolConfig& pool : config->pools) {
        result.pools.push_back(pool_of_file(pool));
    }
    return result;
}

Expected<PoolList> pools_of_proxy(Api& api, const std::string& wanted) {
    const auto names = wanted.empty() ? pool_names(api) : std::vector{wanted};
    if (!names) {
        return names.error();
    }
    PoolList result{.source = "the proxy at " + api.where()};
    for (const std::string& name : *names) {
        const auto answer = ask(api, "/pools/" + http::percent_encode(name));
        if (!answer && answer.error().code == Errc::not_found) {
            // The pool is not there, or what answers there is not the whole API.
            if (const auto others = pool_names(api); !others) {
                return others.error();
            }
            continue;
        }
        if (!answer) {
            return answer.error();
        }
        auto pool = pool_of_answer(name, *answer);
        if (!pool) {
            return pool.error();
        }
        result.pools.push_back(std::move(*pool));
    }
    return result;
}

}  // namespace ringside::ctl
