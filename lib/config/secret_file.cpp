#include "config/secret_file.h"

#include "base/check.h"
#include "config/file.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::config {

base::Expected<std::string> read_password_file(const std::string& path) {
    constexpr std::size_t kLineEndBytesMax = 2;
    auto password = read_regular_file(path, kPasswordBytesMax + kLineEndBytesMax);
    if (!password) {
        return password;
    }
    while (password->ends_with('\n') || password->ends_with('\r')) {
        password->pop_back();
    }
    if (password->empty() || password->size() > kPasswordBytesMax) {
        return base::Error{base::Errc::malformed,
                           fmt::format("{}: a password is 1 to {} bytes", path, kPasswordBytesMax)};
    }
    return password;
}

base::Expected<Config> with_passwords(Config config) {
    for (PoolConfig& pool : config.pools) {
        if (pool.redis_auth_file.empty()) {
            continue;
        }
        auto password = read_password_file(pool.redis_auth_file);
        if (!password) {
            const std::string path = pool.name + ".redis_auth_file";
            const auto setting =
                std::find_if(config.explanation.begin(), config.explanation.end(),
                             [&path](const auto& each) { return each.path == path; });
            CHECK(setting != config.explanation.end());
            return password.error().in(fmt::format("{}: {}", setting->source, path));
        }
        pool.policy.redis_auth = std::move(*password);
    }
    return config;
}

}  // namespace ringside::config
