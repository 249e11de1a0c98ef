#include "integration/support/pool_text.h"

#include <fmt/format.h>

#include <iterator>

namespace ringside::testing {

std::string server_line(std::string_view address, int weight, std::string_view name) {
    return fmt::format("{}:{}{}{}", address, weight, name.empty() ? "" : " ", name);
}

std::string to_yaml(const PoolText& pool) {
    std::string yaml = fmt::format("{}:\n  listen: {}\n", pool.name, pool.listen);
    const auto out = std::back_inserter(yaml);
    for (const std::string& setting : pool.settings) {
        fmt::format_to(out, "  {}\n", setting);
    }
    yaml += "  servers:\n";
    for (const std::string& server : pool.servers) {
        fmt::format_to(out, "   - {}\n", server);
    }
    return yaml;
}

}  // namespace ringside::testing
