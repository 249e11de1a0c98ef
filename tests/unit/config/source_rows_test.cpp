#include "config/source_rows.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <set>
#include <string>
#include <string_view>

namespace ringside::config {
namespace {

const Source kEndpoint = ElastiCacheSource{.endpoint = {"cfg.example", 11211}};

TEST(SourceRows, there_is_one_for_each_kind_with_a_name_and_a_key_of_its_own) {
    std::set<std::string_view> names;
    std::set<std::string_view> keys;

    for (const SourceRow& row : source_rows()) {
        EXPECT_EQ(kind_of(row.make()), row.kind) << row.name;
        EXPECT_EQ(&source_row(row.make()), &row) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_TRUE(keys.insert(row.key.name).second) << row.key.name;
    }

    EXPECT_EQ(names.size(), std::variant_size_v<Source>);
}

TEST(SourceRows, a_source_either_lists_its_nodes_or_has_somebody_to_ask) {
    for (const SourceRow& row : source_rows()) {
        EXPECT_NE(row.listed(row.make()) == nullptr, row.settings.empty()) << row.name;
    }
}

TEST(SourceRows, a_source_is_described_by_its_name_and_by_who_is_asked) {
    EXPECT_EQ(describe(kEndpoint), "elasticache cfg.example:11211");
    EXPECT_EQ(describe(StaticSource{}), "static");
    EXPECT_EQ(describe(DnsSource{.names = {{"a.example.", 11211}, {"b.example", 1}}, .times = {}}),
              "dns a.example.:11211, b.example:1");
    EXPECT_EQ(describe(SrvSource{.name = "_m._tcp.a.example", .times = {}}),
              "srv _m._tcp.a.example");
    KubernetesSource service;
    service.service = "cache";
    EXPECT_EQ(describe(service), "kubernetes cache");
    service.name_space = "app";
    EXPECT_EQ(describe(service), "kubernetes app/cache");
    EXPECT_EQ(describe(FileSource{"/etc/nodes.yml"}), "file \"/etc/nodes.yml\"");
}

TEST(SourceRows, a_source_with_other_times_is_described_as_the_same) {
    Source slower = kEndpoint;
    std::get<ElastiCacheSource>(slower).interval *= 2;

    EXPECT_EQ(describe(slower), describe(kEndpoint));
    EXPECT_NE(slower, kEndpoint);
}

TEST(SourceRows, in_a_pod_the_api_server_is_the_one_that_kubernetes_names) {
    const auto api_server = [] {
        for (const SourceRow& row : source_rows()) {
            if (row.kind == SourceKind::kubernetes) {
                return std::get<KubernetesSource>(row.make()).api_server;
            }
        }
        return routing::Address{};
    };
    ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    EXPECT_EQ(api_server(), (routing::Address{"fd00::1", 443}));

    ::setenv("KUBERNETES_SERVICE_PORT", "tcp://x", 1);
    EXPECT_EQ(api_server(), routing::Address{});
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
    EXPECT_EQ(api_server(), routing::Address{});
}

TEST(SourceRows, the_nodes_of_a_list_are_known_without_asking) {
    const Source fixed = StaticSource{{.members = {{"a", {"10.0.0.1", 11211}, 1}}}};

    ASSERT_NE(listed_members(fixed), nullptr);
    EXPECT_EQ(listed_members(fixed)->members[0].name, "a");
    EXPECT_EQ(listed_members(kEndpoint), nullptr);
}

TEST(SourceRows, the_examples_name_what_is_required) {
    EXPECT_EQ(source_examples(),
              "elasticache: {endpoint: HOST:PORT} or dns: {name: HOST:PORT} or srv: {name: NAME} "
              "or file: {path: PATH} or kubernetes: {service: SERVICE}");
}

}  // namespace
}  // namespace ringside::config
