#include "base/limits.h"
#include "protocol/memcache/codec.h"
#include "protocol/memcache/commands.h"
#include "unit/protocol/chunked.h"

#include <string>

namespace ringside::protocol {
namespace {

ReplyFrame frame(std::string_view request, std::string_view reply) {
    return testing::frame_reply(memcached(), request, reply);
}

void expect_complete(std::string_view request, std::string_view reply, bool is_error = false) {
    const ReplyFrame found = frame(request, reply);
    EXPECT_EQ(found.status, ReplyStatus::complete) << reply << found.problem;
    EXPECT_EQ(found.size, reply.size()) << reply;
    EXPECT_EQ(found.is_error(), is_error) << reply;
    // What follows belongs to the next request.
    EXPECT_EQ(frame(request, std::string(reply) + "END\r\n").size, reply.size()) << reply;
}

void expect_malformed(std::string_view request, std::string_view reply) {
    const ReplyFrame found = frame(request, reply);
    EXPECT_EQ(found.status, ReplyStatus::malformed) << reply;
    EXPECT_FALSE(found.problem.empty());
}

constexpr std::string_view kSet = "set a 0 0 1\r\nx\r\n";

TEST(MemcacheReply, a_get_is_answered_with_values_and_end) {
    expect_complete("get a\r\n", "END\r\n");
    expect_complete("get a\r\n", "VALUE a 0 3\r\nxyz\r\nEND\r\n");
    expect_complete("get a\r\n", "VALUE a 4294967295 0\r\n\r\nEND\r\n");
    expect_complete("get a\r\n", "VALUE a 0 7\r\nEND\r\n\r\n\r\nEND\r\n");
    expect_complete("get a b c\r\n", "VALUE a 0 1\r\nx\r\nVALUE c 0 1\r\nz\r\nEND\r\n");
    expect_complete("get a a\r\n", "VALUE a 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
    expect_complete("gets a\r\n", "VALUE a 0 1 18446744073709551615\r\nx\r\nEND\r\n");
}

TEST(MemcacheReply, each_command_has_its_own_answers) {
    for (const std::string_view reply :
         {"STORED\r\n", "NOT_STORED\r\n", "EXISTS\r\n", "NOT_FOUND\r\n"}) {
        expect_complete(kSet, reply);
        expect_complete("cas a 0 0 1 1\r\nx\r\n", reply);
    }
    expect_complete("delete a\r\n", "DELETED\r\n");
    expect_complete("delete a\r\n", "NOT_FOUND\r\n");
    expect_complete("touch a 1\r\n", "TOUCHED\r\n");
    expect_complete("touch a 1\r\n", "NOT_FOUND\r\n");
    expect_complete("incr a 1\r\n", "18446744073709551615\r\n");
    expect_complete("decr a 1\r\n", "9  \r\n");
    expect_complete("decr a 1\r\n", "NOT_FOUND\r\n");
    expect_complete("version\r\n", "VERSION 1.6.18\r\n");
    expect_complete("flush_all 10\r\n", "OK\r\n");
}

TEST(MemcacheReply, gat_is_answered_like_get_and_gats_like_gets) {
    expect_complete("gat 0 a b\r\n", "VALUE b 0 1\r\nx\r\nEND\r\n");
    expect_complete("gats 0 a\r\n", "VALUE a 0 1 7\r\nx\r\nEND\r\n");
    expect_malformed("gat 0 a\r\n", "VALUE 0 0 1\r\n");
    expect_malformed("gat 0 a\r\n", "VALUE a 0 1 7\r\n");
    expect_malformed("gats 0 a\r\n", "VALUE a 0 1\r\n");
}

TEST(MemcacheReply, stats_are_lines_and_end) {
    expect_complete("stats\r\n", "END\r\n");
    expect_complete("stats\r\n", "STAT pid 1\r\nSTAT version 1.6 beta\r\nSTAT empty \r\nEND\r\n");
    expect_complete("stats\r\n", "SERVER_ERROR out of memory writing stats\r\n", true);
    expect_malformed("stats\r\n", "STAT\r\n");
    expect_malformed("stats\r\n", "STAT  1\r\n");
    expect_malformed("stats\r\n", "STAT pid 1\r\nVALUE a 0 1\r\n");
    expect_malformed("stats\r\n", "OK\r\n");
    EXPECT_EQ(frame("stats\r\n", "STAT pid 1\r\n").status, ReplyStatus::need_more);
}

TEST(MemcacheReply, stats_have_a_limit) {
    std::string endless;
    while (endless.size() < base::kNodeStatsBytesMax) {
        endless += "STAT row" + std::string(1000, 'x') + " 1\r\n";
    }

    expect_malformed("stats\r\n", endless);
}

TEST(MemcacheReply, errors_are_answers_to_every_command) {
    for (const std::string_view request :
         {std::string_view("get a\r\n"), kSet, std::string_view("delete a\r\n"),
          std::string_view("incr a 1\r\n"), std::string_view("version\r\n")}) {
        expect_complete(request, "ERROR\r\n", true);
        expect_complete(request, "CLIENT_ERROR bad data chunk\r\n", true);
        expect_complete(request, "SERVER_ERROR out of memory storing object\r\n", true);
    }
    expect_complete("get a\r\n", "VALUE a 0 1\r\nx\r\nSERVER_ERROR out of memory\r\n", true);
}

TEST(MemcacheReply, an_answer_to_another_command_is_malformed) {
    expect_malformed("get a\r\n", "STORED\r\n");
    expect_malformed("get a\r\n", "5\r\n");
    expect_malformed(kSet, "END\r\n");
    expect_malformed(kSet, "VALUE a 0 1\r\n");
    expect_malformed(kSet, "DELETED\r\n");
    expect_malformed("delete a\r\n", "TOUCHED\r\n");
    expect_malformed("touch a 0\r\n", "STORED\r\n");
    expect_malformed("incr a 1\r\n", "STORED\r\n");
    expect_malformed("incr a 1\r\n", "18446744073709551616\r\n");
    expect_malformed("incr a 1\r\n", "-1\r\n");
    expect_malformed("incr a 1\r\n", "  \r\n");
    expect_malformed("version\r\n", "STORED\r\n");
    expect_malformed("flush_all\r\n", "STORED\r\n");
}

TEST(MemcacheReply, a_value_must_be_of_a_key_that_was_asked_for_in_order_and_once) {
    expect_malformed("get a\r\n", "VALUE b 0 1\r\n");
    expect_malformed("get a\r\n", "VALUE aa 0 1\r\n");
    expect_malformed("get aa\r\n", "VALUE a 0 1\r\n");
    expect_malformed("get a\r\n", "VALUE a 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
    expect_malformed("get a b\r\n", "VALUE b 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
    expect_malformed("get a b\r\n", "VALUE a b 0 1\r\n");
    expect_malformed("get a\r\n", "VALUE  0 1\r\n");
    expect_malformed("get a\r\n", "VALUE a 0 1\r\nx\r\nVALUE  0 1\r\nx\r\nEND\r\n");
}

TEST(MemcacheReply, only_gets_has_the_unique_number) {
    expect_malformed("get a\r\n", "VALUE a 0 1 5\r\n");
    expect_malformed("gets a\r\n", "VALUE a 0 1\r\n");
    expect_malformed("gets a\r\n", "VALUE a 0 1 \r\n");
    expect_malformed("gets a\r\n", "VALUE a 0 1 5 6\r\n");
    expect_malformed("gets a\r\n", "VALUE a 0 1 18446744073709551616\r\n");
    expect_malformed("get a\r\n", "VALUE a 0 1 \r\n");
}

TEST(MemcacheReply, lengths_are_checked_before_anything_is_waited_for) {
    for (const std::string_view length :
         {"1073741825", "2147483647", "2147483648", "4294967293", "4294967295", "4294967296",
          "9223372036854775808", "18446744073709551625", "-1", "+1", "", "x", "1x"}) {
        expect_malformed("get a\r\n", "VALUE a 0 " + std::string(length) + "\r\n");
    }
    EXPECT_EQ(frame("get a\r\n", "VALUE a 0 1073741824\r\n").status, ReplyStatus::need_more);
    expect_malformed("get a\r\n", "VALUE a x 1\r\n");
    expect_malformed("get a\r\n", "VALUE a 0\r\n");
    expect_malformed("get a\r\n", "VALUE a\r\n");
}

TEST(MemcacheReply, data_must_end_where_its_length_says) {
    expect_malformed("get a\r\n", "VALUE a 0 1\r\nxyz\r\nEND\r\n");
    expect_malformed("get a\r\n", "VALUE a 0 3\r\nx\r\nEND\r\n");
    expect_malformed("get a\r\n", "VALUE a 0 1\r\nx\n\nEND\r\n");
}

TEST(MemcacheReply, lines_end_in_crlf_and_have_a_limit) {
    expect_malformed("get a\r\n", "END\n");
    expect_malformed("get a\r\n", "\n");
    expect_malformed("get a\r\n", "HTTP/1.1 400 Bad Request\r\n");
    expect_malformed("version\r\n", "VERSION " + std::string(2048, 'x'));
    EXPECT_EQ(frame("get a\r\n", "EN").status, ReplyStatus::need_more);
    EXPECT_EQ(frame("get a\r\n", "VALUE a 0 1\r\nx\r\n").status, ReplyStatus::need_more);
}

TEST(MemcacheReply, errors_may_have_any_length) {
    const std::string error = "SERVER_ERROR " + std::string(70'000, 'x');

    for (const std::string_view request :
         {"get a\r\n", "set a 0 0 1\r\nx\r\n", "version\r\n", "stats\r\n"}) {
        const ReplyFrame found = frame(request, error + "\r\nEND\r\n");
        EXPECT_EQ(found.status, ReplyStatus::complete) << found.problem;
        EXPECT_EQ(found.size, error.size() + 2);
        EXPECT_EQ(found.outcome, Outcome::error);
    }
    EXPECT_EQ(frame("get a b\r\n", "VALUE a 0 1\r\nx\r\n" + error + "\r\n").outcome,
              Outcome::error);
    expect_malformed("get a\r\n", error + "\n");
    expect_malformed("get a\r\n", std::string(70'000, 'x') + "\r\n");
}

TEST(MemcacheReply, a_large_value_is_waited_for_in_one_step) {
    Resume resume;
    const CommandSpec& get = kMemcacheCommands.front();

    memcached().node().frame_reply(get, "a", "VALUE a 0 1000\r\nxy", resume);

    EXPECT_EQ(resume.need_bytes, 16U + 1000 + 2);
}

TEST(MemcacheReply, the_probe_is_answered_with_a_version) {
    Resume resume;

    const ReplyFrame good = memcached().node().frame_prelude_reply("VERSION 1\r\n", resume);
    resume = {};
    const ReplyFrame error = memcached().node().frame_prelude_reply("ERROR\r\n", resume);

    EXPECT_EQ(memcached().node().probe(), "version\r\n");
    EXPECT_EQ(good.status, ReplyStatus::complete);
    EXPECT_FALSE(good.is_error());
    EXPECT_TRUE(error.is_error());
}

}  // namespace
}  // namespace ringside::protocol
