#include "protocol/memcache/codec.h"

#include "protocol/memcache/commands.h"
#include "unit/protocol/chunked.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

TEST(MemcacheCodec, a_part_asks_for_some_of_the_keys) {
    const std::string_view bytes = "  gets  a b  c\n";
    const testing::Request request = testing::frame_request(memcached(), bytes);
    const std::vector<std::uint32_t> indices{0, 2};
    base::ByteBuffer part;
    base::ByteBuffer expectation;

    memcached().node().append_part(request.frame, bytes, indices, part);
    memcached().node().append_expectation(request.frame, bytes, indices, expectation);

    EXPECT_EQ(part.view(), "gets a c\r\n");
    EXPECT_EQ(expectation.view(), "a c");
}

TEST(MemcacheCodec, the_expectation_of_a_whole_request_has_all_keys_of_a_get_only) {
    const auto expectation = [](std::string_view bytes) {
        const testing::Request request = testing::frame_request(memcached(), bytes);
        base::ByteBuffer out;
        memcached().node().append_expectation(request.frame, bytes, {}, out);
        return std::string(out.view());
    };

    EXPECT_EQ(expectation("get a  b a\r\n"), "a b a");
    EXPECT_EQ(expectation("set a 0 0 1\r\nx\r\n"), "");
    EXPECT_EQ(expectation("version\r\n"), "");
}

TEST(MemcacheCodec, the_name_in_an_error_cannot_end_its_line) {
    base::ByteBuffer out;

    memcached().client.append_error("node a\r\nVALUE\x7f: lost", out);

    EXPECT_EQ(out.view(), "SERVER_ERROR node a  VALUE : lost\r\n");
}

TEST(MemcacheCodec, a_part_of_a_gat_repeats_its_expiry_time) {
    const std::string_view bytes = "gat 60 a b c\r\n";
    const testing::Request request = testing::frame_request(memcached(), bytes);
    const std::vector<std::uint32_t> indices{1, 2};
    base::ByteBuffer part;

    memcached().node().append_part(request.frame, bytes, indices, part);

    EXPECT_EQ(part.view(), "gat 60 b c\r\n");
}

TEST(MemcacheCodec, verbosity_and_a_flush_all_that_is_not_permitted_are_answered_here) {
    const auto answer_to = [](std::string_view bytes) {
        const testing::Request request = testing::frame_request(memcached(), bytes);
        testing::Client client;
        client.facts.pool = "alpha";
        LocalContext context = client.context();
        base::ByteBuffer out;
        EXPECT_EQ(memcached().client.answer(request.frame, bytes, context, out), AfterAnswer::keep);
        return std::string(out.view());
    };

    EXPECT_EQ(answer_to("verbosity 2\r\n"), "OK\r\n");
    EXPECT_EQ(answer_to("verbosity 2 noreply\r\n"), "");
    EXPECT_EQ(
        answer_to("flush_all\r\n"),
        "CLIENT_ERROR flush_all is not allowed: it needs \"flush_all: true\" in pool alpha\r\n");
    EXPECT_EQ(answer_to("flush_all noreply\r\n"), "");
}

TEST(MemcacheCodec, quit_is_answered_by_closing) {
    const testing::Request request = testing::frame_request(memcached(), "quit\r\n");
    testing::Client client;
    LocalContext context = client.context();
    base::ByteBuffer out;

    EXPECT_EQ(memcached().client.answer(request.frame, "quit\r\n", context, out),
              AfterAnswer::close);
    EXPECT_TRUE(out.empty());
}

TEST(MemcacheCodec, a_link_needs_no_prelude) {
    base::ByteBuffer out;

    EXPECT_EQ(memcached().node().append_prelude({.password = "secret", .database = 3}, out), 0U);
    EXPECT_TRUE(out.empty());
}

TEST(MemcacheCodec, every_command_is_found_by_its_name_and_has_a_document) {
    for (const CommandSpec& command : kMemcacheCommands) {
        EXPECT_FALSE(command.doc.empty()) << command.name;
        EXPECT_GE(command.words_min, 1) << command.name;
        EXPECT_EQ(command.first_key == 0,
                  command.route == Route::any_node || command.route == Route::every_node ||
                      command.route == Route::local || command.route == Route::refused)
            << command.name;
    }
}

}  // namespace
}  // namespace ringside::protocol
