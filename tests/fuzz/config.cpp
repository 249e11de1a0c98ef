// Configuration files: whatever bytes they hold, a Config that obeys its own rules or an error that
// names the file.
#include "base/check.h"
#include "config/load.h"
#include "config/source_rows.h"
#include "config/text.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

namespace {

using ringside::config::PoolConfig;

void check_name(std::string_view name) {
    CHECK(!name.empty() && ringside::config::is_utf8(name));
    CHECK(!ringside::config::has_control_character(name));
}

void check_pool(const PoolConfig& pool) {
    check_name(pool.name);
    check_name(pool.listen.address.host);
    CHECK(pool.listen.address.is_unix() == (pool.listen.address.port == 0));
    CHECK(pool.policy.connections_per_node >= 1 && pool.policy.value_bytes_max >= 1);
    const auto* servers = listed_members(pool.source);
    if (servers == nullptr) {
        return;
    }
    std::set<std::string_view> names;
    for (const auto& member : servers->members) {
        check_name(member.name);
        CHECK(member.weight >= 1);
        CHECK(names.insert(member.name).second);
    }
    CHECK(!names.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view yaml(reinterpret_cast<const char*>(data), size);
    const auto config = ringside::config::load_text(yaml, "f.yml");
    if (!config) {
        CHECK(config.error().message.starts_with("f.yml:"));
        return 0;
    }
    CHECK(!config->pools.empty());
    for (const PoolConfig& pool : config->pools) {
        check_pool(pool);
    }
    return 0;
}
