#include "protocol/memcache/arguments.h"

#include "protocol/memcache/commands.h"
#include "protocol/memcache/texts.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace ringside::protocol {
namespace {

// The words of `line`, which single spaces separate, under the rule of the first one's row.
ArgumentCheck check(std::string_view line, bool strict_twemproxy = false) {
    std::vector<Slice> words;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        words.push_back(
            {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
        begin = end + 1;
    }
    const MemcacheRow* row = kMemcacheIndex.find(words[0].of(line));
    return check_arguments(*row, words, line, strict_twemproxy);
}

void expect_sent(std::string_view line, std::size_t words) {
    EXPECT_EQ(check(line).reject, Reject::none) << line;
    EXPECT_EQ(check(line).words_sent, words) << line;
}

void expect_refused(std::string_view line, Reject why, std::string_view answer) {
    EXPECT_EQ(check(line).reject, why) << line;
    EXPECT_EQ(check(line).answer, answer) << line;
}

TEST(MemcacheArguments, what_is_as_it_should_be_is_sent_whole) {
    expect_sent("gat -1", 2);
    expect_sent("set k 4294967295 -1 5", 5);
    expect_sent("cas k 0 0 5 18446744073709551615", 6);
    expect_sent("incr k 18446744073709551615", 3);
    expect_sent("touch k 9223372036854775807", 3);
    expect_sent("delete k", 2);
    expect_sent("flush_all", 1);
    expect_sent("flush_all 10", 2);
    expect_sent("verbosity 1", 2);
    expect_sent("stats", 1);
    expect_sent("quit now", 2);
}

TEST(MemcacheArguments, what_memcached_ignores_is_not_sent) {
    expect_sent("delete k 0", 2);
    expect_sent("version 1 2 3", 1);
}

TEST(MemcacheArguments, each_rule_refuses_in_its_own_words) {
    expect_refused("gat x", Reject::bad_arguments, kBadExptime);
    expect_refused("set k 4294967296 0 5", Reject::bad_arguments, kBadFormat);
    expect_refused("set k 0 x 5", Reject::bad_arguments, kBadFormat);
    expect_refused("cas k 0 0 5 -1", Reject::bad_arguments, kBadFormat);
    expect_refused("decr k -1", Reject::bad_arguments, kBadDelta);
    expect_refused("touch k x", Reject::bad_arguments, kBadExptime);
    expect_refused("delete k 1", Reject::bad_arguments, kBadDelete);
    expect_refused("delete k 0 0", Reject::bad_arguments, kBadDelete);
    expect_refused("flush_all soon", Reject::bad_arguments, kBadExptime);
    expect_refused("verbosity x", Reject::bad_arguments, kBadFormat);
    expect_refused("stats items", Reject::refused_command, kStatsArguments);
    expect_refused("stats noreply", Reject::refused_command, kError);
}

TEST(MemcacheArguments, strict_refuses_what_twemproxy_does_not_read) {
    for (const std::string_view line : {"set k 0 -1 5", "delete k 0", "version x"}) {
        EXPECT_EQ(check(line).reject, Reject::none) << line;
        EXPECT_EQ(check(line, true).reject, Reject::bad_arguments) << line;
    }
}

TEST(MemcacheArguments, what_twemproxy_leaves_to_the_node_is_answered) {
    for (const std::string_view line :
         {"incr k 18446744073709551616", "touch k -", "set k 4294967296 0 5",
          "cas k 0 0 5 99999999999999999999"}) {
        EXPECT_TRUE(check(line, true).answered_if_strict) << line;
    }
    for (const std::string_view line : {"incr k 1x", "incr k 1", "set k 0 -1 5", "gat -"}) {
        EXPECT_FALSE(check(line, true).answered_if_strict) << line;
    }
}

}  // namespace
}  // namespace ringside::protocol
