#include "app/inspect.h"

#include "app/listen_names.h"
#include "app/nutcracker_name.h"
#include "config/address_text.h"
#include "config/load.h"
#include "io/look_up.h"
#include "io/socket.h"
#include "metrics/describe.h"

#include <fmt/core.h>

#include <string_view>

namespace ringside::app {
namespace {

base::Status check_listen(const config::PoolConfig& pool,
                          const io::NameResolver::Options& resolver) {
    for (const config::Listen& listen : listens_of(pool)) {
        if (io::numeric_address(listen.address) || listen.address.is_unix()) {
            continue;
        }
        if (const auto found = io::look_up(listen.address, resolver); !found) {
            return found.error().in(
                fmt::format("{}: {}.listen: {}", pool.listen_place, pool.name, listen.text));
        }
    }
    return base::Done{};
}

}  // namespace

base::Status test_config(const Options& options) {
    const auto config = config::load_file(options.conf_file);
    if (!config) {
        return config.error();
    }
    const io::NameResolver::Options resolver = resolver_options(config->process);
    for (const config::PoolConfig& pool : config->pools) {
        if (const base::Status status = check_listen(pool, resolver); !status) {
            return status;
        }
    }
    return base::Done{};
}

base::Expected<std::string> explain_config(const Options& options) {
    auto config = config::load_file(options.conf_file);
    if (!config) {
        return config.error();
    }
    apply_overrides(options, *config);
    config::Explanation lines;
    for (const OptionValue& value : options.values) {
        lines.push_back({fmt::format("--{}", value.name), value.text, value.source});
    }
    lines.insert(lines.end(), config->explanation.begin(), config->explanation.end());
    return explanation_text(lines);
}

std::string told_text(const Options& options) {
    std::string text;
    const auto add = [&text](std::string_view part) {
        text += text.empty() || text.ends_with("\n\n") ? "" : "\n";
        text += part;
    };
    if (options.as_nutcracker) {
        add(nutcracker_version());
    } else if (options.told.version) {
        add("ringside " RINGSIDE_VERSION "\n");
    }
    if (options.told.help) {
        add(options.as_nutcracker ? "" : "ringside: a cache proxy for memcached and Redis\n");
        add(help_text(options));
    }
    if (options.told.stats) {
        add(metrics::describe_stats());
    }
    return text;
}

}  // namespace ringside::app
