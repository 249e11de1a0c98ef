#include "config/load.h"

#include "config/schema.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {
namespace {

using base::milliseconds;

const std::string kExamples = checkout::path("tests/examples/");

// A pool `a` that lacks nothing, and `lines` more of it.
std::string pool_with(std::string_view lines) {
    return "a:\n  listen: 127.0.0.1:1\n  servers: [10.0.0.1:11211:1]\n" + std::string(lines);
}

std::string error_of(std::string_view yaml) {
    const auto config = load_text(yaml, "f.yml");
    return config ? "loaded" : config.error().message;
}

const StaticSource& servers_of(const PoolConfig& pool) {
    return std::get<StaticSource>(pool.source);
}

std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

TEST(Load, nutcrackers_two_node_example_loads_unchanged) {
    const auto config = load_file(kExamples + "nutcracker-elasticache.yml");

    ASSERT_TRUE(config) << config.error().message;
    ASSERT_EQ(config->pools.size(), 1U);
    const PoolConfig& pool = config->pools[0];
    EXPECT_EQ(pool.name, "hoge");
    EXPECT_EQ(pool.listen.address, (routing::Address{"127.0.0.1", 11211}));
    EXPECT_EQ(pool.policy.timeout, milliseconds(100));
    EXPECT_TRUE(pool.policy.auto_eject);
    EXPECT_EQ(pool.policy.retry_timeout, milliseconds(2000));
    EXPECT_EQ(pool.policy.failure_limit, 1U);
    const auto& members = servers_of(pool).membership.members;
    ASSERT_EQ(members.size(), 2U);
    EXPECT_EQ(members[0], (routing::Member{"192.168.0.53", {"192.168.0.53", 11211}, 1}));
    EXPECT_EQ(members[1], (routing::Member{"192.168.0.164", {"192.168.0.164", 11211}, 1}));
}

TEST(Load, nutcrackers_five_pools_load_unchanged_in_the_order_of_the_ring) {
    const auto config = load_file(kExamples + "nutcracker-five-pools.yml");

    ASSERT_TRUE(config) << config.error().message;
    std::vector<std::string> names;
    for (const PoolConfig& pool : config->pools) {
        names.push_back(pool.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"beta", "alpha", "delta", "gamma", "omega"}));
    const PoolConfig& beta = config->pools[0];
    EXPECT_EQ(beta.policy.protocol, routing::ProtocolKind::redis);
    EXPECT_EQ(beta.policy.hash_tag, (routing::HashTag{'{', '}'}));
    EXPECT_EQ(servers_of(beta).membership.members[3].name, "server4");
    EXPECT_EQ(config->pools[3].backlog, 1024U);
    EXPECT_TRUE(config->pools[3].policy.preconnect);
    const PoolConfig& omega = config->pools[4];
    EXPECT_EQ(omega.listen.address, (routing::Address{"/tmp/gamma", 0}));
    EXPECT_EQ(omega.policy.hash, routing::HashKind::hsieh);
    EXPECT_EQ(servers_of(omega).membership.members[0].weight, 100'000U);
}

TEST(Load, flow_style_quotes_comments_and_anchors_are_fine) {
    const auto config = load_text(
        "---\n"
        "# two pools\n"
        "a: {listen: '127.0.0.1:1', timeout: \"2s\", servers: &nodes [\"10.0.0.1:11211:1\"]}\n"
        "b: {listen: /tmp/b 0660, servers: *nodes}  # the same nodes\n",
        "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->pools[0].policy.timeout, milliseconds(2000));
    EXPECT_EQ(config->pools[1].listen.mode, 0660U);
    EXPECT_EQ(servers_of(config->pools[1]).membership.members[0].name, "10.0.0.1");
}

TEST(Load, discovery_names_an_endpoint_and_its_times) {
    const auto config = load_text(
        "a:\n  listen: 127.0.0.1:1\n"
        "  discovery:\n    elasticache: {endpoint: 'c.example:11211', interval: 5s}\n",
        "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    const auto& source = std::get<ElastiCacheSource>(config->pools[0].source);
    EXPECT_EQ(source.endpoint, (routing::Address{"c.example", 11211}));
    EXPECT_EQ(source.interval, milliseconds(5000));
    EXPECT_EQ(source.timeout, milliseconds(2000));
}

TEST(Load, discovery_names_a_file_of_nodes) {
    const auto config =
        load_text("a: {listen: /s, discovery: {file: {path: /etc/ringside/nodes.yml}}}\n", "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(std::get<FileSource>(config->pools[0].source).path, "/etc/ringside/nodes.yml");
}

TEST(Load, discovery_names_a_service_of_kubernetes) {
    const auto config = load_text(
        "a:\n  listen: /s\n  discovery:\n    kubernetes: {service: cache, namespace: app, port: "
        "memcached,"
        " publish_not_ready: true, api_server: '10.0.0.1:6443', token_file: /t, ca_file: /c}\n",
        "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    const KubernetesSource wanted{.service = "cache",
                                  .name_space = "app",
                                  .port = "memcached",
                                  .publish_not_ready = true,
                                  .api_server = {"10.0.0.1", 6443},
                                  .token_file = "/t",
                                  .tls = {.ca_file = "/c"}};
    EXPECT_EQ(config->pools[0].source, Source(wanted));
}

TEST(Load, servers_are_a_source_like_any_other) {
    const auto config = load_text(
        "a: {listen: /s, discovery: {servers: ['10.0.0.1:11211:1 n']}}\n"
        "b: {listen: /t, servers: ['10.0.0.1:11211:1 n']}\n",
        "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->pools[0].source, config->pools[1].source);
    EXPECT_EQ(servers_of(config->pools[0]).membership.members[0].name, "n");
}

TEST(Load, the_map_ringside_is_the_process_and_no_pool) {
    const auto config = load_text(
        pool_with("") + "ringside: {workers: 3, admin: '[::1]:9', probes: 0.0.0.0:8}\n", "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->pools.size(), 1U);
    EXPECT_EQ(config->process.workers, 3U);
    EXPECT_EQ(config->process.admin.address, (routing::Address{"::1", 9}));
    EXPECT_FALSE(config->process.admin_is_default);
    EXPECT_EQ(config->process.probes->address, (routing::Address{"0.0.0.0", 8}));
}

TEST(Load, statistics_are_where_twemproxy_has_them_or_where_the_file_says_or_nowhere) {
    const auto usual = load_text(pool_with(""), "f.yml");
    const auto moved = load_text(pool_with("") + "ringside: {stats: 127.0.0.1:5}\n", "f.yml");
    const auto off = load_text(pool_with("") + "ringside: {stats: off}\n", "f.yml");

    ASSERT_TRUE(usual && moved && off);
    EXPECT_EQ(usual->process.stats->address, (routing::Address{"0.0.0.0", kDefaultStatsPort}));
    EXPECT_TRUE(usual->process.stats_is_default);
    EXPECT_EQ(moved->process.stats->address, (routing::Address{"127.0.0.1", 5}));
    EXPECT_FALSE(moved->process.stats_is_default);
    EXPECT_FALSE(off->process.stats);
}

TEST(Load, without_the_map_ringside_the_admin_address_is_the_default_one) {
    const auto config = load_text(pool_with(""), "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->process.admin.address, (routing::Address{"127.0.0.1", kDefaultAdminPort}));
    EXPECT_TRUE(config->process.admin_is_default);
    EXPECT_FALSE(config->process.probes);
}

TEST(Load, the_place_of_the_address_of_a_pool_is_kept) {
    const auto config = load_text("# one\n" + pool_with(""), "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->pools[0].listen_place, "f.yml:3:11");
}

struct Refusal {
    std::string yaml;
    std::string message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.message;
}

class LoadRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(LoadRefuses, with_file_line_path_and_rule) {
    EXPECT_EQ(error_of(GetParam().yaml), GetParam().message) << GetParam().yaml;
}

constexpr const char* kExample =
    "write for example \"sessions: {listen: 127.0.0.1:11211, servers: [10.0.0.1:11211:1]}\"";

std::vector<Refusal> file_refusals() {
    const std::string example = kExample;
    return {
        {"", "f.yml: the file is empty; " + example},
        {"# nothing\n", "f.yml: the file is empty; " + example},
        {"ringside: {workers: 1}\n", "f.yml: there is no pool; " + example},
        {"[a, b]\n", "f.yml:1:1: this is not a map of pools; " + example},
        {"a\n", "f.yml:1:1: this is not a map of pools; " + example},
        {pool_with("") + "---\nb: {}\n",
         "f.yml:4:1: a second YAML document starts here; write only one"},
        {"a:\n  listen: [\n", "f.yml:3:1: end of sequence flow not found"},
        {"a: \xff\n", "f.yml: is not UTF-8"},
        {pool_with("") + pool_with(""), "f.yml:4:1: a: a pool of this name is given twice"},
        {pool_with("") + "ringside: {}\nringside: {}\n", "f.yml:5:1: ringside: is given twice"},
        {pool_with("") + "b: {listen: 127.0.0.1:1, servers: [b:1:1]}\n",
         "f.yml:4:13: b.listen: a.listen already listens on 127.0.0.1:1"},
        {pool_with("") + "ringside: {admin: 127.0.0.1:1}\n",
         "f.yml:4:19: ringside.admin: a.listen already listens on 127.0.0.1:1"},
        {pool_with("") + "ringside: {admin: a:2, probes: a:2}\n",
         "f.yml:4:32: ringside.probes: ringside.admin already listens on a:2"},
        {pool_with("") + "ringside: {admin: a:2, stats: a:2}\n",
         "f.yml:4:31: ringside.stats: ringside.admin already listens on a:2"},
        {"\"a\\nb\": {}\n", "f.yml:1:1: the name of a pool holds a control character: \"a\\x0ab\""},
        {std::string(256, 'p') + ": {}\n",
         "f.yml:1:1: the name of a pool is longer than 255 bytes: \"" + std::string(80, 'p') +
             "...\""},
        {", a\n", "f.yml:1:1: this is not a map of pools; " + example},
        {"a: &x {listen: *x}\n", "f.yml:1:16: an alias stands inside of what it names"},
        {"a: *x\n", "f.yml:1:4: the referenced anchor is not defined"},
        {"? [a]\n: {}\n", "f.yml:1:3: the name of a pool is not text"},
        {"~: {}\n", "f.yml:1:1: the name of a pool is not text"},
        {"a: 1\n", "f.yml:1:1: a: is not a map of keys"},
        {"a:\n\n", "f.yml:1:1: a: is not a map of keys"},
    };
}

std::vector<Refusal> key_refusals() {
    return {
        {pool_with("  timeuot: 1\n"),
         "f.yml:4:3: a: \"timeuot\" is not a key (did you mean \"timeout\"?)"},
        {pool_with("  colour: red\n"), "f.yml:4:3: a: \"colour\" is not a key"},
        {pool_with("  [x]: 1\n"), "f.yml:4:3: a: holds a key that is not text"},
        {pool_with("  backlog: 1\n  backlog: 1\n"), "f.yml:5:3: a.backlog: is given twice"},
        {pool_with("  timeout:\n"), "f.yml:4:3: a.timeout: has no value; write 0..2147483647ms"},
        {pool_with("  timeout: ''\n"), "f.yml:4:3: a.timeout: has no value; write 0..2147483647ms"},
        {pool_with("  timeout: [1]\n"),
         "f.yml:4:12: a.timeout: is not one value; write 0..2147483647ms"},
        {pool_with("  timeout: fast\n"),
         "f.yml:4:12: a.timeout: \"fast\" is not a duration; write it like 400, 400ms, 2s, 5m or "
         "1h, 0..2147483647ms"},
        {pool_with("  timeout: -1\n"),
         "f.yml:4:12: a.timeout: \"-1\" is not a duration; write it like 400, 400ms, 2s, 5m or "
         "1h, 0..2147483647ms"},
        {pool_with("  timeout:\n    597h\n"),
         "f.yml:5:5: a.timeout: \"597h\" is out of range 0..2147483647ms"},
        {pool_with("  hash_tag: &t 'ü{'\n  timeout: *t\n"),
         "f.yml:4:13: a.hash_tag: \"ü{\" is not a hash tag; write 2 bytes, like \"{}\""},
        {pool_with("  timeout: 597h\n"),
         "f.yml:4:12: a.timeout: \"597h\" is out of range 0..2147483647ms"},
        {pool_with("  backlog: 0x10\n"),
         "f.yml:4:12: a.backlog: \"0x10\" is not a number; write 0..2147483647"},
        {pool_with("  backlog: 2147483648\n"),
         "f.yml:4:12: a.backlog: \"2147483648\" is out of range 0..2147483647"},
        {pool_with("  server_connections: 0\n"),
         "f.yml:4:23: a.server_connections: \"0\" is out of range 1..65535"},
        {pool_with("  value_bytes_max: 99999999999999999999\n"),
         "f.yml:4:20: a.value_bytes_max: \"99999999999999999999\" is out of range 1..536870912"},
        {pool_with("  preconnect: yes\n"),
         "f.yml:4:15: a.preconnect: \"yes\" is not true or false"},
        {pool_with("  reuseport: True\n"),
         "f.yml:4:14: a.reuseport: \"True\" is not true or false"},
        {pool_with("  distribution: Ketama\n"),
         "f.yml:4:17: a.distribution: \"Ketama\" is not one of ketama, modula, random (did you "
         "mean \"ketama\"?)"},
        {pool_with("  failure_mode: never\n"),
         "f.yml:4:17: a.failure_mode: \"never\" is not one of error, miss"},
        {pool_with("  hash_tag: '{'\n"),
         "f.yml:4:13: a.hash_tag: \"{\" is not a hash tag; write 2 bytes, like \"{}\""},
        {pool_with("  nodes_min: 2\n"),
         "f.yml:4:3: a.nodes_min: is only for nodes that are found by \"discovery\""},
        {pool_with("  change_answers: 2\n"),
         "f.yml:4:3: a.change_answers: is only for nodes that are found by \"discovery\""},
        {pool_with("  redis_auth: secret\n"),
         "f.yml:4:3: a.redis_auth: is only for a Redis pool; add \"redis: true\""},
        {pool_with("  redis_db: 1\n"),
         "f.yml:4:3: a.redis_db: is only for a Redis pool; add \"redis: true\""},
        {pool_with("") + "ringside: {workers: 65}\n",
         "f.yml:4:21: ringside.workers: \"65\" is out of range 1..64 or auto"},
        {pool_with("") + "ringside: {worker: 1}\n",
         "f.yml:4:12: ringside: \"worker\" is not a key (did you mean \"workers\"?)"},
        {pool_with("") + "ringside: {admin: 1}\n",
         "f.yml:4:19: ringside.admin: \"1\" is not \"HOST:PORT\", \"/PATH\" or \"/PATH MODE\""},
    };
}

std::vector<Refusal> source_refusals() {
    const std::string head = "a:\n  listen: 127.0.0.1:1\n";
    return {
        {"a:\n  servers: [b:1:1]\n",
         "f.yml:1:1: a: \"listen\" is missing; write HOST:PORT, /PATH or /PATH MODE, or a list of "
         "these"},
        {head, "f.yml:1:1: a: neither \"servers\" nor \"discovery\" says where the nodes are"},
        {pool_with("  discovery: {}\n"),
         "f.yml:4:3: a.discovery: \"servers\" is given too; a pool has exactly one of the two"},
        {head + "  servers: []\n",
         "f.yml:3:3: a.servers: is not a list of nodes; write \"- HOST:PORT:WEIGHT [NAME]\""},
        {head + "  servers: b:1:1\n",
         "f.yml:3:3: a.servers: is not a list of nodes; write \"- HOST:PORT:WEIGHT [NAME]\""},
        {head + "  servers:\n   - b:1:1\n   - {c: 1}\n",
         "f.yml:5:6: a.servers[1]: is not \"HOST:PORT:WEIGHT [NAME]\""},
        {head + "  servers:\n   - b:1:1\n   - c:0:1\n",
         "f.yml:5:6: a.servers[1]: port 0 is out of range 1..65535"},
        {head + "  servers:\n   - b:1:1 x\n   - c:1:1 x\n",
         "f.yml:5:6: a.servers[1]: servers[0] has the same ring name \"x\"; names are unique in a "
         "pool"},
        {head + "  servers:\n   - b:11211:1\n   - b:11211:2\n",
         "f.yml:5:6: a.servers[1]: servers[0] has the same ring name \"b\"; names are unique in a "
         "pool"},
        {head + "  discovery: {}\n",
         "f.yml:3:3: a.discovery: names no source; write elasticache: {endpoint: HOST:PORT} or "
         "dns: {name: HOST:PORT} or srv: {name: NAME} or file: {path: PATH} or kubernetes: "
         "{service: SERVICE}"},
        {head + "  discovery: {elasticache: {endpoint: c:1}, servers: [/n:1]}\n",
         "f.yml:3:15: a.discovery.elasticache: \"servers\" is given too; write one source, or a "
         "list of them in order of preference: [{servers: ...}, {elasticache: ...}]"},
        {head + "  discovery: {servers: [nowhere]}\n",
         "f.yml:3:25: a.discovery.servers[0]: \"nowhere\" is not \"HOST:PORT:WEIGHT [NAME]\" or "
         "\"/PATH:WEIGHT [NAME]\""},
        {head + "  identity: pod\n  servers: [/n:1]\n",
         "f.yml:3:13: a.identity: \"pod\" is not one of source, host, address, ordinal, "
         "template"},
        {head + "  identity: address\n  servers: [h:1:1 x, h:1:1 y]\n",
         "f.yml:3:13: a.identity: nodes x and y have the same ring name h:1"},
        {head + "  discovery: {elasticash: {}}\n",
         "f.yml:3:15: a.discovery: \"elasticash\" is not a key (did you mean \"elasticache\"?)"},
        {head + "  discovery: {elasticache: {}}\n",
         "f.yml:3:15: a.discovery.elasticache: \"endpoint\" is missing; write HOST:PORT"},
        {head + "  discovery: {kubernetes: {service: \"a/../b\"}}\n",
         "f.yml:3:37: a.discovery.kubernetes.service: \"a/../b\" is no name of Kubernetes; write "
         "lower-case letters, digits and \"-\""},
        {head + "  discovery: {file: {}}\n",
         "f.yml:3:15: a.discovery.file: \"path\" is missing; write 1..4095 bytes"},
        {head + "  discovery: {file: {path: \"a\\tb\"}}\n",
         "f.yml:3:28: a.discovery.file.path: \"a\\x09b\" holds a control character"},
        {head + "  discovery: {elasticache: c:1}\n",
         "f.yml:3:15: a.discovery.elasticache: is not a map of keys"},
        {head + "  discovery:\n    elasticache:\n      endpoint: c:1\n      interval: 1\n",
         "f.yml:6:17: a.discovery.elasticache.interval: \"1\" is out of range 100ms..1h"},
    };
}

INSTANTIATE_TEST_SUITE_P(Files, LoadRefuses, testing::ValuesIn(file_refusals()));
INSTANTIATE_TEST_SUITE_P(Keys, LoadRefuses, testing::ValuesIn(key_refusals()));
INSTANTIATE_TEST_SUITE_P(Sources, LoadRefuses, testing::ValuesIn(source_refusals()));

TEST(Load, a_secret_is_never_in_the_message) {
    const std::string secret(1025, 's');

    EXPECT_EQ(error_of(pool_with("  redis: true\n  redis_auth: " + secret + "\n")),
              "f.yml:5:15: a.redis_auth: the length is out of range 1..1024 bytes");
}

TEST(Load, a_file_that_is_not_there_is_named_with_the_systems_reason) {
    const auto config = load_file("/nowhere/ringside.yml");

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message,
              "/nowhere/ringside.yml: cannot be read: No such file or directory");
    EXPECT_EQ(config.error().code, base::Errc::io);
}

TEST(Load, a_directory_is_refused) {
    const auto config = load_file("/");

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message, "/: cannot be read: Is a directory");
}

TEST(Load, a_file_of_more_than_a_mebibyte_is_refused_and_one_of_exactly_that_is_not) {
    std::string yaml = pool_with("");
    yaml += '#';
    yaml.resize(kFileBytesMax, '#');

    EXPECT_EQ(error_of(yaml), "loaded");
    EXPECT_EQ(error_of(yaml + '#'), "f.yml: is larger than 1048576 bytes");
}

TEST(Load, deep_nesting_is_an_error) {
    const std::string yaml(100'000, '[');

    EXPECT_EQ(error_of("a: " + yaml), "f.yml:1:12: this is nested too deeply");
}

TEST(Load, more_values_than_any_configuration_has_are_an_error) {
    std::string yaml = "a: [";
    for (int i = 0; i < 200'000; ++i) {
        yaml += "b,";
    }

    EXPECT_EQ(error_of(yaml + "]"), "f.yml:1:399999: there are more than 200000 values");
}

TEST(Load, more_nodes_than_the_limit_are_refused) {
    std::string yaml = "a:\n  listen: 127.0.0.1:1\n  servers:\n";
    for (int i = 0; i < 4097; ++i) {
        yaml += "  - h:1:1 n" + std::to_string(i) + "\n";
    }

    EXPECT_EQ(error_of(yaml), "f.yml:3:3: a.servers: 4097 nodes are out of range 1..4096");
}

// Whatever bytes change, the answer is a Config or an error that names the file.
TEST(Load, random_mutations_never_crash) {
    const std::vector<std::string> seeds{
        read(kExamples + "nutcracker-elasticache.yml"),
        read(kExamples + "nutcracker-five-pools.yml"),
        "ringside: {workers: auto}\na: {listen: /s 0600, discovery: {elasticache: {endpoint: "
        "'e:1'}}}\n"};
    constexpr std::string_view kSpecial = "\n\t :-#?,[]{}&*!|>'\"%@`~<=\\\xff\xc3";
    std::mt19937 random(20'240'521);  // a fixed seed: the same mutations in each run
    const auto below = [&random](std::size_t bound) { return random() % bound; };
    std::size_t refused = 0;

    for (int round = 0; round < 3000; ++round) {
        std::string yaml = seeds[below(seeds.size())];
        for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
            const std::size_t at = below(yaml.size());
            switch (below(4)) {
                case 0:
                    yaml[at] = static_cast<char>(below(256));
                    break;
                case 1:
                    yaml[at] = kSpecial[below(kSpecial.size())];
                    break;
                case 2:
                    yaml.erase(at, 1 + below(8));
                    break;
                default:
                    yaml.insert(at, yaml.substr(below(yaml.size()), below(16)));
                    break;
            }
            yaml += yaml.empty() ? "a" : "";
        }
        const auto config = load_text(yaml, "f.yml");
        refused += config ? 0 : 1;
        EXPECT_TRUE(config || config.error().message.starts_with("f.yml:")) << yaml;
    }

    EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace ringside::config
