// Sources that ask DNS, and nameservers, as the configuration has them.
#include "config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace ringside::config {
namespace {

using base::milliseconds;

TEST(LoadDns, dns_takes_one_name_or_several) {
    const auto config = load_text(
        "a:\n  listen: /a\n  discovery: {dns: {name: 'c.example.:11211'}}\n"
        "b:\n  listen: /b\n  discovery:\n    dns: {names: ['c.example:1', d:2], family: both, "
        "ttl_min: 1s, ttl_max: 2s, timeout: 3s}\n",
        "f.yml");

    ASSERT_TRUE(config);
    const auto& one = std::get<DnsSource>(config->pools[0].source);
    EXPECT_EQ(one.names, (std::vector<routing::Address>{{"c.example.", 11211}}));
    EXPECT_EQ(one.family, DnsFamily::prefer_ipv4);
    EXPECT_EQ(one.times,
              (DnsTimes{milliseconds(5'000), milliseconds(300'000), milliseconds(5'000)}));
    const auto& several = std::get<DnsSource>(config->pools[1].source);
    EXPECT_EQ(several.names, (std::vector<routing::Address>{{"c.example", 1}, {"d", 2}}));
    EXPECT_EQ(several.family, DnsFamily::both);
    EXPECT_EQ(several.times,
              (DnsTimes{milliseconds(1'000), milliseconds(2'000), milliseconds(3'000)}));
    const auto shown =
        std::find_if(config->explanation.begin(), config->explanation.end(),
                     [](const auto& setting) { return setting.path == "b.discovery.dns.names"; });
    ASSERT_NE(shown, config->explanation.end());
    EXPECT_EQ(shown->value, "c.example:1, d:2");
}

TEST(LoadDns, srv_takes_the_name_of_a_service) {
    const auto config = load_text(
        "a:\n  listen: /a\n  discovery: {srv: {name: _m._tcp.a.example., weights: true}}\n", "f");

    ASSERT_TRUE(config);
    EXPECT_EQ(std::get<SrvSource>(config->pools[0].source),
              (SrvSource{.name = "_m._tcp.a.example.", .weights = true, .times = {}}));
}

TEST(LoadDns, resolvers_is_another_word_for_nameservers) {
    const std::string pool = "a: {listen: /a, servers: ['h:1:1']}\n";

    const auto config = load_text("ringside:\n  resolvers: [\"127.0.0.1:5353\"]\n" + pool, "f");
    const auto both = load_text(
        "ringside:\n  nameservers: 1.1.1.1:53\n  resolvers: [\"127.0.0.1:5353\"]\n" + pool, "f");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->process.nameservers, (std::vector<routing::Address>{{"127.0.0.1", 5353}}));
    ASSERT_FALSE(both);
    EXPECT_EQ(both.error().message,
              "f:3:3: ringside.resolvers: \"nameservers\" is given too, which is the same; write "
              "one of the two");
}

TEST(LoadDns, nameservers_may_be_a_list) {
    const std::string pool = "a: {listen: /a, servers: ['h:1:1']}\n";
    const auto line = load_text("ringside: {nameservers: '1.1.1.1:53, [::1]:53'}\n" + pool, "f");
    const auto list =
        load_text("ringside: {nameservers: ['1.1.1.1:53', '[::1]:53']}\n" + pool, "f");

    ASSERT_TRUE(line && list);
    EXPECT_EQ(line->process.nameservers.size(), 2U);
    EXPECT_EQ(line->process.nameservers, list->process.nameservers);
}

struct DnsRefusal {
    std::string yaml;
    std::string message;
};

std::vector<DnsRefusal> dns_refusals() {
    const std::string head = "a:\n  listen: 127.0.0.1:1\n";
    return {
        {head + "  discovery: {srv: {weights: true}}\n",
         "f.yml:3:15: a.discovery.srv: \"name\" is missing; write 1..254 bytes"},
        {head + "  discovery: {srv: {name: '_m._tcp.a:1'}}\n",
         "f.yml:3:27: a.discovery.srv.name: \"_m._tcp.a:1\" is not the name of a service"},
        {head + "  discovery: {srv: {name: _m._tcp.a, ttl_min: 10s, ttl_max: 9s}}\n",
         "f.yml:3:15: a.discovery.srv: \"ttl_min\" is above \"ttl_max\""},
        {head + "  discovery: {dns: {}}\n",
         "f.yml:3:15: a.discovery.dns: \"name\" or \"names\" is missing"},
        {head + "  discovery: {dns: {name: 'c:1', names: ['d:1']}}\n",
         "f.yml:3:34: a.discovery.dns.names: \"name\" is given too; write one of the two"},
        {head + "  discovery: {dns: {name: c}}\n",
         "f.yml:3:27: a.discovery.dns.name: \"c\" is not \"HOST:PORT\""},
        {head + "  discovery: {dns: {name: '10.0.0.1:1'}}\n",
         "f.yml:3:27: a.discovery.dns.name: \"10.0.0.1\" is not the name of a host"},
        {head + "  discovery: {dns: {name: 'a..b:1'}}\n",
         "f.yml:3:27: a.discovery.dns.name: \"a..b\" is not the name of a host"},
        {head + "  discovery: {dns: {name: 'a:1, b:1'}}\n",
         "f.yml:3:27: a.discovery.dns.name: 2 names are out of range 1..1"},
        {head + "  discovery: {dns: {names: []}}\n",
         "f.yml:3:28: a.discovery.dns.names: is not one value; write a list of HOST:PORT"},
        {head + "  discovery: {dns: {names: [a: 1]}}\n",
         "f.yml:3:29: a.discovery.dns.names: is not one value; write a list of HOST:PORT"},
        {head + "  discovery: {dns: {name: 'c:1', ttl_min: 10s, ttl_max: 9s}}\n",
         "f.yml:3:15: a.discovery.dns: \"ttl_min\" is above \"ttl_max\""},
        {head + "  discovery: {dns: {name: 'c:1', family: ipv5}}\n",
         "f.yml:3:42: a.discovery.dns.family: \"ipv5\" is not one of prefer_ipv4, prefer_ipv6, "
         "ipv4, ipv6, both (did you mean \"ipv4\"?)"},
    };
}

TEST(LoadDns, refuses_with_file_line_path_and_rule) {
    for (const DnsRefusal& refusal : dns_refusals()) {
        const auto config = load_text(refusal.yaml, "f.yml");

        ASSERT_FALSE(config) << refusal.yaml;
        EXPECT_EQ(config.error().message, refusal.message);
    }
}

}  // namespace
}  // namespace ringside::config
