// twemproxy 0.5.0 itself decided these: each column of a golden file says, for one configuration of
// configs.csv, which server held each key.
#include "base/parse.h"
#include "routing/snapshot.h"
#include "unit/routing/golden_file.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace ringside::routing {
namespace {

struct GoldenPool {
    PoolPtr pool;
    std::map<std::string, std::size_t> index_by_name;  // in configuration order
};

PoolPolicy parse_policy(const std::string& text) {
    PoolPolicy policy;
    for (const std::string& setting : split(text, ' ')) {
        const std::size_t equals = setting.find('=');
        const std::string name = setting.substr(0, equals);
        const std::string value = setting.substr(equals + 1);
        if (name == "hash") {
            policy.hash = parse_hash(value).value();
        } else if (name == "distribution") {
            policy.distribution = parse_distribution(value).value();
        } else if (name == "hash_tag") {
            policy.hash_tag = {value.at(0), value.at(1)};
        } else {
            ADD_FAILURE() << "unknown setting " << setting;
        }
    }
    return policy;
}

// "host:port" or "host:port|name".
Node parse_node(const std::string& server, const std::string& weight) {
    const std::vector<std::string> parts = split(server, '|');
    const std::size_t colon = parts[0].rfind(':');
    Node node;
    node.address.host = parts[0].substr(0, colon);
    node.address.port = static_cast<std::uint16_t>(
        base::parse_unsigned(parts[0].substr(colon + 1), 1, 65535).value());
    node.name = parts.size() == 2 ? parts[1] : default_ring_name(node.address);
    node.weight = static_cast<std::uint32_t>(base::parse_unsigned(weight, 1, UINT32_MAX).value());
    return node;
}

// By the id that heads a column of the golden files.
std::map<std::string, GoldenPool> read_pools() {
    std::map<std::string, GoldenPool> pools;
    for (const std::vector<std::string>& row : read_golden("configs.csv").rows) {
        const std::vector<std::string> servers = split(row.at(4), ' ');
        const std::vector<std::string> weights = split(row.at(5), ' ');
        std::vector<PoolNode> nodes;
        GoldenPool golden;
        for (std::size_t i = 0; i < servers.size(); ++i) {
            nodes.push_back({parse_node(servers[i], weights.at(i)), NodeState::in_ring});
            golden.index_by_name[nodes.back().node.name] = i;
        }
        golden.pool = build_pool(0, row.at(0), parse_policy(row.at(3)), std::move(nodes));
        pools[row.at(0)] = std::move(golden);
    }
    return pools;
}

void expect_every_column_reproduced(const std::string& file_name) {
    const std::map<std::string, GoldenPool> pools = read_pools();
    const GoldenFile file = read_golden(file_name);
    ASSERT_GE(file.columns.size(), 2U);
    ASSERT_GE(file.rows.size(), 50U);
    for (std::size_t column = 1; column < file.columns.size(); ++column) {
        SCOPED_TRACE(file.columns[column]);
        const auto golden = pools.find(file.columns[column]);
        ASSERT_NE(golden, pools.end());
        const Pool& pool = *golden->second.pool;
        std::size_t wrong = 0;
        for (const std::vector<std::string>& row : file.rows) {
            const std::optional<std::uint32_t> owner = pool.owner_of(row.at(0), 0);
            ASSERT_TRUE(owner.has_value());
            const std::size_t index = golden->second.index_by_name.at(pool.nodes[*owner].node.name);
            wrong += std::to_string(index) == row.at(column) ? 0 : 1;
        }
        EXPECT_EQ(wrong, 0U) << "of " << file.rows.size() << " keys";
    }
}

TEST(Golden, every_key_goes_where_twemproxy_sent_it) {
    expect_every_column_reproduced("twemproxy.csv");
}

TEST(Golden, every_key_with_bytes_above_ascii_goes_where_twemproxy_sent_it) {
    expect_every_column_reproduced("twemproxy_utf8.csv");
}

}  // namespace
}  // namespace ringside::routing
