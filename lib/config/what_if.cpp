#include "config/what_if.h"

#include "base/limits.h"
#include "config/address_text.h"
#include "config/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::config {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Status;
using routing::PoolNode;
using Nodes = std::vector<PoolNode>;

Error invalid(std::string_view parameter, std::string reason) {
    return Error{Errc::invalid_argument, std::move(reason)}.in(parameter);
}

Nodes::iterator find(Nodes& nodes, std::string_view name) {
    return std::find_if(nodes.begin(), nodes.end(),
                        [name](const PoolNode& node) { return node.node.name == name; });
}

Error no_such_node(std::string_view parameter, const routing::Pool& pool, std::string_view name) {
    return invalid(parameter,
                   fmt::format("pool {} has no node {}; its nodes go by their names on the ring",
                               pool.name, in_quotes(name)));
}

Status remove_node(const routing::Pool& pool, Nodes& nodes, const std::string& name) {
    const auto node = find(nodes, name);
    if (node == nodes.end()) {
        return no_such_node("remove", pool, name);
    }
    nodes.erase(node);
    return Done{};
}

Status set_weight(const routing::Pool& pool, Nodes& nodes, std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return invalid("weight", fmt::format("{} is not \"NAME:WEIGHT\"", in_quotes(text)));
    }
    const auto weight = parse_weight(text.substr(colon + 1));
    if (!weight) {
        return invalid("weight", weight.error().message);
    }
    const auto node = find(nodes, text.substr(0, colon));
    if (node == nodes.end()) {
        return no_such_node("weight", pool, text.substr(0, colon));
    }
    node->node.weight = *weight;
    return Done{};
}

Status set_state(const routing::Pool& pool, Nodes& nodes, const std::string& name,
                 routing::NodeState state) {
    const auto node = find(nodes, name);
    if (node == nodes.end()) {
        const bool returns = state == routing::NodeState::in_ring;
        return no_such_node(returns ? "restore" : "eject", pool, name);
    }
    node->state = state;
    return Done{};
}

Status add_node(Nodes& nodes, std::string_view text) {
    auto member = parse_server(text);
    if (!member) {
        return invalid("add", member.error().message);  // no configuration is wrong
    }
    if (find(nodes, member->name) != nodes.end()) {
        return invalid("add", fmt::format("node {} is there already; \"weight\" changes its weight",
                                          in_quotes(member->name)));
    }
    if (nodes.size() == base::kPoolNodesMax) {
        return invalid("add", fmt::format("a pool has at most {} nodes", base::kPoolNodesMax));
    }
    nodes.push_back({.node = {.name = std::move(member->name),
                              .address = std::move(member->address),
                              .weight = member->weight}});
    return Done{};
}

}  // namespace

base::Expected<routing::PoolPtr> pool_as_asked(const routing::Pool& pool, const WhatIf& changes) {
    if (changes.add.empty() && changes.remove.empty() && changes.weight.empty() &&
        changes.eject.empty() && changes.restore.empty()) {
        return Error{Errc::invalid_argument,
                     "nothing is changed; say what to add, remove, weigh, eject or restore"};
    }
    Nodes nodes = pool.nodes;
    Status status = Done{};
    for (const std::string& name : changes.remove) {
        status = status ? remove_node(pool, nodes, name) : status;
    }
    for (const std::string& text : changes.weight) {
        status = status ? set_weight(pool, nodes, text) : status;
    }
    for (const std::string& name : changes.eject) {
        status =
            status ? set_state(pool, nodes, name, routing::NodeState::ejected_by_operator) : status;
    }
    for (const std::string& name : changes.restore) {
        status = status ? set_state(pool, nodes, name, routing::NodeState::in_ring) : status;
    }
    for (const std::string& text : changes.add) {
        status = status ? add_node(nodes, text) : status;
    }
    if (!status) {
        return status.error();
    }
    if (nodes.empty()) {
        return invalid("remove", "no node would be left, and no key would have a home");
    }
    return routing::build_pool(pool.id, pool.name, pool.policy, std::move(nodes),
                               {.before = &pool});
}

}  // namespace ringside::config
