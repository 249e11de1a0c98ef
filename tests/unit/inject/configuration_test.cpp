#include "inject/configuration.h"

#include "unit/inject/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::inject {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Wishes pools(std::string_view text) {
    Wishes wishes;
    wishes.pools = yaml(text);
    return wishes;
}

Wishes verbatim(std::string_view text) {
    Wishes wishes;
    wishes.config = text;
    return wishes;
}

Configuration made(const Wishes& wishes, const Template& injected = memcached()) {
    auto configuration = make_configuration(injected, wishes);
    EXPECT_TRUE(configuration) << configuration.error().message;
    return configuration ? std::move(*configuration) : Configuration();
}

std::string error_of(const Wishes& wishes, const Template& injected = memcached()) {
    const auto configuration = make_configuration(injected, wishes);
    return configuration ? "made" : configuration.error().message;
}

TEST(Configuration, is_that_of_the_process_and_the_pools) {
    const Configuration result = made(pools(
        "{old-cache: {port: 11211, timeout: 400, servers: ['10.0.0.1:11211:1']}, s: {socket: true, "
        "env: SESSIONS, redis: true, servers: ['r:6379:1']}}"));

    EXPECT_EQ(result.text, R"(ringside:
  admin: "127.0.0.1:22221"
  drain:
    grace: 0s
    limit: 10s
  log_format: json
  probes: "0.0.0.0:22220"
  state_dir: /var/lib/ringside
  stats: "off"
  workers: 1
old-cache:
  listen: "127.0.0.1:11211"
  timeout: 400
  servers:
  - "10.0.0.1:11211:1"
s:
  listen: /run/ringside/s.sock 0666
  redis: true
  servers:
  - r:6379:1
)");
    EXPECT_THAT(result.addresses,
                ElementsAre(PoolAddress{"s", "SESSIONS", "", 0, "/run/ringside/s.sock"},
                            PoolAddress{"old-cache", "OLD_CACHE", "127.0.0.1", 11211, ""}));
    EXPECT_EQ(result.admin, "127.0.0.1:22221");
    EXPECT_EQ(result.probes_port, 22220);
    EXPECT_THAT(result.ports, ElementsAre(22220, 22221, 11211));
    EXPECT_TRUE(result.has_socket);
    EXPECT_FALSE(result.watches_kubernetes);
    EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(Configuration, pools_of_the_injector_are_chosen_by_name) {
    const Template two = template_with(
        "{a: {port: 1, servers: ['h:1:1']}, sessions: {port: 2, servers: ['h:1:1']}}");
    Wishes wishes;
    wishes.pool_names = {"sessions"};
    const Configuration result = made(wishes, two);
    wishes.pool_names = {"sesions"};

    ASSERT_EQ(result.addresses.size(), 1u);
    EXPECT_EQ(result.addresses[0].pool, "sessions");
    EXPECT_EQ(error_of(wishes, two),
              "ringside.dev/pools: the injector has no pool \"sesions\" (did you mean "
              "\"sessions\"?)");
}

TEST(Configuration, ports_of_the_process_move) {
    Wishes wishes;
    wishes.probes_port = 8080;
    wishes.admin_port = 9090;

    const Configuration result = made(wishes);

    EXPECT_EQ(result.probes_port, 8080);
    EXPECT_EQ(result.admin, "127.0.0.1:9090");
    EXPECT_THAT(result.text, HasSubstr("0.0.0.0:8080"));
}

TEST(Configuration, a_plain_sidecar_drains_otherwise) {
    Wishes wishes;
    wishes.native = false;

    EXPECT_THAT(made(wishes).text, HasSubstr("grace: 5s"));
    EXPECT_THAT(made({}).text, HasSubstr("grace: 0s"));
}

TEST(Configuration, a_source_in_kubernetes_is_noticed_in_any_place) {
    EXPECT_TRUE(made(pools("{a: {port: 1, discovery: {kubernetes: {service: s, port: p}}}}"))
                    .watches_kubernetes);
    EXPECT_TRUE(made(pools("{a: {port: 1, identity: address, discovery: [{dns: {name: 'h:1'}}, "
                           "{kubernetes: {service: s, port: p}}]}}"))
                    .watches_kubernetes);
}

TEST(Configuration, what_is_wrong_with_pools_names_pool_key_and_rule) {
    for (const auto& [text, error] : {
             std::pair{"{a: {servers: ['h:1:1']}}", "a needs one of port and socket: true"},
             {"{a: {port: 1, socket: true}}", "a needs one of port and socket: true"},
             {"{a: {socket: 1}}", "a.socket: is neither true nor false"},
             {"{a: {port: 0}}", "a.port: is no number from 1 to 65535"},
             {"{a: {port: '80'}}", "a.port: is no number from 1 to 65535"},
             {"{a: 1}", "a: is no map of keys"},
             {"{A: {port: 1}}", "\"A\" is no name of a pool here"},
             {"{ringside: {port: 1}}", "\"ringside\" is no name of a pool here"},
             {"{a: {port: 1, env: 1a}}", "a.env: is not the beginning"},
             {"{a: {port: 1, listen: '127.0.0.1:1'}}", "a.listen: write port, or socket: true"},
             {"{a: {port: 1, redis: true, redis_auth: x}}", "a.redis_auth: is a password"},
             {"{a: {port: 1}}", "a: neither \"servers\" nor \"discovery\""},
             {"{a: {port: 1, servers: ['h:1:1'], timeuot: 1}}", "(did you mean \"timeout\"?)"},
             {"{a: {port: 22220, servers: ['h:1:1']}}", "port 22220 is given twice"},
             {"{a: {port: 1, servers: ['h:1:1']}, b: {port: 1, servers: ['h:1:1']}}", "b.listen"},
             {"{a: {port: 1, env: X, servers: ['h:1:1']}, b: {port: 2, env: X, servers: "
              "['h:1:1']}}",
              "a and b have the same variables, X_..."},
         }) {
        EXPECT_THAT(error_of(pools(text)), HasSubstr(error)) << text;
        EXPECT_THAT(error_of(pools(text)), ::testing::StartsWith("ringside.dev/pools: "));
    }
}

TEST(Configuration, without_pools_there_is_none) {
    const auto configuration = make_configuration(template_with("{}"), {});

    ASSERT_FALSE(configuration);
    EXPECT_EQ(configuration.error().code, base::Errc::not_found);
}

TEST(Configuration, a_whole_one_is_taken_as_it_is) {
    const std::string text = R"(# mine
ringside: {probes: "0.0.0.0:8080", admin: "127.0.0.1:9090", stats: "off"}
cache: {listen: "localhost:11211", servers: ["h:1:1"]}
six: {listen: "[::1]:11212", servers: ["h:1:1"]}
own: {listen: "/tmp/own.sock", servers: ["h:1:1"]}
1st: {listen: "/run/ringside/first.sock 0666", servers: ["h:1:1"]}
)";

    const Configuration result = made(verbatim(text));

    EXPECT_EQ(result.text, text);
    EXPECT_THAT(result.addresses,
                ElementsAre(PoolAddress{"1st", "", "", 0, "/run/ringside/first.sock"},
                            PoolAddress{"six", "SIX", "::1", 11212, ""},
                            PoolAddress{"cache", "CACHE", "127.0.0.1", 11211, ""}));
    EXPECT_EQ(result.probes_port, 8080);
    EXPECT_EQ(result.admin, "127.0.0.1:9090");
    EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("pool 1st gets no variables"),
                                             HasSubstr("pool own listens on /tmp/own.sock")));
}

TEST(Configuration, what_is_wrong_with_a_whole_one_names_line_and_key) {
    for (const auto& [text, error] : {
             std::pair{"", "ringside.dev/config: the file is empty"},
             {"a:\n  listen: 127.0.0.1:1\n  timeout: x\n",
              "ringside.dev/config:3:12: a.timeout: \"x\""},
             {"a: {listen: '127.0.0.1:1', servers: ['h:1:1']}",
              "ringside.dev/config: ringside.probes: the kubelet asks the pod's address"},
             {"ringside: {probes: '127.0.0.1:2'}\na: {listen: '127.0.0.1:1', servers: ['h:1:1']}",
              "ringside.probes"},
             {"ringside: {probes: '0.0.0.0:2'}\na: {listen: '127.0.0.1:1', servers: ['h:1:1'], "
              "redis: true, redis_auth: x}",
              "a.redis_auth: is a password"},
             {"ringside: {probes: '0.0.0.0:1'}\na: {listen: '127.0.0.1:1', servers: ['h:1:1']}",
              "port 1 is given twice"},
         }) {
        EXPECT_THAT(error_of(verbatim(text)), HasSubstr(error)) << text;
    }
}

TEST(Configuration, files_that_it_names_are_those_of_the_pod) {
    const Configuration result = made(
        pools("{a: {port: 1, redis: true, redis_auth_file: /no/such/file, servers: ['h:1:1']}}"));

    EXPECT_THAT(result.text, HasSubstr("redis_auth_file: /no/such/file"));
}

TEST(Configuration, one_in_a_config_map_leaves_variables_to_the_annotation) {
    Wishes wishes = pools("{a: {port: 11211, env: MEMCACHED}, b: {socket: true}}");
    wishes.config_map = "shop";
    const Configuration result = made(wishes);
    Wishes none;
    none.config_secret = "shop";
    wishes.pools = yaml("{a: {port: 1, timeout: 5}}");

    EXPECT_EQ(result.text, "");
    EXPECT_THAT(result.addresses,
                ElementsAre(PoolAddress{"a", "MEMCACHED", "127.0.0.1", 11211, ""},
                            PoolAddress{"b", "B", "", 0, "/run/ringside/b.sock"}));
    EXPECT_TRUE(result.has_socket);
    EXPECT_THAT(made(none).addresses, IsEmpty());
    EXPECT_THAT(made(none).warnings, ElementsAre(HasSubstr("is told of no pool")));
    EXPECT_EQ(
        error_of(wishes),
        "ringside.dev/pools: a.\"timeout\": would be ignored, as the configuration is that of "
        "a ConfigMap or Secret");
}

}  // namespace
}  // namespace ringside::inject
