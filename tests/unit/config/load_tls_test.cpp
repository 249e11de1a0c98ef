// Blocks `tls:`, wherever they stand: of a source that is asked with TLS.
#include "config/load.h"
#include "config/source_rows.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace ringside::config {
namespace {

using ::testing::EndsWith;

constexpr std::string_view kPodCaFile = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

std::string source_with(std::string_view settings) {
    return fmt::format("a:\n  listen: /s\n  discovery:\n    kubernetes:\n      service: cache\n{}",
                       settings);
}

TlsConfig tls_with(std::string_view settings) {
    const auto config = load_text(source_with(settings), "f.yml");
    EXPECT_TRUE(config) << config.error().message;
    return config ? *tls_of(config->pools[0].source) : TlsConfig{};
}

std::string problem_with(std::string_view settings) {
    const auto config = load_text(source_with(settings), "f.yml");
    return config ? "none" : config.error().message;
}

// What "--explain-config" says of a key of the source.
std::string explained(std::string_view settings, std::string_view key) {
    const auto config = load_text(source_with(settings), "f.yml");
    EXPECT_TRUE(config) << config.error().message;
    const std::string path = fmt::format("a.discovery.kubernetes.{}", key);
    const auto found =
        std::find_if(config->explanation.begin(), config->explanation.end(),
                     [&path](const EffectiveSetting& each) { return each.path == path; });
    return found == config->explanation.end() ? "nothing"
                                              : fmt::format("{} {}", found->value, found->source);
}

TEST(LoadTls, a_block_sets_what_is_demanded_and_shown) {
    const TlsConfig wanted{.ca_file = "/ca.pem",
                           .server_name = "api.test",
                           .verify = false,
                           .cert_file = "/own.pem",
                           .key_file = "/own.key"};

    EXPECT_EQ(tls_with("      tls: {ca_file: /ca.pem, server_name: api.test, verify: false, "
                       "cert_file: /own.pem, key_file: /own.key}\n"),
              wanted);
}

TEST(LoadTls, what_is_not_given_is_as_its_owner_has_it) {
    EXPECT_EQ(tls_with(""), TlsConfig{.ca_file = std::string(kPodCaFile)});
    EXPECT_EQ(tls_with("      tls: {server_name: api.test}\n"),
              (TlsConfig{.ca_file = std::string(kPodCaFile), .server_name = "api.test"}));
    EXPECT_EQ(explained("", "tls.ca_file"), fmt::format("{} default", kPodCaFile));
    EXPECT_EQ(explained("      tls: {verify: false}\n", "tls.verify"), "false f.yml:6");
}

TEST(LoadTls, ca_file_may_stand_alone_and_not_beside_the_block) {
    EXPECT_EQ(tls_with("      ca_file: /ca.pem\n"), TlsConfig{.ca_file = "/ca.pem"});
    EXPECT_EQ(explained("      ca_file: /ca.pem\n", "ca_file"), "/ca.pem f.yml:6");
    EXPECT_EQ(explained("      ca_file: /ca.pem\n", "tls.ca_file"), "nothing");

    EXPECT_EQ(problem_with("      ca_file: /ca.pem\n      tls: {verify: true}\n"),
              "f.yml:6:7: a.discovery.kubernetes.ca_file: \"tls\" is given too; write \"tls: "
              "{ca_file: FILE}\"");
}

TEST(LoadTls, what_cannot_be_meant_is_refused_where_it_stands) {
    EXPECT_EQ(problem_with("      tls: {cert_file: /own.pem}\n"),
              "f.yml:6:7: a.discovery.kubernetes.tls: \"cert_file\" and \"key_file\" go together; "
              "write both or none");
    EXPECT_EQ(problem_with("      tls: {servername: x}\n"),
              "f.yml:6:13: a.discovery.kubernetes.tls: \"servername\" is not a key (did you mean "
              "\"server_name\"?)");
    EXPECT_THAT(problem_with("      tls: true\n"), EndsWith("tls: is not a map of keys"));
    EXPECT_THAT(problem_with("      tls: {server_name: \"a\\nb\"}\n"),
                EndsWith("holds a control character"));
    EXPECT_THAT(problem_with("      tls: {verify: maybe}\n"), EndsWith("true or false"));
}

}  // namespace
}  // namespace ringside::config
