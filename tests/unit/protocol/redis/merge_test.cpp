#include "protocol/redis/codec.h"
#include "unit/protocol/chunked.h"

namespace ringside::protocol {
namespace {

constexpr std::string_view kMget3 = "*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n";
constexpr std::string_view kDel2 = "*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$1\r\nb\r\n";
constexpr std::string_view kExists2 = "*3\r\n$6\r\nEXISTS\r\n$1\r\na\r\n$1\r\nb\r\n";
constexpr std::string_view kMset2 =
    "*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n";

constexpr std::string_view kPfcount2 = "PFCOUNT a b\r\n";

std::string merge(std::string_view request, const std::vector<std::uint32_t>& owners,
                  const std::vector<PartReply>& parts, bool failures_are_misses = false) {
    return testing::merge(redis(), request, owners, parts, failures_are_misses);
}

struct Manner {
    bool failures_are_misses = false;
    bool strict_twemproxy = false;
    Dialect dialect = Dialect::standard;
};

std::string merge(Manner manner, std::string_view request, const std::vector<std::uint32_t>& owners,
                  const std::vector<PartReply>& parts) {
    const testing::Request asked = testing::frame_request(redis(), request);
    base::ByteBuffer out;
    const bool merged = redis().client.merge({.command = *asked.frame.command,
                                              .expectation = {},
                                              .owners = owners,
                                              .parts = parts,
                                              .failures_are_misses = manner.failures_are_misses,
                                              .strict_twemproxy = manner.strict_twemproxy,
                                              .dialect = manner.dialect},
                                             out);
    return merged ? std::string(out.view()) : "no answer";
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

TEST(RedisMerge, in_resp3_a_missing_element_is_its_null) {
    EXPECT_EQ(merge({.failures_are_misses = true, .dialect = Dialect::resp3}, kMget3, {0, 1, 0},
                    {{"*2\r\n$1\r\nA\r\n_\r\n"}, {"-ERR lost\r\n", true}}),
              "*3\r\n$1\r\nA\r\n_\r\n_\r\n");
}

TEST(RedisMerge, strictly_an_error_of_a_node_is_an_invalid_argument) {
    const Manner strict{.strict_twemproxy = true};

    EXPECT_EQ(merge(strict, kDel2, {0, 1}, {{":1\r\n"}, {"-READONLY x\r\n"}}),
              "-ERR Invalid argument\r\n");
    EXPECT_EQ(merge(strict, kDel2, {0, 1}, {{":1\r\n"}, {"-ERR node b: lost\r\n", true}}),
              "-ERR node b: lost\r\n");
}

TEST(RedisMerge, hyperloglogs_are_counted_together) {
    const std::string three = "$27\r\nHYLL\x01" + std::string(10, '\0') +
                              "\x80\x60\xf3\x80\x50\xb1\x84\x4b\xfb\x80\x42\x5a\r\n";
    const std::string corrupt = "$16\r\nHYLL\x01" + std::string(10, '\0') + "\x80\r\n";

    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{three}, {three}}), ":3\r\n");
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{three}, {"$-1\r\n"}}), ":3\r\n");
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{"_\r\n"}, {three}}), ":3\r\n");
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{three}, {"$4\r\ntext\r\n"}}),
              "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n");
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{three}, {corrupt}}),
              "-INVALIDOBJ Corrupted HLL object detected\r\n");
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{three}, {"-ERR lost\r\n", true}}, true), ":3\r\n");
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{three}, {":3\r\n"}}), "no answer");
}

TEST(RedisMerge, a_wrong_type_is_never_a_miss) {
    EXPECT_EQ(merge(kPfcount2, {0, 1}, {{"$-1\r\n"}, {"-WRONGTYPE x\r\n"}}, true),
              "-WRONGTYPE x\r\n");
}

TEST(RedisMerge, a_script_is_loaded_if_one_node_has_it) {
    constexpr std::string_view kLoad = "SCRIPT LOAD x\r\n";

    EXPECT_EQ(merge(kLoad, {}, {{"$1\r\nh\r\n"}, {"$1\r\nh\r\n"}}), "$1\r\nh\r\n");
    EXPECT_EQ(merge(kLoad, {}, {{"-ERR lost\r\n", true}, {"-OOM x\r\n"}, {"$1\r\nh\r\n"}}),
              "$1\r\nh\r\n");
    EXPECT_EQ(merge(kLoad, {}, {{"-ERR bad\r\n"}, {"-ERR lost\r\n", true}}), "-ERR bad\r\n");
}

TEST(RedisMerge, a_script_exists_if_every_node_has_it) {
    constexpr std::string_view kExists = "SCRIPT EXISTS a b c\r\n";
    constexpr std::string_view kTwo = "*3\r\n:1\r\n:0\r\n:1\r\n";

    EXPECT_EQ(merge(kExists, {}, {{kTwo}}), kTwo);
    EXPECT_EQ(merge(kExists, {}, {{kTwo}, {"*3\r\n:1\r\n:1\r\n:0\r\n"}}),
              "*3\r\n:1\r\n:0\r\n:0\r\n");
    EXPECT_EQ(merge(kExists, {}, {{"-ERR lost\r\n", true}, {kTwo}}), "*3\r\n:0\r\n:0\r\n:0\r\n");
    EXPECT_EQ(merge(kExists, {}, {{"-ERR a\r\n"}, {"-ERR b\r\n"}}), "-ERR a\r\n");
    EXPECT_EQ(merge(kExists, {}, {{kTwo}, {"*2\r\n:1\r\n:1\r\n"}}), "no answer");
    EXPECT_EQ(merge(kExists, {}, {{kTwo}, {"+OK\r\n"}}), "no answer");
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
