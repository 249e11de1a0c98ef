// Ringside and nutcracker itself before the same nodes: what one stores the other finds.
//
// Not for `random`, which has no owners: nutcracker draws by the clock.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
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

// Both proxies with the same pools, each on its own unix sockets.
class RingBesideNutcracker : public ::testing::Test {
  protected:
    static constexpr int kKeysEach = 250;

    void start(std::vector<PoolText> pools) {
        pools_ = std::move(pools);
        its_paths_ = paths_in(its_directory_, pools_.size());
        our_paths_ = paths_in(our_directory_, pools_.size());
        nutcracker_.emplace(yaml_at(its_paths_, pools_), its_paths_.back());
        ringside_.emplace(ProxyOptions{.pools = yaml_at(our_paths_, pools_)});
    }

    // What each of them stores the other finds. Returns the keys.
    std::vector<std::string> exchange_keys(std::size_t pool) {
        std::vector<std::string> keys = random_keys(pool, "n", kKeysEach);
        const std::vector<std::string> ours = random_keys(pool, "r", kKeysEach);
        store_all(its_paths_[pool], keys);
        store_all(our_paths_[pool], ours);
        expect_to_find_all(our_paths_[pool], keys);
        expect_to_find_all(its_paths_[pool], ours);
        keys.insert(keys.end(), ours.begin(), ours.end());
        return keys;
    }

    TemporaryDirectory its_directory_;
    TemporaryDirectory our_directory_;
    std::vector<PoolText> pools_;
    std::vector<std::string> its_paths_;
    std::vector<std::string> our_paths_;
    std::optional<Nutcracker> nutcracker_;
    std::optional<Proxy> ringside_;
};

TEST_F(RingBesideNutcracker, keys_stored_through_one_are_found_through_the_other) {
    const Nodes nodes;
    start(pools_before(nodes));

    for (std::size_t i = 0; i < pools_.size(); ++i) {
        SCOPED_TRACE(pools_[i].name);
        const std::vector<std::string> keys = exchange_keys(i);
        EXPECT_GT(expect_one_copy_each(nodes, keys), is_narrow(pools_[i]) ? 0U : 1U);
    }
}

// From the statistics, which call nodes by their ring names.
std::map<std::string, int> requests_by_node(std::uint16_t stats_port, const std::string& pool) {
    const auto stats = nlohmann::json::parse(Client(stats_port).read_to_end());
    std::map<std::string, int> requests;
    for (const auto& item : stats.at(pool).items()) {
        if (item.value().is_object()) {
            requests[item.key()] = item.value().at("requests").get<int>();
        }
    }
    return requests;
}

// --- addresses of every kind: the text of an address is what stands on the ring ---

// An address of its own that has memcached's default port, whose ring name is the host alone.
std::string default_port_address(std::uint16_t unique) {
    return fmt::format("127.{}.{}.1:11211", unique >> 8, unique & 0xff);
}

TEST_F(RingBesideNutcracker, default_ports_unix_sockets_and_ipv6_have_the_same_place) {
    const std::array<std::string, 2> default_ports{default_port_address(free_port()),
                                                   default_port_address(free_port())};
    const MemcachedNode first({"-l", default_ports[0]});
    const MemcachedNode second({"-l", default_ports[1]});
    const MemcachedNode ipv6({"-l", "[::1]"});  // on the same port
    const TemporaryDirectory directory;
    const auto unix_socket = MemcachedNode::at_path(directory.file("node.sock"));
    const std::vector<std::string> servers{
        server_line(default_ports[0]), server_line(default_ports[1], 3),
        server_line(fmt::format("::1:{}", ipv6.port())), server_line(unix_socket.address(), 2)};
    std::vector<PoolText> pools;
    for (const std::string_view distribution : {"ketama", "modula"}) {
        pools.push_back(
            {.name = std::string(distribution),
             .servers = servers,
             .settings = {fmt::format("distribution: {}", distribution), "hash: one_at_a_time"}});
    }
    start(std::move(pools));

    for (std::size_t i = 0; i < pools_.size(); ++i) {
        SCOPED_TRACE(pools_[i].name);
        exchange_keys(i);
        const auto its_nodes = requests_by_node(nutcracker_->stats_port(), pools_[i].name);
        const auto our_nodes = requests_by_node(ringside_->stats_port(), pools_[i].name);
        ASSERT_EQ(our_nodes.size(), servers.size());
        for (const auto& [name, requests] : our_nodes) {
            EXPECT_GT(requests, 0) << name;
            EXPECT_TRUE(its_nodes.contains(name)) << name;
        }
    }
}

// --- a node that is out of the ring ---

// Until every key can be stored: the dead node has been noticed and its keys have other owners.
void wait_for_ejection(Proxy& proxy, const std::string& path) {
    const auto all_stored = [&path] {
        Client client(path);
        bool stored = true;
        for (int i = 0; i < 200; ++i) {
            stored &=
                client.ask(set_request(fmt::format("knock{}", i), "x"), "\r\n") == "STORED\r\n";
        }
        return stored;
    };
    proxy.wait_until(all_stored, "an ejection behind " + path);
}

TEST_F(RingBesideNutcracker, an_ejected_node_leaves_its_keys_to_the_same_others) {
    Nodes nodes;
    std::vector<PoolText> pools;
    for (PoolText& pool : pools_before(nodes)) {
        const bool is_chosen =
            std::any_of(pool.settings.begin(), pool.settings.end(),
                        [](const std::string& setting) { return setting == "hash: murmur"; });
        if (is_chosen) {
            pool.settings.insert(pool.settings.end(),
                                 {"auto_eject_hosts: true", "server_failure_limit: 1",
                                  "server_retry_timeout: 600000"});
            pools.push_back(std::move(pool));
        }
    }
    ASSERT_EQ(pools.size(), 12U);
    nodes[1].kill();
    start(std::move(pools));

    for (std::size_t i = 0; i < pools_.size(); ++i) {
        SCOPED_TRACE(pools_[i].name);
        wait_for_ejection(*ringside_, its_paths_[i]);
        wait_for_ejection(*ringside_, our_paths_[i]);
        exchange_keys(i);
    }
}

}  // namespace
}  // namespace ringside::testing
