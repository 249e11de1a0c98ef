#include "protocol/memcache/codec.h"
#include "unit/protocol/chunked.h"

namespace ringside::protocol {
namespace {

std::string merge(std::string_view request, const std::vector<std::uint32_t>& owners,
                  const std::vector<PartReply>& parts, bool failures_are_misses = false) {
    return testing::merge(memcached(), request, owners, parts, failures_are_misses);
}

TEST(MemcacheMerge, values_stand_in_the_order_of_the_request) {
    const std::string answer = merge(
        "get a b c\r\n", {0, 1, 0},
        {{"VALUE a 0 1\r\nA\r\nVALUE c 0 1\r\nC\r\nEND\r\n"}, {"VALUE b 0 1\r\nB\r\nEND\r\n"}});

    EXPECT_EQ(answer, "VALUE a 0 1\r\nA\r\nVALUE b 0 1\r\nB\r\nVALUE c 0 1\r\nC\r\nEND\r\n");
}

TEST(MemcacheMerge, a_key_that_was_asked_for_twice_is_answered_twice) {
    const std::string answer = merge(
        "get a b a\r\n", {1, 0, 1},
        {{"VALUE b 0 1\r\nB\r\nEND\r\n"}, {"VALUE a 0 1\r\nA\r\nVALUE a 0 1\r\nA\r\nEND\r\n"}});

    EXPECT_EQ(answer, "VALUE a 0 1\r\nA\r\nVALUE b 0 1\r\nB\r\nVALUE a 0 1\r\nA\r\nEND\r\n");
}

TEST(MemcacheMerge, misses_are_left_out) {
    EXPECT_EQ(merge("gets a b c\r\n", {0, 1, 0}, {{"VALUE c 0 1 7\r\nC\r\nEND\r\n"}, {"END\r\n"}}),
              "VALUE c 0 1 7\r\nC\r\nEND\r\n");
}

TEST(MemcacheMerge, an_error_stands_in_place_of_end_behind_the_values_that_were_found) {
    const std::string answer = merge("get a b c\r\n", {0, 1, 2},
                                     {{"VALUE a 0 1\r\nA\r\nEND\r\n"},
                                      {"SERVER_ERROR node n1: timed out\r\n", true},
                                      {"SERVER_ERROR out of memory\r\n"}});

    EXPECT_EQ(answer, "VALUE a 0 1\r\nA\r\nSERVER_ERROR node n1: timed out\r\n");
}

TEST(MemcacheMerge, failures_may_be_misses) {
    const std::string answer = merge(
        "get a b\r\n", {0, 1},
        {{"VALUE a 0 1\r\nA\r\nEND\r\n"}, {"SERVER_ERROR node n1: timed out\r\n", true}}, true);

    EXPECT_EQ(answer, "VALUE a 0 1\r\nA\r\nEND\r\n");
}

TEST(MemcacheMerge, parts_that_do_not_add_up_give_no_answer) {
    constexpr std::string_view kValue = "VALUE a 0 1\r\nA\r\nEND\r\n";

    EXPECT_EQ(merge("get a b\r\n", {0, 1}, {{"END\r\n"}, {kValue}}), "no answer");
    EXPECT_EQ(merge("get a b\r\n", {0, 1}, {{kValue}, {""}}), "no answer");
    EXPECT_EQ(merge("get a b\r\n", {0, 1}, {{kValue}, {"END\r\nEND\r\n"}}), "no answer");
    EXPECT_EQ(merge("get a b\r\n", {0, 1}, {{"VALUE a 0 9\r\nA\r\n"}, {"END\r\n"}}), "no answer");
    EXPECT_EQ(merge("get a b\r\n", {0, 7}, {{kValue}, {"END\r\n"}}), "no answer");
    EXPECT_EQ(merge("delete a\r\n", {0}, {{"DELETED\r\n"}}), "no answer");
}

TEST(MemcacheMerge, gats_merges_as_gets) {
    EXPECT_EQ(merge("gats 9 a b\r\n", {1, 0},
                    {{"VALUE b 0 1 8\r\nB\r\nEND\r\n"}, {"VALUE a 0 1 7\r\nA\r\nEND\r\n"}}),
              "VALUE a 0 1 7\r\nA\r\nVALUE b 0 1 8\r\nB\r\nEND\r\n");
}

TEST(MemcacheMerge, all_nodes_are_empty_only_if_each_says_so) {
    EXPECT_EQ(merge("flush_all\r\n", {}, {{"OK\r\n"}, {"OK\r\n"}}), "OK\r\n");
    EXPECT_EQ(merge("flush_all\r\n", {}, {{"OK\r\n"}, {"ERROR\r\n"}}), "ERROR\r\n");
    EXPECT_EQ(merge("flush_all\r\n", {},
                    {{"OK\r\n"}, {"SERVER_ERROR lost: node b\r\n", true}, {"ERROR\r\n"}}, true),
              "SERVER_ERROR lost: node b\r\n");
    EXPECT_EQ(merge("flush_all\r\n", {}, {{"OK\r\n"}, {"STORED\r\n"}}), "no answer");
    EXPECT_EQ(merge("flush_all\r\n", {}, {{"OK\r\nOK\r\n"}}), "no answer");
}

}  // namespace
}  // namespace ringside::protocol
