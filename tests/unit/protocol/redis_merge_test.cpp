#include "protocol/redis_codec.h"
#include "unit/protocol/chunked.h"

namespace ringside::protocol {
namespace {

constexpr std::string_view kMget3 = "*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n";
constexpr std::string_view kDel2 = "*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$1\r\nb\r\n";
constexpr std::string_view kExists2 = "*3\r\n$6\r\nEXISTS\r\n$1\r\na\r\n$1\r\nb\r\n";
constexpr std::string_view kMset2 =
    "*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n";

std::string merge(std::string_view request, const std::vector<std::uint32_t>& owners,
                  const std::vector<PartReply>& parts, bool failures_are_misses = false) {
    return testing::merge(redis_codec(), request, owners, parts, failures_are_misses);
}

TEST(RedisMerge, elements_stand_in_the_order_of_the_request) {
    EXPECT_EQ(merge(kMget3, {0, 1, 0}, {{"*2\r\n$1\r\nA\r\n$-1\r\n"}, {"*1\r\n$1\r\nB\r\n"}}),
              "*3\r\n$1\r\nA\r\n$1\r\nB\r\n$-1\r\n");
}

TEST(RedisMerge, numbers_are_added) {
    EXPECT_EQ(merge(kDel2, {0, 1}, {{":1\r\n"}, {":1\r\n"}}), ":2\r\n");
    EXPECT_EQ(merge(kExists2, {0, 1}, {{":0\r\n"}, {":1\r\n"}}), ":1\r\n");
}

TEST(RedisMerge, all_parts_must_say_ok) {
    EXPECT_EQ(merge(kMset2, {0, 1}, {{"+OK\r\n"}, {"+OK\r\n"}}), "+OK\r\n");
}

TEST(RedisMerge, the_first_error_is_the_whole_answer) {
    EXPECT_EQ(merge(kMget3, {0, 1, 0}, {{"*2\r\n$1\r\nA\r\n$-1\r\n"}, {"-WRONGTYPE x\r\n"}}),
              "-WRONGTYPE x\r\n");
    EXPECT_EQ(merge(kDel2, {0, 1}, {{"-READONLY x\r\n"}, {"-ERR y\r\n", true}}), "-READONLY x\r\n");
    EXPECT_EQ(merge(kMset2, {0, 1}, {{"+OK\r\n"}, {"-ERR node b: lost\r\n", true}}),
              "-ERR node b: lost\r\n");
}

TEST(RedisMerge, failed_reads_may_be_misses) {
    EXPECT_EQ(merge(kMget3, {0, 1, 0},
                    {{"*2\r\n$1\r\nA\r\n$1\r\nC\r\n"}, {"-ERR node b: lost\r\n", true}}, true),
              "*3\r\n$1\r\nA\r\n$-1\r\n$1\r\nC\r\n");
    EXPECT_EQ(merge(kExists2, {0, 1}, {{":1\r\n"}, {"-ERR lost\r\n", true}}, true), ":1\r\n");
}

TEST(RedisMerge, a_write_that_failed_is_never_reported_as_done) {
    EXPECT_EQ(merge(kMset2, {0, 1}, {{"+OK\r\n"}, {"-ERR lost\r\n", true}}, true), "-ERR lost\r\n");
    EXPECT_EQ(merge(kDel2, {0, 1}, {{":1\r\n"}, {"-ERR lost\r\n", true}}, true), "-ERR lost\r\n");
}

TEST(RedisMerge, parts_that_do_not_add_up_give_no_answer) {
    EXPECT_EQ(merge(kMget3, {0, 1, 0}, {{"*1\r\n$1\r\nA\r\n"}, {"*1\r\n$1\r\nB\r\n"}}),
              "no answer");
    EXPECT_EQ(merge(kMget3, {0, 1, 0}, {{"*2\r\n$1\r\nA\r\n$-1\r\n"}, {"*2\r\n:1\r\n:2\r\n"}}),
              "no answer");
    EXPECT_EQ(merge(kMget3, {0, 9, 0}, {{"*2\r\n$1\r\nA\r\n$-1\r\n"}, {"*0\r\n"}}), "no answer");
    EXPECT_EQ(merge(kDel2, {0, 1}, {{":1\r\n"}, {"+OK\r\n"}}), "no answer");
    EXPECT_EQ(merge(kDel2, {0, 1}, {{":1\r\n"}, {":-1\r\n"}}), "no answer");
    EXPECT_EQ(merge(kMset2, {0, 1}, {{"+OK\r\n"}, {"+QUEUED\r\n"}}), "no answer");
    EXPECT_EQ(merge(kDel2, {}, {}), "no answer");
}

}  // namespace
}  // namespace ringside::protocol
