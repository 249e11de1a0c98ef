#include "discovery/used_names.h"

#include "discovery/node_book.h"

#include <algorithm>
#include <utility>

namespace ringside::discovery {

bool UsedNames::use(const std::set<std::string>& hosts) {
    bool changed = std::erase_if(names_, [&hosts](const auto& entry) {
                       return !hosts.contains(entry.first);
                   }) > 0;
    for (const std::string& host : hosts) {
        changed = names_.try_emplace(host).second || changed;
    }
    return changed;
}

UsedNames::Heard UsedNames::take(const std::string& host, const NameState& state) {
    const auto known = names_.find(host);
    if (known == names_.end()) {
        return Heard::unused;
    }
    const bool was_pending = std::exchange(known->second, state).is_pending();
    const bool all_known = std::none_of(names_.begin(), names_.end(),
                                        [](const auto& name) { return name.second.is_pending(); });
    return was_pending && all_known ? Heard::last : Heard::another;
}

bool UsedNames::tell(NodeBook& nodes, base::TimePoint now) const {
    return nodes.take_names(names_, now);
}

}  // namespace ringside::discovery
