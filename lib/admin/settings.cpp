#include "admin/settings.h"

#include "base/md5.h"

#include <fmt/core.h>

#include <algorithm>

namespace ringside::admin {
namespace {

bool belongs(std::string_view path, std::string_view owner) noexcept {
    return path.size() > owner.size() && path.starts_with(owner) && path[owner.size()] == '.';
}

}  // namespace

config::Explanation settings_of(const config::Explanation& all, std::string_view owner,
                                std::span<const std::string> pools) {
    config::Explanation own;
    for (const config::EffectiveSetting& setting : all) {
        const bool is_of_another =
            std::any_of(pools.begin(), pools.end(), [&](const std::string& pool) {
                return pool.size() > owner.size() && belongs(setting.path, pool);
            });
        if (belongs(setting.path, owner) && !is_of_another) {
            own.push_back(setting);
            own.back().path.erase(0, owner.size() + 1);
        }
    }
    return own;
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
