#include "admin/settings.h"

#include "base/md5.h"
#include "config/schema.h"

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <set>
#include <utility>

namespace ringside::admin {
namespace {

using Owners = std::set<std::string, std::less<>>;

// The longest beginning of the path, up to a dot, that is one; empty: none.
std::string_view owner_of(std::string_view path, const Owners& owners) {
    for (std::size_t end = path.rfind('.'); end != std::string_view::npos && end > 0;
         end = path.rfind('.', end - 1)) {
        if (owners.contains(path.substr(0, end))) {
            return path.substr(0, end);
        }
    }
    return {};
}

}  // namespace

std::map<std::string, config::Explanation> settings_by_owner(const config::Explanation& all,
                                                             std::span<const std::string> pools) {
    Owners owners(pools.begin(), pools.end());
    owners.emplace(config::kProcessMapName);
    std::map<std::string, config::Explanation> by_owner;
    for (const config::EffectiveSetting& setting : all) {
        const std::string_view owner = owner_of(setting.path, owners);
        if (!owner.empty()) {
            config::EffectiveSetting own = setting;
            own.path.erase(0, owner.size() + 1);
            by_owner[std::string(owner)].push_back(std::move(own));
        }
    }
    return by_owner;
}

config::Explanation settings_of(const config::Explanation& all, const std::string& owner,
                                std::span<const std::string> pools) {
    return settings_by_owner(all, pools)[owner];
}

std::string hash_of(const config::Explanation& settings) {
    std::string text;
    for (const config::EffectiveSetting& setting : settings) {
        text += setting.path + '=' + setting.value + '\n';
    }
    std::string hash;
    for (const std::uint8_t byte : base::md5(text)) {
        hash += fmt::format("{:02x}", byte);
    }
    return hash;
}

}  // namespace ringside::admin
