// Which of the settings in force are a pool's, and which the process's.
#pragma once

#include "config/explanation.h"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace ringside::admin {

// Those of "ringside" and of each pool, by their names within it: "timeout", "servers[0]".
// `pools`: the names of all, as one may begin with another one's and a dot.
std::map<std::string, config::Explanation> settings_by_owner(const config::Explanation& all,
                                                             std::span<const std::string> pools);
// Of these, those of one.
config::Explanation settings_of(const config::Explanation& all, const std::string& owner,
                                std::span<const std::string> pools);

// The same where all settings are, whoever has set them; of what may be shown, so without secrets.
std::string hash_of(const config::Explanation& settings);

}  // namespace ringside::admin
