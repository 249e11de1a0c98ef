// Ringside and nutcracker itself before the same nodes: what one stores the other finds.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Nodes = std::array<MemcachedNode, 4>;

constexpr std::array<std::string_view, 12> kHashes{
    "one_at_a_time", "md5",     "crc16",    "crc32", "crc32a", "fnv1_64",
    "fnv1a_64",      "fnv1_32", "fnv1a_32", "hsieh", "murmur", "jenkins"};

enum class Names { none, given };
enum class Weights { equal, different };

std::vector<std::string> server_lines(const Nodes& nodes, Names names, Weights weights) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const int weight = weights == Weights::equal ? 1 : static_cast<int>(i * i) + 1;
        const std::string name = names == Names::none ? "" : fmt::format("cache-{}", 7 * (4 - i));
        lines.push_back(server_line(nodes[i].address(), weight, name));
    }
    return lines;
}

// Every hash with ketama and with modula, and what else changes a ring.
std::vector<PoolText> pools_before(const Nodes& nodes) {
    std::vector<PoolText> pools;
    const auto add = [&pools](std::string_view distribution, std::string_view hash,
                              std::vector<std::string> servers, std::string_view tag = {}) {
        PoolText pool{.name = fmt::format("{}_{}_{}", distribution, hash, pools.size()),
                      .listen = {},
                      .servers = std::move(servers),
                      .settings = {fmt::format("distribution: {}", distribution),
                                   fmt::format("hash: {}", hash)}};
        if (!tag.empty()) {
            pool.settings.push_back(fmt::format("hash_tag: \"{}\"", tag));
        }
        pools.push_back(std::move(pool));
    };
    for (const std::string_view distribution : {"ketama", "modula"}) {
        for (const std::string_view hash : kHashes) {
            add(distribution, hash, server_lines(nodes, Names::none, Weights::equal));
        }
        for (const std::string_view hash : {"fnv1a_64", "murmur"}) {
            add(distribution, hash, server_lines(nodes, Names::given, Weights::equal));
            add(distribution, hash, server_lines(nodes, Names::none, Weights::different));
            add(distribution, hash, server_lines(nodes, Names::given, Weights::different));
            add(distribution, hash, server_lines(nodes, Names::given, Weights::equal), "{}");
            add(distribution, hash, server_lines(nodes, Names::none, Weights::equal), "##");
        }
    }
    return pools;
}

// On unix sockets: so many pools would often meet somebody else's port.
std::vector<std::string> paths_in(const TemporaryDirectory& directory, std::size_t count) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < count; ++i) {
        paths.push_back(directory.file(fmt::format("{}.sock", i)));
    }
    return paths;
}

std::string yaml_at(const std::vector<std::string>& paths, std::vector<PoolText> pools) {
    std::string yaml;
    for (std::size_t i = 0; i < pools.size(); ++i) {
        pools[i].listen = paths[i];
        yaml += to_yaml(pools[i]);
    }
    return yaml;
}

// Distinct for each pool, since all pools share the nodes.
std::vector<std::string> random_keys(std::size_t pool, std::string_view who, int count) {
    std::mt19937 random(static_cast<std::uint32_t>(pool + 1));
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) {
        std::string key;
        const auto size = 1 + random() % 30;
        for (std::size_t j = 0; j < size; ++j) {
            const auto byte = static_cast<unsigned char>(0x21 + random() % (0x100 - 0x21));
            key.push_back(byte == 0x7f ? '~' : static_cast<char>(byte));
        }
        // Tags for the pools that look for them, at changing places and sometimes incomplete.
        if (i % 3 == 0) {
            key.insert(random() % key.size(), i % 2 == 0 ? "{" : "#");
        }
        key += fmt::format("{}-{}-{}{}", who, pool, i, i % 6 < 4 ? "}#" : "");
        keys.push_back(std::move(key));
    }
    return keys;
}

std::string set_request(std::string_view key, std::string_view value) {
    return fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
}

void store_all(const std::string& path, const std::vector<std::string>& keys) {
    Client client(path);
    std::string requests;
    std::string expected;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        requests += set_request(keys[i], std::to_string(i));
        expected += "STORED\r\n";
    }
    ASSERT_EQ(client.ask(requests, expected.size()), expected);
}

// A key that is looked for on another node than it was stored on is not found there.
void expect_to_find_all(const std::string& path, const std::vector<std::string>& keys) {
    Client client(path);
    std::string requests;
    std::string expected;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string value = std::to_string(i);
        requests += fmt::format("get {}\r\n", keys[i]);
        expected += fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", keys[i], value.size(), value);
    }
    client.send(requests + "get the-end-of-this-test\r\n");
    std::string answers;
    for (std::size_t i = 0; i <= keys.size(); ++i) {
        answers += client.read_until("END\r\n");
    }
    EXPECT_EQ(answers, expected + "END\r\n");
}

// By asking each node itself: each key is on exactly one. Returns how many nodes have some.
std::size_t expect_one_copy_each(const Nodes& nodes, const std::vector<std::string>& keys) {
    std::size_t copies = 0;
    std::size_t nodes_in_use = 0;
    for (const MemcachedNode& node : nodes) {
        Client client = node.client();
        std::string request = "get";
        for (const std::string& key : keys) {
            request += " " + key;
        }
        const std::string answer = client.ask(request + "\r\n", "END\r\n");
        std::size_t here = 0;  // no key has a blank, so this finds no key
        for (auto at = answer.find("VALUE "); at != std::string::npos;
             at = answer.find("VALUE ", at + 1)) {
            ++here;
        }
        copies += here;
        nodes_in_use += here > 0 ? 1U : 0U;
    }
    EXPECT_EQ(copies, keys.size());
    return nodes_in_use;
}

// twemproxy's crc16 and crc32 have 16 and 15 bits: on a ketama ring of 32 bits all keys may come
// before the first point (twitter/twemproxy#175).
bool is_narrow(const PoolText& pool) {
    return pool.name.starts_with("ketama_crc16") || pool.name.starts_with("ketama_crc32_");
}

TEST(RingBesideNutcracker, keys_stored_through_one_are_found_through_the_other) {
    constexpr int kKeysEach = 250;
    Nodes nodes;
    const std::vector<PoolText> pools = pools_before(nodes);
    TemporaryDirectory nutcracker_directory;
    TemporaryDirectory ringside_directory;
    const auto nutcracker_paths = paths_in(nutcracker_directory, pools.size());
    const auto ringside_paths = paths_in(ringside_directory, pools.size());
    Nutcracker nutcracker(yaml_at(nutcracker_paths, pools), nutcracker_paths.back());
    Proxy ringside({.pools = yaml_at(ringside_paths, pools)});

    for (std::size_t i = 0; i < pools.size(); ++i) {
        SCOPED_TRACE(pools[i].name);
        const auto keys_of_nutcracker = random_keys(i, "n", kKeysEach);
        const auto keys_of_ringside = random_keys(i, "r", kKeysEach);

        store_all(nutcracker_paths[i], keys_of_nutcracker);
        store_all(ringside_paths[i], keys_of_ringside);

        expect_to_find_all(ringside_paths[i], keys_of_nutcracker);
        expect_to_find_all(nutcracker_paths[i], keys_of_ringside);
        EXPECT_GT(expect_one_copy_each(nodes, keys_of_nutcracker), is_narrow(pools[i]) ? 0U : 1U);
        EXPECT_GT(expect_one_copy_each(nodes, keys_of_ringside), is_narrow(pools[i]) ? 0U : 1U);
    }
}

}  // namespace
}  // namespace ringside::testing
