// Several sources of one pool, and how they name nodes, as the configuration has them.
#include "config/load.h"
#include "config/source_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace ringside::config {
namespace {

using testing::HasSubstr;

std::string pool(const std::string& keys) {
    return "cache:\n  listen: /s\n" + keys;
}

std::string problem_of(const std::string& keys) {
    const auto config = load_text(pool(keys), "f.yml");
    return config ? "accepted" : config.error().message;
}

TEST(LoadSources, a_list_of_them_is_in_order_of_preference) {
    const auto config = load_text(pool("  identity: address\n"
                                       "  discovery:\n"
                                       "    - kubernetes: {service: cache, port: memcached}\n"
                                       "    - dns: {name: 'cache.example:11211'}\n"
                                       "    - servers: ['10.0.0.1:11211:1']\n"),
                                  "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    const PoolConfig& loaded = config->pools[0];
    std::vector<std::string> described;
    for (const Source* const source : sources_of(loaded)) {
        described.push_back(describe(*source));
    }
    EXPECT_EQ(described,
              (std::vector<std::string>{"kubernetes cache", "dns cache.example:11211", "static"}));
    EXPECT_EQ(listed_members(loaded.fallbacks[1])->members[0].name, "10.0.0.1");
}

TEST(LoadSources, one_source_may_be_a_list_of_one) {
    const auto config = load_text(pool("  discovery: [{file: {path: /nodes.yml}}]\n"), "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->pools[0].source, Source(FileSource{"/nodes.yml"}));
    EXPECT_TRUE(config->pools[0].fallbacks.empty());
}

// The forms of the documentation, word for word.
TEST(LoadSources, every_form_that_is_documented_is_accepted) {
    for (const char* const form :
         {"dns: {name: \"cache.example:11211\"}",
          "dns: {names: [\"a.example:11211\", \"b.example:11211\"]}",
          "srv: {name: \"_memcached._tcp.cache.app.svc.cluster.local\"}",
          "file: {path: /etc/ringside/nodes.yml}",
          "kubernetes: {service: cache, namespace: app, port: memcached}",
          "elasticache: {endpoint: \"x.cfg.use1.cache.amazonaws.com:11211\"}"}) {
        for (const std::string& keys : {std::string("  discovery:\n    ") + form + "\n",
                                        std::string("  discovery:\n    - ") + form + "\n"}) {
            EXPECT_EQ(problem_of(keys), "accepted") << keys;
        }
    }
}

TEST(LoadSources, those_that_name_nodes_differently_are_refused_with_what_to_write) {
    const std::string keys =
        "  discovery:\n"
        "    - kubernetes: {service: cache}\n"
        "    - dns: {name: 'cache.example:11211'}\n";

    EXPECT_EQ(problem_of(keys),
              "f.yml:5:7: cache.discovery[1]: kubernetes (pod name) and dns (address) would name "
              "the same nodes differently, and keys move when one takes over from the other; "
              "write \"identity: address\"");
    EXPECT_EQ(problem_of("  identity: address\n" + keys), "accepted");
}

TEST(LoadIdentity, a_template_is_checked_when_it_is_loaded) {
    const std::string source = "  discovery: {srv: {name: _m._tcp.a.example.}}\n";

    EXPECT_EQ(problem_of(source + "  identity: template\n  identity_template: \"c{ordinal}\"\n"),
              "accepted");
    EXPECT_EQ(problem_of(source + "  identity: template\n  identity_template: \"{pod}\"\n"),
              "f.yml:5:22: cache.identity_template: \"{pod}\" {pod} is no placeholder; there are "
              "{host}, {short_host}, {address}, {port}, {ordinal}, {zone}, {name}");
    EXPECT_EQ(problem_of(source + "  identity: template\n"),
              "f.yml:4:3: cache.identity: \"identity_template\" is missing; write for example "
              "\"{short_host}\"");
    EXPECT_EQ(problem_of(source + "  identity_template: \"{host}\"\n"),
              "f.yml:4:3: cache.identity_template: is only for \"identity: template\"");
}

TEST(LoadIdentity, what_no_source_of_the_pool_knows_is_refused) {
    EXPECT_THAT(problem_of("  identity: ordinal\n  discovery: {dns: {name: 'a.example:1'}}\n"),
                HasSubstr("f.yml:4:3: cache.discovery: dns does not know all that \"ordinal\""));
    EXPECT_THAT(problem_of("  identity: ordinal\n  servers: ['a.example:1:1']\n"),
                HasSubstr("f.yml:3:13: cache.identity: of node a.example:1 at a.example:1 no "
                          "number at the end of its host name's first label is known"));
    EXPECT_EQ(
        problem_of("  identity: ordinal\n  servers: ['a-0.example:1:1', 'a-1.example:1:1']\n"),
        "accepted");
}

TEST(LoadAllow, takes_ranges_as_a_list_or_with_commas) {
    const auto config = load_text(
        pool(
            "  allow: [\"10.0.0.0/8\", \"fd00::/8\"]\n  discovery: {dns: {name: 'a.example:1'}}\n"),
        "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    ASSERT_EQ(config->pools[0].allow.size(), 2U);
    EXPECT_EQ(config->pools[0].allow[1].text(), "fd00::/8");
    EXPECT_THAT(
        problem_of("  allow: [\"10.0.0.1/8\"]\n  discovery: {dns: {name: 'a.example:1'}}\n"),
        HasSubstr("f.yml:3:10: cache.allow: \"10.0.0.1/8\" has bits behind its prefix"));
}

TEST(LoadSources, what_could_never_decide_is_refused) {
    EXPECT_EQ(problem_of("  discovery:\n"
                         "    - servers: ['10.0.0.1:1:1']\n"
                         "    - dns: {name: 'a.example:1'}\n"),
              "f.yml:4:7: cache.discovery[0]: a list of nodes always has an answer: the sources "
              "behind it would never decide; write it last");
    EXPECT_EQ(problem_of("  discovery:\n"
                         "    - file: {path: /a}\n"
                         "    - file: {path: /a}\n"),
              "f.yml:5:7: cache.discovery[1]: file \"/a\" is given twice");
}

TEST(LoadSources, a_list_has_one_source_or_more_but_not_many) {
    std::string many = "  discovery:\n";
    for (int i = 0; i < 9; ++i) {
        many += "    - file: {path: /" + std::to_string(i) + "}\n";
    }

    EXPECT_EQ(problem_of("  discovery: []\n"),
              "f.yml:3:3: cache.discovery: 0 sources are out of range 1..8");
    EXPECT_EQ(problem_of(many), "f.yml:3:3: cache.discovery: 9 sources are out of range 1..8");
    EXPECT_THAT(problem_of("  discovery: [file]\n"),
                HasSubstr("f.yml:3:15: cache.discovery[0]: is not a map of keys"));
    EXPECT_THAT(problem_of("  discovery: [{}]\n"),
                HasSubstr("cache.discovery[0]: names no source"));
}

}  // namespace
}  // namespace ringside::config
