// SORT with BY and GET patterns over several nodes: as by one redis-server where the hash_tag tells
// the node of the keys, refused where it does not.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A list and what its elements stand for, all with one tag.
constexpr std::array<std::string_view, 9> kData{
    "RPUSH {t}list 3 1 2", "MSET {t}w_1 30 {t}w_2 20 {t}w_3 10",
    "SET {t}name_1 one",   "SET {t}name_2 two",
    "SET {t}name_3 three", "HSET {t}h_1 f 2 g x",
    "HSET {t}h_2 f 3 g y", "HSET {t}h_3 f 1 g z",
    "SET {t}w_1-> arrow",
};

class RedisSort : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const std::string_view line : kData) {
            expect_same(line);
        }
    }

    void expect_same(std::string_view line) {
        EXPECT_EQ(ask(client_, words_of(line)).raw, ask(direct_, words_of(line)).raw) << line;
    }

    RedisNode reference_;
    Client direct_ = reference_.client();
    std::array<RedisNode, 4> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"redis: true", "hash_tag: \"{}\""})}};
    Client client_{port_};
};

TEST_F(RedisSort, finds_by_a_tag_what_a_pattern_names) {
    for (const std::string_view line : {
             "SORT {t}list BY {t}w_*",
             "SORT_RO {t}list BY {t}w_* GET # GET {t}name_*",
             "SORT {t}list BY {t}h_*->f GET {t}h_*->g DESC",
             "SORT {t}list BY nosort GET {t}w_*->",
             "SORT {t}list BY {t}w_* GET {t}name_* STORE {t}sorted",
             "LRANGE {t}sorted 0 -1",
         }) {
        expect_same(line);
    }
}

TEST_F(RedisSort, may_have_patterns_that_name_no_key) {
    for (const std::string_view line : {
             "SORT {t}list BY nosort",
             "SORT {t}list BY # GET #",
             "SORT {t}list BY x->f GET none GET #->f",
         }) {
        expect_same(line);
    }
}

TEST_F(RedisSort, is_refused_where_a_pattern_may_name_keys_of_other_nodes) {
    EXPECT_EQ(ask(client_, words_of("SORT {t}list BY w_* GET {t}w_*")).raw,
              "-CROSSSLOT the pattern 'w_*' of SORT may name keys of several nodes; begin it with "
              "the tag of its keys, '{tag}'\r\n");
    EXPECT_THAT(ask(client_, words_of("SORT_RO {t}list BY {w_*}")).raw,
                StartsWith("-CROSSSLOT the pattern '{w_*}' of SORT_RO may name"));
    EXPECT_THAT(ask(client_, words_of("SORT {t}list STORE {t}s GET w_*->{t}")).raw,
                StartsWith("-CROSSSLOT the pattern 'w_*' of SORT may name"));
    EXPECT_THAT(ask(client_, {"INFO"}).text, HasSubstr("rejected_requests:3\r\n"));
}

TEST(RedisSortWithoutTags, tells_what_to_do) {
    std::array<RedisNode, 2> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true"})});
    Client client(port);

    EXPECT_EQ(ask(client, words_of("SORT list BY w_*")).raw,
              "-CROSSSLOT the pattern 'w_*' of SORT may name keys of several nodes; give the pool "
              "a hash_tag, and these keys a common tag in front of the asterisk\r\n");
}

TEST(RedisSortOnOneNode, may_have_any_pattern) {
    std::array<RedisNode, 1> nodes;
    const std::uint16_t port = free_port();
    Proxy proxy({.pools = pool_before(nodes, port, {"redis: true"})});
    Client client(port);
    ask(client, words_of("RPUSH list 1 2"));
    ask(client, words_of("MSET w_1 2 w_2 1"));

    EXPECT_EQ(ask(client, words_of("SORT list BY w_* GET w_*")).raw,
              "*2\r\n" + bulk("1") + bulk("2"));
}

}  // namespace
}  // namespace ringside::testing
