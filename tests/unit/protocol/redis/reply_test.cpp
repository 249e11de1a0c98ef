#include "protocol/redis/codec.h"
#include "protocol/redis/resp.h"
#include "unit/protocol/chunked.h"

#include <string>
#include <vector>

namespace ringside::protocol {
namespace {

// Any type may answer it.
constexpr std::string_view kEval = "*4\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$1\r\n1\r\n$1\r\na\r\n";
constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
constexpr std::string_view kMget = "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n";
constexpr std::string_view kDel = "*2\r\n$3\r\nDEL\r\n$1\r\na\r\n";
constexpr std::string_view kMset = "*3\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\nb\r\n";

ReplyFrame frame(std::string_view request, std::string_view reply,
                 LinkKind kind = LinkKind::resp3) {
    return testing::frame_reply(redis(), request, reply, kind);
}

void expect_complete(std::string_view request, std::string_view reply, bool is_error = false) {
    const ReplyFrame found = frame(request, std::string(reply) + "+OK\r\n");
    EXPECT_EQ(found.status, ReplyStatus::complete) << reply << found.problem;
    EXPECT_EQ(found.size, reply.size()) << reply;
    EXPECT_EQ(found.is_error(), is_error) << reply;
}

void expect_malformed(std::string_view request, std::string_view reply) {
    const ReplyFrame found = frame(request, reply);
    EXPECT_EQ(found.status, ReplyStatus::malformed) << reply;
    EXPECT_FALSE(found.problem.empty());
}

TEST(RespReply, an_error_says_whether_the_node_is_a_replica) {
    constexpr std::string_view kSet = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n";

    EXPECT_TRUE(
        frame(kSet, "-READONLY You can't write against a read only replica.\r\n").is_readonly);
    EXPECT_FALSE(frame(kEval,
                       "-READONLY You can't write against a read only "
                       "replica. script: 1\r\n")
                     .is_readonly)
        << "a script may say so of itself";
    EXPECT_FALSE(frame(kSet, "-READONLYX\r\n").is_readonly);
    EXPECT_FALSE(frame(kSet, "-ERR READONLY \r\n").is_readonly);
    EXPECT_FALSE(frame(kEval, "+READONLY \r\n").is_readonly);
}

TEST(RespReply, every_value_of_resp2_is_framed) {
    expect_complete(kEval, "+OK\r\n");
    expect_complete(kEval, "+\r\n");
    expect_complete(kEval, ":0\r\n");
    expect_complete(kEval, ":-9223372036854775808\r\n");
    expect_complete(kEval, "$0\r\n\r\n");
    expect_complete(kEval, "$7\r\n+OK\r\n:1\r\n");
    expect_complete(kEval, "$-1\r\n");
    expect_complete(kEval, "*0\r\n");
    expect_complete(kEval, "*-1\r\n");
    expect_complete(kEval, "*2\r\n$1\r\nx\r\n*2\r\n:1\r\n*1\r\n+y\r\n");
    expect_complete(kEval, "*3\r\n*0\r\n*-1\r\n$-1\r\n");
}

TEST(RespReply, every_value_of_resp3_is_framed) {
    expect_complete(kEval, "_\r\n");
    expect_complete(kEval, "#t\r\n");
    expect_complete(kEval, ",1.5e10\r\n");
    expect_complete(kEval, "(3492890328409238509324850943850943825024385\r\n");
    expect_complete(kEval, "=7\r\ntxt:abc\r\n");
    expect_complete(kEval, "!5\r\nERR x\r\n", true);
    expect_complete(kEval, "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n");
    expect_complete(kEval, "~2\r\n:1\r\n:2\r\n");
}

TEST(RespReply, errors_are_answers_to_every_command) {
    for (const std::string_view request : {kEval, kGet, kMget, kDel, kMset}) {
        expect_complete(request, "-ERR something\r\n", true);
        expect_complete(request, "-MOVED 3999 127.0.0.1:6381\r\n", true);
        expect_complete(request, "-LOADING\r\n", true);
    }
}

TEST(RespReply, an_error_inside_an_array_is_an_element_where_a_script_answers) {
    expect_complete(kEval, "*2\r\n-ERR x\r\n$1\r\ny\r\n");
    expect_complete(kEval, "*1\r\n!5\r\nERR x\r\n");

    expect_malformed(kMget, "*2\r\n-ERR x\r\n$1\r\ny\r\n");
    expect_malformed("XRANGE x - +\r\n", "*1\r\n-ERR x\r\n");
}

TEST(RespReply, lengths_are_checked_before_anything_is_waited_for) {
    for (const std::string_view length :
         {"1073741825", "4294967299", "9223372036854775808", "18446744073709551616", "-2", "+1",
          "01", "", "x", "1x", "-0"}) {
        expect_malformed(kEval, "$" + std::string(length) + "\r\n");
    }
    for (const std::string_view count :
         {"2147483648", "4294967297", "9223372036854775808", "-2", "+1", "01", "", "x"}) {
        expect_malformed(kEval, "*" + std::string(count) + "\r\n");
    }
    expect_malformed(kEval, "%1073741824\r\n");
    expect_malformed(kEval, "%-1\r\n");
    expect_malformed(kEval, "=-1\r\n");
    EXPECT_EQ(frame(kEval, "*2147483647\r\n").status, ReplyStatus::need_more);
}

TEST(RespReply, lengths_have_as_many_digits_as_they_need) {
    for (const std::size_t size : {0, 9, 10, 99, 100, 999, 1'000, 9'999, 10'000, 99'999}) {
        expect_complete(kEval,
                        "$" + std::to_string(size) + "\r\n" + std::string(size, 'v') + "\r\n");
    }
    expect_malformed(kEval, "$0005\r\nhello\r\n");
    expect_malformed(kEval, "$5\rxhello\r\n");
    expect_malformed(kEval, "$5000\n\rhello\r\n");
}

TEST(RespReply, what_no_node_sends_unasked_is_malformed) {
    expect_malformed(kEval, ">2\r\n+message\r\n+x\r\n");
    expect_malformed(kEval, "|1\r\n+ttl\r\n:1\r\n+x\r\n");
    expect_malformed(kEval, "*1\r\n>1\r\n");
    expect_malformed(kEval, "HTTP/1.1 400 Bad Request\r\n");
    expect_malformed(kEval, "STORED\r\n");
    expect_malformed(kEval, "\r\n");
    expect_malformed(kEval, "$?\r\n");
}

TEST(RespReply, broken_ends_are_malformed) {
    expect_malformed(kEval, "$1\r\nxyz");
    expect_malformed(kEval, "+OK\n");
    expect_malformed(kEval, ":1\n");
    expect_malformed(kEval, ":x\r\n");
    expect_malformed(kEval, ":1.5\r\n");
}

TEST(RespReply, nesting_may_have_any_depth) {
    const auto nested = [](int depth, std::string_view header) {
        std::string reply;
        for (int i = 0; i < depth; ++i) {
            reply += header;
        }
        return reply;
    };

    for (const int depth : {2, 128, 129, 1'000}) {
        expect_complete(kEval, nested(depth, "*1\r\n") + ":1\r\n");
        expect_complete(kEval, nested(depth, "*2\r\n:1\r\n") + "$1\r\nx\r\n");
        expect_complete(kEval, nested(depth, "%1\r\n+k\r\n") + "_\r\n");
        expect_complete(kEval, "*2\r\n" + nested(depth, "~1\r\n") + "*0\r\n*-1\r\n");
    }
    Resume resume;
    EXPECT_EQ(skip_resp_value(nested(1'000'000, "*1\r\n"), resume).status, ReplyStatus::need_more);
}

TEST(RespReply, lines_may_have_any_length) {
    const std::string text(70'000, 'x');

    expect_complete(kEval, "+" + text + "\r\n");
    expect_complete(kEval, "(" + std::string(70'000, '9') + "\r\n");
    expect_complete(kEval, "*3\r\n:1\r\n+" + text + "\r\n-ERR " + text + "\r\n");
    for (const std::string_view request : {kEval, kGet, kMget, kDel, kMset}) {
        expect_complete(request, "-ERR " + text + "\r\n", true);
    }
    expect_malformed(kEval, "+" + text + "\n");
    expect_malformed(kGet, "+" + text + "\r\n");
    EXPECT_EQ(frame("TYPE a\r\n", "+" + text + "\r\n").outcome, Outcome::ok);
}

TEST(RespReply, of_a_long_line_only_the_last_byte_is_kept) {
    const std::string piece = "-ERR " + std::string(1'000, 'x');
    Resume resume;

    const RespValue value = skip_resp_value(piece, resume);

    EXPECT_EQ(value.status, ReplyStatus::need_more);
    EXPECT_EQ(resume.droppable_bytes(piece.size()), piece.size() - 1);
}

TEST(RespReply, nothing_is_passed_twice) {
    const std::string_view reply = "*2\r\n*3\r\n:1\r\n*2\r\n*1\r\n:2\r\n$100\r\nxy";
    Resume resume;

    const RespValue value = skip_resp_value(reply, resume);

    EXPECT_EQ(value.status, ReplyStatus::need_more);
    EXPECT_EQ(resume.scanned_bytes, 24U);
    EXPECT_EQ(resume.need_bytes, 24U + 6 + 100 + 2);
    EXPECT_EQ(resume.droppable_bytes(reply.size()), 0U) << "what an array means is told by its end";
}

TEST(RespReply, an_mget_is_answered_with_one_element_for_each_key) {
    expect_complete(kMget, "*2\r\n$1\r\nx\r\n$-1\r\n");

    expect_malformed(kMget, "*1\r\n$1\r\nx\r\n");
    expect_malformed(kMget, "*3\r\n$-1\r\n$-1\r\n$-1\r\n");
    expect_malformed(kMget, "*-1\r\n");
    expect_malformed(kMget, "$1\r\nx\r\n");
    expect_malformed(kMget, ":2\r\n");
    EXPECT_EQ(frame(kMget, "*2\r\n").status, ReplyStatus::need_more);
    EXPECT_EQ(frame(kMget, "*2").status, ReplyStatus::need_more);
    expect_malformed(kMget, "*2147483647\r\n");
}

// Requests, and answers to them that no version of Redis gives.
struct Impossible {
    std::string_view request;
    std::vector<std::string_view> answers;
    std::vector<std::string_view> possible;
};

void expect_told_apart(const std::vector<Impossible>& cases, LinkKind kind) {
    for (const auto& each : cases) {
        for (const std::string_view answer : each.answers) {
            const ReplyFrame found = frame(each.request, answer, kind);
            EXPECT_EQ(found.status, ReplyStatus::malformed) << each.request << answer;
            EXPECT_FALSE(found.problem.empty());
        }
        for (const std::string_view answer : each.possible) {
            const ReplyFrame found = frame(each.request, answer, kind);
            EXPECT_EQ(found.status, ReplyStatus::complete)
                << each.request << answer << found.problem;
        }
    }
}

TEST(RespReply, a_status_is_the_one_that_the_command_has) {
    for (const LinkKind kind : {LinkKind::standard, LinkKind::resp3}) {
        for (const std::string_view request :
             {"SET a b\r\n", "SET a b EX 10\r\n", "MSET a 1 b 2\r\n", "SETEX a 1 b\r\n",
              "RENAME a b\r\n", "HMSET h f 1\r\n", "LSET l 0 a\r\n", "LTRIM l 0 1\r\n",
              "PFMERGE a b\r\n", "XSETID x 1-1\r\n", "RESTORE a 0 x\r\n", "SCRIPT FLUSH\r\n"}) {
            expect_told_apart({{request,
                                {"+QUEUED\r\n", "+FOO\r\n", "+\r\n", "+ok\r\n", "+OKAY\r\n",
                                 "+PONG\r\n", "+F", "+OKA"},
                                {"+OK\r\n", "-ERR x\r\n"}}},
                              kind);
        }
        expect_told_apart(
            {{"TYPE a\r\n",
              {"+QUEUED\r\n"},
              {"+string\r\n", "+none\r\n", "+ReJSON-RL\r\n", "+QUEUE\r\n", "+QUEUEDX\r\n"}},
             {"OBJECT ENCODING a\r\n", {"+QUEUED\r\n"}, {"+int\r\n", "$3\r\nint\r\n"}},
             {kEval, {}, {"+QUEUED\r\n", "+OK\r\n", "+FOO\r\n"}}},
            kind);
    }
}

TEST(RespReply, a_count_is_one_that_the_request_allows) {
    expect_told_apart(
        {{"DEL a b\r\n", {":3\r\n", ":-1\r\n", ":-5\r\n"}, {":0\r\n", ":1\r\n", ":2\r\n"}},
         {"UNLINK a\r\n", {":2\r\n", ":-1\r\n"}, {":1\r\n"}},
         {"EXISTS a a\r\n", {":3\r\n"}, {":2\r\n"}},
         {"TOUCH a\r\n", {":2\r\n"}, {":0\r\n"}},
         {"SADD s a b\r\n", {":3\r\n", ":-1\r\n"}, {":2\r\n"}},
         {"HSET h f 1 g 2\r\n", {":3\r\n"}, {":2\r\n", ":0\r\n"}},
         {"ZADD z 1 a\r\n", {":2\r\n", ":-1\r\n"}, {":1\r\n", "$-1\r\n"}},
         {"ZADD z NX CH 1 a 2 b\r\n", {}, {":2\r\n"}},
         {"EXPIRE a 1\r\n", {":2\r\n", ":-1\r\n"}, {":0\r\n", ":1\r\n"}},
         {"SETNX a b\r\n", {":2\r\n"}, {":1\r\n"}},
         {"TTL a\r\n", {":-3\r\n"}, {":-2\r\n", ":-1\r\n", ":100\r\n"}},
         {"BITPOS a 1\r\n", {":-2\r\n"}, {":-1\r\n", ":9\r\n"}},
         {"STRLEN a\r\n", {":-1\r\n"}, {":0\r\n", ":536870912\r\n"}},
         {"INCR a\r\n", {}, {":-9223372036854775808\r\n", ":9223372036854775807\r\n"}},
         {"OBJECT FREQ a\r\n", {"$1\r\nx\r\n", ":-1\r\n"}, {":0\r\n", "$-1\r\n"}}},
        LinkKind::standard);
}

TEST(RespReply, without_options_only_the_plainest_answer_is_possible) {
    expect_told_apart({{"SET a b\r\n", {"$1\r\nx\r\n", "$-1\r\n"}, {"+OK\r\n"}},
                       {"SET a b GET\r\n", {":1\r\n"}, {"$1\r\nx\r\n", "$-1\r\n", "+OK\r\n"}},
                       {"LPOP l\r\n", {"*0\r\n", "*-1\r\n"}, {"$1\r\nx\r\n", "$-1\r\n"}},
                       {"LPOP l 2\r\n", {}, {"*1\r\n$1\r\nx\r\n", "*-1\r\n", "$-1\r\n"}},
                       {"LPOS l a\r\n", {"*0\r\n", "$1\r\nx\r\n"}, {":0\r\n", "$-1\r\n"}},
                       {"LPOS l a COUNT 0\r\n", {"*1\r\n$1\r\nx\r\n"}, {"*1\r\n:0\r\n"}},
                       {"SORT l\r\n", {":1\r\n"}, {"*0\r\n"}},
                       {"SORT l STORE m\r\n", {":-1\r\n"}, {":1\r\n"}}},
                      LinkKind::standard);
}

TEST(RespReply, an_array_has_what_the_command_puts_into_it) {
    expect_told_apart(
        {{kMget,
          {"*2\r\n:1\r\n:2\r\n", "*2\r\n$1\r\nx\r\n+OK\r\n", "*2\r\n*0\r\n*0\r\n",
           "*2\r\n$1\r\nx\r\n_\r\n", "*2\r\n$1\r\nx\r\n:"},
          {"*2\r\n$1\r\nx\r\n$-1\r\n"}},
         {"HMGET h f g\r\n",
          {"*1\r\n$-1\r\n", "*3\r\n", "*2\r\n:1\r\n:1\r\n", "*-1\r\n"},
          {"*2\r\n$-1\r\n$1\r\nx\r\n"}},
         {"SMISMEMBER s a b\r\n",
          {"*2\r\n:0\r\n:2\r\n", "*1\r\n:0\r\n", "*2\r\n$1\r\n0\r\n"},
          {"*2\r\n:0\r\n:1\r\n"}},
         {"SMEMBERS s\r\n",
          {"*-1\r\n", "*1\r\n:1\r\n", "*1\r\n$-1\r\n", "*1\r\n*0\r\n"},
          {"*0\r\n", "*1\r\n$1\r\nx\r\n"}},
         {"HGETALL h\r\n", {"*1\r\n", "*-1\r\n"}, {"*2\r\n$1\r\nf\r\n$1\r\nx\r\n", "*0\r\n"}},
         {"SSCAN s 0\r\n", {"*0\r\n", "*3\r\n", "*2\r\n:0\r\n"}, {"*2\r\n$1\r\n0\r\n*0\r\n"}},
         {"LRANGE l 0 1\r\n", {"*-1\r\n"}, {"*0\r\n"}},
         {"BITFIELD a GET u8 0\r\n", {"*1\r\n$1\r\nx\r\n"}, {"*2\r\n:-1\r\n$-1\r\n"}},
         {"XREAD STREAMS x 0\r\n", {"*1\r\n:1\r\n"}, {"*-1\r\n"}},
         {"LMPOP 1 l LEFT\r\n", {"*1\r\n"}, {"*-1\r\n", "*2\r\n$1\r\nl\r\n*1\r\n$1\r\nx\r\n"}}},
        LinkKind::standard);
}

TEST(RespReply, null_stands_only_for_what_may_be_missing) {
    expect_told_apart({{"INCRBYFLOAT a 1\r\n", {"$-1\r\n"}, {"$1\r\n1\r\n"}},
                       {"ZINCRBY z 1 a\r\n", {"$-1\r\n"}, {"$1\r\n1\r\n"}},
                       {"ZSCORE z a\r\n", {"*-1\r\n"}, {"$-1\r\n"}}},
                      LinkKind::standard);
    expect_told_apart({{"INCRBYFLOAT a 1\r\n", {"_\r\n", "$-1\r\n"}, {"$1\r\n1\r\n"}},
                       {"SMEMBERS s\r\n", {"_\r\n"}, {"~0\r\n", "*0\r\n"}}},
                      LinkKind::resp3);
}

TEST(RespReply, a_link_that_speaks_resp2_has_nothing_of_resp3) {
    for (const std::string_view value : {"!5\r\nERR x\r\n", "%0\r\n", "~0\r\n", "_\r\n", ",1\r\n",
                                         "#t\r\n", "(1\r\n", "=7\r\ntxt:abc\r\n", ">0\r\n"}) {
        for (const std::string_view request :
             {kEval, kGet, kMget, kDel, kMset, std::string_view("XRANGE x - +\r\n"),
              std::string_view("HGETALL h\r\n")}) {
            const std::string within = "*1\r\n" + std::string(value);
            EXPECT_EQ(frame(request, value, LinkKind::standard).status, ReplyStatus::malformed)
                << request << value;
            EXPECT_EQ(frame(request, within, LinkKind::standard).status, ReplyStatus::malformed)
                << request << value;
        }
    }
}

TEST(RespReply, an_answer_of_another_type_is_malformed) {
    expect_complete(kGet, "$1\r\nx\r\n");
    expect_complete(kDel, ":1\r\n");
    expect_complete(kMset, "+OK\r\n");

    for (const std::string_view reply :
         {"+OK\r\n", ":1\r\n", "*0\r\n", "%0\r\n", "~0\r\n", ",1\r\n", "#t\r\n", "(1\r\n"}) {
        expect_malformed(kGet, reply);
    }
    expect_malformed(kDel, "+OK\r\n");
    expect_malformed(kDel, "$1\r\n1\r\n");
    expect_malformed(kMset, ":1\r\n");
}

TEST(RespReply, its_type_is_judged_before_the_rest_has_come) {
    EXPECT_EQ(frame(kDel, ":").status, ReplyStatus::need_more);

    expect_malformed(kDel, "$");
    expect_malformed(kGet, "*");
}

TEST(RespReply, the_types_of_resp3_answer_in_resp3_only) {
    constexpr std::string_view kHgetall = "HGETALL a\r\n";
    constexpr std::string_view kZscore = "ZSCORE a b\r\n";
    const auto status = [](std::string_view request, std::string_view reply, LinkKind kind) {
        return frame(request, reply, kind).status;
    };

    for (const LinkKind kind : {LinkKind::standard, LinkKind::resp3}) {
        const ReplyStatus in_resp3 =
            kind == LinkKind::resp3 ? ReplyStatus::complete : ReplyStatus::malformed;
        EXPECT_EQ(status(kHgetall, "*0\r\n", kind), ReplyStatus::complete);
        EXPECT_EQ(status(kHgetall, "%0\r\n", kind), in_resp3);
        EXPECT_EQ(status(kZscore, "$1\r\n1\r\n", kind), ReplyStatus::complete);
        EXPECT_EQ(status(kZscore, ",1\r\n", kind), in_resp3);
        EXPECT_EQ(status(kGet, "_\r\n", kind), in_resp3);
        EXPECT_EQ(status(kGet, "!5\r\nERR x\r\n", kind), in_resp3);
    }
}

TEST(RespReply, what_it_means_is_told_by_its_type) {
    const auto outcome = [](std::string_view request, std::string_view reply) {
        return frame(request, reply).outcome;
    };

    EXPECT_EQ(outcome(kGet, "$1\r\nx\r\n"), Outcome::value);
    EXPECT_EQ(outcome(kGet, "$0\r\n\r\n"), Outcome::value);
    EXPECT_EQ(outcome(kGet, "$-1\r\n"), Outcome::miss);
    EXPECT_EQ(outcome(kGet, "_\r\n"), Outcome::miss);
    EXPECT_EQ(outcome(kGet, "-ERR x\r\n"), Outcome::error);
    EXPECT_EQ(outcome(kGet, "!5\r\nERR x\r\n"), Outcome::error);
    EXPECT_EQ(outcome(kMget, "*2\r\n$-1\r\n$-1\r\n"), Outcome::value);
    EXPECT_EQ(outcome("LPOP a 2\r\n", "*-1\r\n"), Outcome::miss);
    EXPECT_EQ(outcome(kDel, ":0\r\n"), Outcome::number);
    EXPECT_EQ(outcome("ZSCORE a b\r\n", ",1.5\r\n"), Outcome::number);
    EXPECT_EQ(outcome("TYPE a\r\n", "+string\r\n"), Outcome::ok);
    EXPECT_EQ(outcome(kMset, "+OK\r\n"), Outcome::stored);
    EXPECT_EQ(outcome("SET a b NX\r\n", "$-1\r\n"), Outcome::not_stored);
    EXPECT_EQ(outcome("ZADD a NX INCR 1 b\r\n", "_\r\n"), Outcome::not_stored);
    EXPECT_EQ(outcome(kEval, "=7\r\ntxt:abc\r\n"), Outcome::value);
    EXPECT_EQ(outcome(kEval, "~0\r\n"), Outcome::value);
}

TEST(RespReply, the_prelude_is_answered_with_states) {
    const auto prelude = [](std::string_view bytes) {
        Resume resume;
        return redis().node().frame_prelude_reply(bytes, resume);
    };

    EXPECT_EQ(prelude("+OK\r\n").size, 5U);
    EXPECT_FALSE(prelude("+OK\r\n").is_error());
    EXPECT_TRUE(prelude("-WRONGPASS no\r\n").is_error());
    EXPECT_EQ(prelude("+O").status, ReplyStatus::need_more);
    EXPECT_EQ(prelude("").status, ReplyStatus::need_more);
    EXPECT_EQ(prelude("+PONG\r\n").size, 7U);
    EXPECT_EQ(prelude("+").status, ReplyStatus::need_more);
    for (const std::string_view other :
         {":1\r\n", "+QUEUED\r\n", "+FOO\r\n", "+PING\r\n", "%0\r\n", "*0\r\n"}) {
        EXPECT_EQ(prelude(other).status, ReplyStatus::malformed) << other;
    }
    Resume resume;
    EXPECT_EQ(redis().node(LinkKind::resp3).frame_prelude_reply("%0\r\n", resume).size, 4U);
}

}  // namespace
}  // namespace ringside::protocol
