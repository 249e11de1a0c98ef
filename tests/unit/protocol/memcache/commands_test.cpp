// Walks the table: a row without an example here, or with an answer that is not listed here, fails.
#include "protocol/memcache/commands.h"

#include "unit/protocol/chunked.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::protocol {
namespace {

// A request for each row, with nothing wrong about it.
constexpr auto kExamples = std::to_array<std::string_view>({
    "get a\r\n",
    "gets a\r\n",
    "gat 0 a\r\n",
    "gats 0 a\r\n",
    "set a 0 0 1\r\nx\r\n",
    "add a 0 0 1\r\nx\r\n",
    "replace a 0 0 1\r\nx\r\n",
    "append a 0 0 1\r\nx\r\n",
    "prepend a 0 0 1\r\nx\r\n",
    "cas a 0 0 1 9\r\nx\r\n",
    "incr a 1\r\n",
    "decr a 1\r\n",
    "touch a 0\r\n",
    "delete a\r\n",
    "version\r\n",
    "quit\r\n",
    "flush_all\r\n",
    "stats\r\n",
    "verbosity 1\r\n",
    "ms a 1\r\nx\r\n",
    "mg a\r\n",
    "md a\r\n",
    "ma a\r\n",
    "mn\r\n",
    "me a\r\n",
    "shutdown\r\n",
    "slabs reassign 1 2\r\n",
    "lru mode flat\r\n",
    "lru_crawler enable\r\n",
    "watch\r\n",
    "cache_memlimit 1\r\n",
    "extstore drop_unread 1\r\n",
    "misbehave\r\n",
    "refresh_certs\r\n",
});

// What an answer means to each of some commands.
struct Meaning {
    std::vector<std::string_view> commands;
    std::string_view reply;
    Outcome outcome;
};

std::vector<Meaning> all_meanings() {
    const std::vector<std::string_view> plain{"get", "gat"};
    const std::vector<std::string_view> unique{"gets", "gats"};
    const std::vector<std::string_view> storage{"set",    "add",     "replace",
                                                "append", "prepend", "cas"};
    const std::vector<std::string_view> arithmetic{"incr", "decr"};
    return {
        {plain, "VALUE a 0 1\r\nx\r\nEND\r\n", Outcome::value},
        {plain, "VALUE a 0 0\r\n\r\nEND\r\n", Outcome::value},
        {plain, "VALUE a 00 30\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nEND\r\n", Outcome::value},
        {plain, "END\r\n", Outcome::miss},
        {plain, "VALUE a 0 1\r\nx\r\nSERVER_ERROR out of memory\r\n", Outcome::error},
        {unique, "VALUE a 0 1 7\r\nx\r\nEND\r\n", Outcome::value},
        {unique, "END\r\n", Outcome::miss},
        {storage, "STORED\r\n", Outcome::stored},
        {storage, "NOT_STORED\r\n", Outcome::not_stored},
        {storage, "EXISTS\r\n", Outcome::exists},
        {storage, "NOT_FOUND\r\n", Outcome::miss},
        {arithmetic, "0\r\n", Outcome::number},
        {arithmetic, "18446744073709551615\r\n", Outcome::number},
        {arithmetic, "9  \r\n", Outcome::number},
        {arithmetic, "NOT_FOUND\r\n", Outcome::miss},
        {{"touch"}, "TOUCHED\r\n", Outcome::ok},
        {{"touch"}, "NOT_FOUND\r\n", Outcome::miss},
        {{"delete"}, "DELETED\r\n", Outcome::ok},
        {{"delete"}, "NOT_FOUND\r\n", Outcome::miss},
        {{"version"}, "VERSION 1.6.18\r\n", Outcome::ok},
        {{"flush_all"}, "OK\r\n", Outcome::ok},
        {{"stats"}, "STAT pid 1\r\nEND\r\n", Outcome::ok},
        {{"stats"}, "END\r\n", Outcome::ok},
    };
}

std::string_view name_of(std::string_view request) {
    return request.substr(0, request.find_first_of(" \r"));
}

std::string_view example_of(std::string_view name) {
    const auto found =
        std::find_if(kExamples.begin(), kExamples.end(),
                     [name](std::string_view example) { return name_of(example) == name; });
    return found == kExamples.end() ? std::string_view{} : *found;
}

bool is_forwarded(const MemcacheRow& row) {
    return row.route != Route::local && row.route != Route::refused;
}

bool begins_as(std::string_view reply, const AnswerLine& line) {
    switch (line.form) {
        case LineForm::text:
            return reply == std::string(line.text) + "\r\n";
        case LineForm::prefix:
            return reply.starts_with(line.text);
        case LineForm::number:
            return reply.front() >= '0' && reply.front() <= '9';
    }
    return false;
}

// Whether an answer to `row` that `wanted` recognises is listed with this outcome.
template <typename Wanted>
bool is_listed(const MemcacheRow& row, Outcome outcome, Wanted wanted) {
    const std::vector<Meaning> meanings = all_meanings();
    return std::any_of(meanings.begin(), meanings.end(), [&](const Meaning& each) {
        return each.outcome == outcome && wanted(each.reply) &&
               std::count(each.commands.begin(), each.commands.end(), row.name) == 1;
    });
}

// What a complete answer means, however it is cut, and whether its front is dropped or not.
Outcome outcome_of(std::string_view request, std::string_view reply) {
    const testing::Request asked = testing::frame_request(memcached(), request);
    base::ByteBuffer expectation;
    memcached().node().append_expectation(asked.frame, request, {}, expectation);
    const auto frame = [&](std::string_view bytes, Resume& resume) {
        return memcached().node().frame_reply(*asked.frame.command, expectation.view(), bytes,
                                              resume);
    };
    const std::vector<testing::Arrivals> arrivals = testing::all_arrivals();
    const ReplyFrame whole = testing::frame_reply_arriving(frame, reply, arrivals.front());
    EXPECT_EQ(whole.status, ReplyStatus::complete) << request << reply;
    for (const testing::Arrivals& each : arrivals) {
        EXPECT_EQ(testing::frame_reply_arriving(frame, reply, each).outcome, whole.outcome);
        EXPECT_EQ(testing::frame_reply_dropping(frame, reply, each).outcome, whole.outcome);
    }
    return whole.outcome;
}

TEST(MemcacheCommands, every_row_is_reached_by_its_example) {
    for (const MemcacheRow& row : kMemcacheCommands) {
        const std::string_view example = example_of(row.name);
        ASSERT_FALSE(example.empty()) << row.name;

        const testing::Request request = testing::frame_request(memcached(), example);

        if (row.route == Route::refused) {
            EXPECT_EQ(request.frame.reject, Reject::refused_command) << row.name;
            EXPECT_EQ(request.frame.answer, row.local.text) << row.name;
        } else {
            ASSERT_TRUE(request.complete()) << row.name;
            EXPECT_EQ(request.frame.command, &row);
            EXPECT_EQ(request.wire, example);
        }
        EXPECT_EQ(request.frame.size, example.size()) << row.name;
    }
    EXPECT_EQ(kExamples.size(), kMemcacheCommands.size());
}

TEST(MemcacheCommands, each_answer_means_what_it_says) {
    for (const Meaning& each : all_meanings()) {
        for (const std::string_view name : each.commands) {
            EXPECT_EQ(outcome_of(example_of(name), each.reply), each.outcome)
                << name << ": " << each.reply;
        }
    }
}

TEST(MemcacheCommands, no_answer_of_any_row_is_left_out_above) {
    const auto any = [](std::string_view) { return true; };
    for (const MemcacheRow& row : kMemcacheCommands) {
        switch (row.answers.shape) {
            case ReplyShape::none:
                EXPECT_FALSE(is_forwarded(row)) << row.name;
                break;
            case ReplyShape::line:
                for (const AnswerLine& line : row.answers.lines) {
                    EXPECT_TRUE(is_listed(
                        row, line.outcome,
                        [&line](std::string_view reply) { return begins_as(reply, line); }))
                        << row.name << ": " << line.text;
                }
                break;
            case ReplyShape::values:
                EXPECT_TRUE(is_listed(row, Outcome::value, any)) << row.name;
                EXPECT_TRUE(is_listed(row, Outcome::miss, any)) << row.name;
                break;
            case ReplyShape::stats:
                EXPECT_TRUE(is_listed(row, Outcome::ok, any)) << row.name;
                break;
        }
    }
}

TEST(MemcacheCommands, an_error_line_is_an_error_to_each) {
    for (const MemcacheRow& row : kMemcacheCommands) {
        for (const std::string_view reply :
             {"ERROR\r\n", "CLIENT_ERROR bad\r\n", "SERVER_ERROR out of memory\r\n"}) {
            if (is_forwarded(row)) {
                EXPECT_EQ(outcome_of(example_of(row.name), reply), Outcome::error)
                    << row.name << ": " << reply;
            }
        }
    }
}

TEST(MemcacheCommands, one_value_of_many_keys_is_enough) {
    const auto outcome = [](std::string_view reply) { return outcome_of("get a b c\r\n", reply); };

    EXPECT_EQ(outcome("VALUE c 0 1\r\nx\r\nEND\r\n"), Outcome::value);
    EXPECT_EQ(outcome("VALUE a 0 1\r\nx\r\nVALUE b 0 1\r\nx\r\nEND\r\n"), Outcome::value);
    EXPECT_EQ(outcome("END\r\n"), Outcome::miss);
}

TEST(MemcacheCommands, what_a_row_remembers_is_remembered) {
    for (const MemcacheRow& row : kMemcacheCommands) {
        const std::string_view example = example_of(row.name);
        const testing::Request request = testing::frame_request(memcached(), example);
        if (!request.complete()) {
            continue;
        }
        base::ByteBuffer expectation;

        memcached().node().append_expectation(request.frame, example, {}, expectation);

        EXPECT_EQ(expectation.view(), row.remember == Remember::keys ? "a" : "") << row.name;
    }
}

TEST(MemcacheCommands, what_the_proxy_answers_itself_stands_in_the_row) {
    for (const MemcacheRow& row : kMemcacheCommands) {
        const std::string_view example = example_of(row.name);
        const testing::Request request = testing::frame_request(memcached(), example);
        if (row.route != Route::local && row.permission == Permission::always) {
            continue;
        }
        testing::Client client;
        client.facts.pool = "alpha";
        LocalContext context = client.context();
        base::ByteBuffer out;

        const AfterAnswer after = memcached().client.answer(request.frame, example, context, out);

        EXPECT_EQ(out.view(),
                  std::string(row.local.text) + (row.local.names_pool ? "alpha\r\n" : ""));
        EXPECT_EQ(after, row.local.closes ? AfterAnswer::close : AfterAnswer::keep) << row.name;
    }
}

}  // namespace
}  // namespace ringside::protocol
