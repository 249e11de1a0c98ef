// The pools of a configuration file or of a running proxy, as rings that keys can be placed on.
#pragma once

#include "api.h"
#include "base/expected.h"
#include "routing/snapshot.h"

#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

struct ListedPool {
    std::string name;
    routing::PoolPtr pool =
        nullptr;              // all its nodes are in the ring; null: its nodes are not known
    std::string reason = {};  // why null
    std::vector<std::string> notes = {};  // what the ring leaves out of the present state
};

struct PoolList {
    std::string source;  // for messages
    std::vector<ListedPool> pools = {};

    // Null if there is none of that name.
    const ListedPool* find(std::string_view name) const noexcept;
};

base::Expected<PoolList> pools_of_file(const std::string& path);

// The pools of a proxy; only `wanted` unless that is empty, and none if there is no such pool. Asks
// for each by itself. Throws nlohmann::json::exception if an answer is not what docs/ADMIN_API.md
// says.
base::Expected<PoolList> pools_of_proxy(Api& api, const std::string& wanted);

}  // namespace ringside::ctl
