#include "protocol/redis/keys.h"

#include "protocol/redis/codec.h"
#include "unit/protocol/chunked.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> keys_of(std::string_view line) {
    const testing::Request request = testing::frame_request(redis(), std::string(line) + "\r\n");
    EXPECT_TRUE(request.complete()) << request.frame.answer;
    return request.keys;
}

std::string refusal_of(std::string_view line) {
    const testing::Request request = testing::frame_request(redis(), std::string(line) + "\r\n");
    EXPECT_EQ(request.frame.reject, Reject::bad_arguments) << line;
    EXPECT_FALSE(request.frame.close) << line;
    return request.frame.answer;
}

TEST(RedisKeys, stand_at_fixed_positions_in_most_commands) {
    EXPECT_THAT(keys_of("HSET h f v"), ElementsAre("h"));
    EXPECT_THAT(keys_of("RENAME a b"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("LMOVE a b LEFT RIGHT"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("BITOP AND d a b"), ElementsAre("d", "a", "b"));
    EXPECT_THAT(keys_of("MSETNX a 1 b 2"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("SDIFFSTORE d a b"), ElementsAre("d", "a", "b"));
    EXPECT_THAT(keys_of("OBJECT ENCODING a"), ElementsAre("a"));
    EXPECT_THAT(keys_of("XGROUP CREATE s g $ MKSTREAM"), ElementsAre("s"));
    EXPECT_THAT(keys_of("LCS a b LEN"), ElementsAre("a", "b"));
}

TEST(RedisKeys, are_counted_where_a_word_says_how_many_there_are) {
    EXPECT_THAT(keys_of("ZUNION 2 a b WEIGHTS 1 2"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("ZINTERSTORE d 2 a b AGGREGATE MAX"), ElementsAre("d", "a", "b"));
    EXPECT_THAT(keys_of("EVAL script 1 a x y"), ElementsAre("a"));
    EXPECT_THAT(keys_of("FCALL f 2 a b"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("LMPOP 2 a b LEFT COUNT 2"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("SINTERCARD 2 a b LIMIT 1"), ElementsAre("a", "b"));
}

TEST(RedisKeys, a_count_that_does_not_fit_a_script_is_refused) {
    EXPECT_EQ(refusal_of("EVAL script -1 a"), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(refusal_of("FCALL f 99999999999999999999 a"),
              "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(refusal_of("EVALSHA_RO hash 3 a b"),
              "-ERR Number of keys can't be greater than number of args\r\n");
}

TEST(RedisKeys, a_script_may_have_none) {
    EXPECT_THAT(keys_of("EVAL script 0 x"), ElementsAre());
    EXPECT_THAT(keys_of("FCALL_RO f 0"), ElementsAre());
}

TEST(RedisKeys, any_other_count_that_does_not_fit_is_refused_by_the_node_of_the_first_word) {
    EXPECT_THAT(keys_of("ZUNION 0 a"), ElementsAre("0"));
    EXPECT_THAT(keys_of("ZUNION 3 a b"), ElementsAre("3"));
    EXPECT_THAT(keys_of("LMPOP x a LEFT"), ElementsAre("x"));
    EXPECT_THAT(keys_of("ZUNIONSTORE d 99999999999999999999 a"), ElementsAre("d"));
    EXPECT_THAT(keys_of("ZINTERSTORE d -1 a"), ElementsAre("d"));
}

TEST(RedisKeys, the_destination_of_an_option_is_a_key) {
    EXPECT_THAT(keys_of("GEORADIUS g 1 2 3 m"), ElementsAre("g"));
    EXPECT_THAT(keys_of("GEORADIUS g 1 2 3 m COUNT 1 store d"), ElementsAre("g", "d"));
    EXPECT_THAT(keys_of("GEORADIUSBYMEMBER g STORE 3 m STOREDIST d"), ElementsAre("g", "d"));
    EXPECT_THAT(keys_of("GEORADIUS g 1 2 3 m STORE c STOREDIST d"), ElementsAre("g", "d"));
    EXPECT_THAT(keys_of("SORT s LIMIT 0 5 ALPHA DESC STORE d"), ElementsAre("s", "d"));
    EXPECT_THAT(keys_of("SORT s"), ElementsAre("s"));
}

// The patterns among the keys, which are the last of them.
std::vector<std::string> patterns_of(std::string_view line) {
    const testing::Request request = testing::frame_request(redis(), std::string(line) + "\r\n");
    EXPECT_TRUE(request.complete()) << request.frame.answer;
    const auto count = static_cast<std::ptrdiff_t>(request.frame.key_patterns);
    return {request.keys.end() - count, request.keys.end()};
}

TEST(RedisKeys, the_patterns_of_sort_stand_behind_its_keys) {
    EXPECT_THAT(keys_of("SORT s BY w_* LIMIT 0 5 GET o_* STORE d"),
                ElementsAre("s", "d", "w_*", "o_*"));
    EXPECT_THAT(patterns_of("SORT s BY w_* LIMIT 0 5 GET o_* STORE d"), ElementsAre("w_*", "o_*"));
    EXPECT_THAT(patterns_of("SORT_RO s get * by *x*"), ElementsAre("*", "*x*"));
    EXPECT_THAT(patterns_of("SORT s LIMIT BY w_* STORE GET"), ElementsAre());
    EXPECT_THAT(patterns_of("GET w_*"), ElementsAre());
}

TEST(RedisKeys, a_pattern_of_sort_without_an_asterisk_names_no_key) {
    EXPECT_THAT(keys_of("SORT s BY nosort GET # GET x GET h->f GET #->f"), ElementsAre("s"));
}

TEST(RedisKeys, the_field_of_a_hash_in_a_pattern_of_sort_is_no_part_of_its_keys) {
    EXPECT_THAT(patterns_of("SORT s BY w_*->f GET o_*x->f->g"), ElementsAre("w_*", "o_*x"));
    EXPECT_THAT(patterns_of("SORT s GET o_*-> GET a->b_*"), ElementsAre("o_*->", "a->b_*"));
}

TEST(RedisKeys, of_streams_are_the_first_half_behind_the_word) {
    EXPECT_THAT(keys_of("XREAD COUNT 5 STREAMS a b 0 $"), ElementsAre("a", "b"));
    EXPECT_THAT(keys_of("XREADGROUP GROUP streams c NOACK COUNT 1 streams s >"), ElementsAre("s"));
    EXPECT_EQ(refusal_of("XREAD STREAMS a b 0"), "-ERR syntax error\r\n");
    EXPECT_EQ(refusal_of("XREAD COUNT 1 STREAMS"), "-ERR syntax error\r\n");
    EXPECT_EQ(refusal_of("XREAD NONSENSE a b"), "-ERR syntax error\r\n");
    EXPECT_THAT(refusal_of("XREAD BLOCK 0 STREAMS a 0"), ::testing::HasSubstr("BLOCK is refused"));
}

}  // namespace
}  // namespace ringside::protocol
