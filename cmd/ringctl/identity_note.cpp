#include "identity_note.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace ringside::ctl {
namespace {

using routing::PoolNode;

// A node that both sides have, by one of its addresses, under different names.
struct Renamed {
    const PoolNode* from;
    const PoolNode* to;
};

std::vector<Renamed> renamed_nodes(const routing::Pool& from, const routing::Pool& to) {
    std::map<std::string, const PoolNode*> by_address;
    for (const PoolNode& node : from.nodes) {
        by_address.emplace(routing::to_string(node.node.address), &node);
    }
    std::vector<Renamed> renamed;
    for (const PoolNode& node : to.nodes) {
        auto addresses = node.addresses;  // where its name leads, if it has one
        addresses.insert(addresses.begin(), node.node.address);
        for (const routing::Address& address : addresses) {
            const auto found = by_address.find(routing::to_string(address));
            if (found != by_address.end()) {
                if (found->second->node.name != node.node.name) {
                    renamed.push_back({found->second, &node});
                }
                break;
            }
        }
    }
    return renamed;
}

// Whether these are the names that plain lists of addresses, or of host names, have.
bool are_default_names(const std::vector<Renamed>& renamed, bool of_hosts) {
    return std::all_of(renamed.begin(), renamed.end(), [of_hosts](const Renamed& each) {
        const routing::Node& node = each.from->node;
        return node.address.is_name() == of_hosts &&
               node.name == routing::default_ring_name(node.address);
    });
}

}  // namespace

std::optional<std::string> identity_note(const routing::Pool& from, const routing::Pool& to) {
    const std::vector<Renamed> renamed = renamed_nodes(from, to);
    if (renamed.empty()) {
        return std::nullopt;
    }
    std::string text = fmt::format(
        "{} nodes stay at their addresses under other names on the ring, so their keys "
        "move: {} is {} before and {} behind; ",
        renamed.size(), routing::to_string(renamed.front().from->node.address),
        renamed.front().from->node.name, renamed.front().to->node.name);
    if (are_default_names(renamed, false)) {
        return text + "\"identity: address\" in the second pool would keep them";
    }
    if (are_default_names(renamed, true)) {
        return text + "\"identity: host\" in the second pool would keep them";
    }
    return text +
           "only a source that tells the names of the first keeps them, such as "
           "\"discovery: file\" with names, or an \"identity\" that makes them";
}

}  // namespace ringside::ctl
