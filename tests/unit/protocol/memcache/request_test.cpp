#include "base/limits.h"
#include "protocol/memcache/codec.h"
#include "unit/protocol/memcache/framing.h"

#include <gmock/gmock.h>

#include <string>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;
using testing::Request;
using ::testing::StartsWith;

void expect_rejected(std::string_view bytes, Reject why, std::string_view answer,
                     std::size_t size) {
    const Request request = framed(bytes);
    EXPECT_TRUE(request.rejected()) << bytes;
    EXPECT_EQ(request.frame.reject, why) << bytes;
    EXPECT_EQ(request.frame.answer, answer) << bytes;
    EXPECT_EQ(request.frame.size, size) << bytes;
    EXPECT_FALSE(request.frame.close) << bytes;
}

void expect_closed(std::string_view bytes, Reject why, std::string_view answer) {
    const Request request = framed(bytes);
    EXPECT_TRUE(request.rejected()) << bytes;
    EXPECT_EQ(request.frame.reject, why) << bytes;
    EXPECT_EQ(request.frame.answer, answer) << bytes;
    EXPECT_TRUE(request.frame.close) << bytes;
}

constexpr std::string_view kBadFormat = "CLIENT_ERROR bad command line format\r\n";

TEST(MemcacheRequest, a_canonical_get_is_forwarded_as_it_is) {
    const Request request = framed("get a\r\nget b\r\n");

    EXPECT_EQ(request.name, "get");
    EXPECT_EQ(request.frame.size, 7U);
    EXPECT_TRUE(request.frame.verbatim);
    EXPECT_THAT(request.keys, ElementsAre("a"));
    EXPECT_EQ(request.wire, "get a\r\n");
}

TEST(MemcacheRequest, a_get_of_many_keys_keeps_their_order_and_duplicates) {
    const Request request = framed("gets b a b\r\n");

    EXPECT_EQ(request.name, "gets");
    EXPECT_THAT(request.words, ElementsAre("gets", "b", "a", "b"));
    EXPECT_THAT(request.keys, ElementsAre("b", "a", "b"));
    EXPECT_EQ(request.wire, "gets b a b\r\n");
}

TEST(MemcacheRequest, spaces_and_a_bare_line_feed_are_made_canonical) {
    for (const std::string_view bytes :
         {"  get a b\r\n", "get  a b\r\n", "get a b \r\n", "get a b\n", "get a b \n"}) {
        const Request request = framed(bytes);

        EXPECT_TRUE(request.complete()) << bytes;
        EXPECT_EQ(request.frame.size, bytes.size());
        EXPECT_FALSE(request.frame.verbatim) << bytes;
        EXPECT_EQ(request.wire, "get a b\r\n");
    }
}

TEST(MemcacheRequest, an_incomplete_line_needs_more) {
    for (const std::string_view bytes : {"", "g", "get", "get a", "get a\r"}) {
        EXPECT_EQ(framed(bytes).frame.status, RequestStatus::need_more) << bytes;
    }
}

TEST(MemcacheRequest, storage_commands_take_their_data_block_along) {
    for (const std::string name : {"set", "add", "replace", "append", "prepend"}) {
        const std::string bytes = name + " a 1 2 6\r\nx\r\nyz\n\r\n";

        const Request request = framed(bytes + "get b\r\n");

        EXPECT_EQ(request.name, name);
        EXPECT_EQ(request.frame.size, bytes.size());
        EXPECT_THAT(request.keys, ElementsAre("a"));
        EXPECT_THAT(request.words, ElementsAre(name, "a", "1", "2", "6"));
        EXPECT_EQ(request.wire, bytes);
    }
}

TEST(MemcacheRequest, an_empty_value_is_a_value) {
    const Request request = framed("set a 0 0 0\r\n\r\n");

    EXPECT_EQ(request.wire, "set a 0 0 0\r\n\r\n");
}

TEST(MemcacheRequest, a_value_is_waited_for_in_one_step) {
    RequestFrame request;
    Resume resume;

    memcached().client.frame_request("set a 0 0 1000\r\nxy", testing::kLimits, resume, request);

    EXPECT_EQ(request.status, RequestStatus::need_more);
    EXPECT_EQ(resume.need_bytes, 16U + 1000 + 2);
}

TEST(MemcacheRequest, nothing_of_an_incomplete_request_is_left_in_the_frame) {
    const Request request = framed("set a 0 0 9 noreply\r\nx");

    EXPECT_EQ(request.frame.status, RequestStatus::need_more);
    EXPECT_FALSE(request.frame.no_reply);
    EXPECT_TRUE(request.frame.words.empty());
    EXPECT_TRUE(request.frame.keys.empty());
}

TEST(MemcacheRequest, noreply_is_stripped_and_remembered) {
    const struct {
        std::string_view bytes;
        std::string_view wire;
    } cases[] = {
        {"set a 0 0 1 noreply\r\nx\r\n", "set a 0 0 1\r\nx\r\n"},
        {"cas a 0 0 1 9 noreply\r\nx\r\n", "cas a 0 0 1 9\r\nx\r\n"},
        {"incr a 1 noreply\r\n", "incr a 1\r\n"},
        {"touch a 1 noreply\r\n", "touch a 1\r\n"},
        {"delete a noreply\r\n", "delete a\r\n"},
        {"delete a 0 noreply\r\n", "delete a\r\n"},
    };
    for (const auto& each : cases) {
        const Request request = framed(each.bytes);

        EXPECT_TRUE(request.complete()) << each.bytes;
        EXPECT_TRUE(request.frame.no_reply) << each.bytes;
        EXPECT_FALSE(request.frame.verbatim) << each.bytes;
        EXPECT_EQ(request.wire, each.wire);
    }
}

TEST(MemcacheRequest, a_key_may_be_called_noreply) {
    EXPECT_THAT(framed("get noreply\r\n").keys, ElementsAre("noreply"));
    EXPECT_THAT(framed("delete noreply\r\n").keys, ElementsAre("noreply"));
    EXPECT_FALSE(framed("delete noreply\r\n").frame.no_reply);
}

TEST(MemcacheRequest, delete_with_the_zero_of_old_clients_is_sent_without_it) {
    EXPECT_EQ(framed("delete a 0\r\n").wire, "delete a\r\n");

    constexpr std::string_view kUsage =
        "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n";
    expect_rejected("delete a 1\r\n", Reject::bad_arguments, kUsage, 12);
    expect_rejected("delete a 0 x\r\n", Reject::bad_arguments, kUsage, 14);
    expect_rejected("delete a 1 noreply\r\n", Reject::bad_arguments, "", 20);
}

TEST(MemcacheRequest, numbers_at_their_limits_pass) {
    for (const std::string_view bytes :
         {"set a 4294967295 0 1\r\nx\r\n", "set a 0 -1 1\r\nx\r\n",
          "set a 0 -9223372036854775808 1\r\nx\r\n", "set a 0 9223372036854775807 1\r\nx\r\n",
          "set a 0 0 0000000001\r\nx\r\n", "cas a 0 0 1 18446744073709551615\r\nx\r\n",
          "incr a 18446744073709551615\r\n", "touch a -1\r\n"}) {
        EXPECT_EQ(framed(bytes).wire, bytes);
    }
}

TEST(MemcacheRequest, numbers_beyond_their_limits_are_refused_and_the_block_is_dropped) {
    for (const std::string_view line :
         {"set a 4294967296 0 5", "set a -1 0 5", "set a +1 0 5", "set a x 0 5", "set a 0 x 5",
          "set a 0 9223372036854775808 5", "set a 0 -9223372036854775809 5", "set a 0 - 5",
          "set a 0 000000000000000000001 5", "cas a 0 0 5 18446744073709551616",
          "cas a 0 0 5 -1"}) {
        const std::string bytes = std::string(line) + "\r\nget x\r\nversion\r\n";

        expect_rejected(bytes, Reject::bad_arguments, kBadFormat, line.size() + 9);
    }
}

TEST(MemcacheRequest, a_length_that_wraps_around_never_lets_a_value_run_as_commands) {
    for (const std::string_view length :
         {"-1", "+1", "1x", "0x1", "18446744073709551616", "18446744073709551625",
          "99999999999999999999", "000000000000000000001"}) {
        const std::string bytes = "set a 0 0 " + std::string(length) + "\r\nflush_all\r\n";

        expect_closed(bytes, Reject::bad_arguments, kBadFormat);
    }
    for (const std::string_view length :
         {"4294967299", "9223372036854775807", "18446744073709551615"}) {
        const std::string bytes = "set a 0 0 " + std::string(length) + "\r\nflush_all\r\n";

        expect_closed(bytes, Reject::too_large, "SERVER_ERROR object too large for cache\r\n");
    }
}

TEST(MemcacheRequest, a_storage_line_without_a_length_closes) {
    expect_closed("set a 0 0\r\n", Reject::bad_arguments, "ERROR\r\n");
    expect_closed("set\r\n", Reject::bad_arguments, "ERROR\r\n");
}

TEST(MemcacheRequest, a_value_above_the_limit_is_refused_at_its_line_and_swallowed) {
    constexpr std::string_view kAnswer = "SERVER_ERROR object too large for cache\r\n";

    const Request largest = framed("set a 0 0 4\r\nxxxx\r\n", {.value_bytes_max = 4});
    const Request too_large = framed("set a 0 0 5\r\n", {.value_bytes_max = 4});
    const Request silent = framed("set a 0 0 5 noreply\r\n", {.value_bytes_max = 4});

    EXPECT_TRUE(largest.complete());
    EXPECT_EQ(too_large.frame.reject, Reject::too_large);
    EXPECT_EQ(too_large.frame.answer, kAnswer);
    EXPECT_EQ(too_large.frame.size, 13U + 5 + 2);
    EXPECT_FALSE(too_large.frame.close);
    EXPECT_EQ(silent.frame.answer, "");
    EXPECT_EQ(silent.frame.size, 21U + 5 + 2);
}

TEST(MemcacheRequest, a_data_block_of_another_length_closes) {
    constexpr std::string_view kAnswer = "CLIENT_ERROR bad data chunk\r\n";

    expect_closed("set a 0 0 1\r\nxyzversion\r\n", Reject::bad_data, kAnswer);
    expect_closed("set a 0 0 9\r\nx\r\nversion\r\n", Reject::bad_data, kAnswer);
    expect_closed("set a 0 0 1\r\nx\nversion\r\n", Reject::bad_data, kAnswer);
    expect_closed("set a 0 0 1 noreply\r\nxyzversion\r\n", Reject::bad_data, "");
}

TEST(MemcacheRequest, the_wrong_number_of_words_is_an_error) {
    for (const std::string_view bytes :
         {"get\r\n", "get  \r\n", "gets\r\n", "incr a\r\n", "incr a 1 2 3\r\n", "touch a\r\n",
          "delete\r\n", "delete a b c d\r\n", "incr\r\n", "gat\r\n", "gat 0\r\n", "gats \r\n",
          "flush_all 0 0 0\r\n", "verbosity\r\n", "verbosity 1 2 3\r\n"}) {
        expect_rejected(bytes, Reject::bad_arguments, "ERROR\r\n", bytes.size());
    }
    expect_rejected("cas a 0 0 1\r\nx\r\n", Reject::bad_arguments, "ERROR\r\n", 16);
    expect_rejected("set a 0 0 1 noreply x\r\ny\r\n", Reject::bad_arguments, "ERROR\r\n", 26);
}

TEST(MemcacheRequest, bad_numbers_are_refused_in_memcacheds_words) {
    for (const std::string_view number : {"x", "-1", "+1", "18446744073709551616", "1a", "1\t"}) {
        const std::string incr = "incr a " + std::string(number) + "\r\n";
        expect_rejected(incr, Reject::bad_arguments,
                        "CLIENT_ERROR invalid numeric delta argument\r\n", incr.size());
    }
    expect_rejected("touch a x\r\n", Reject::bad_arguments,
                    "CLIENT_ERROR invalid exptime argument\r\n", 11);
    expect_rejected("incr a x noreply\r\n", Reject::bad_arguments, "", 18);
    expect_rejected("touch a noreply\r\n", Reject::bad_arguments, "", 17);
}

TEST(MemcacheRequest, what_is_not_known_is_answered_with_error) {
    for (const std::string_view bytes : {"\r\n", "\n", "  \r\n", "GET a\r\n", "getx a\r\n",
                                         "ge\r\n", "get\ta\r\n", "foo bar\r\n", "\x16\r\n"}) {
        expect_rejected(bytes, Reject::unknown_command, "ERROR\r\n", bytes.size());
    }
}

TEST(MemcacheRequest, gat_has_its_keys_behind_an_expiry_time) {
    const Request request = framed("gats  -1 a b  a\n");

    EXPECT_EQ(request.name, "gats");
    EXPECT_THAT(request.words, ElementsAre("gats", "-1", "a", "b", "a"));
    EXPECT_THAT(request.keys, ElementsAre("a", "b", "a"));
    EXPECT_EQ(request.wire, "gats -1 a b a\r\n");
    EXPECT_EQ(framed("gat 0 noreply\r\n").wire, "gat 0 noreply\r\n");
    expect_rejected("gat x a\r\n", Reject::bad_arguments,
                    "CLIENT_ERROR invalid exptime argument\r\n", 9);
    expect_rejected("gat 0\t a\r\n", Reject::bad_arguments,
                    "CLIENT_ERROR invalid exptime argument\r\n", 10);
    expect_rejected("gat 0 a\tb\r\n", Reject::bad_key, kBadFormat, 11);
}

TEST(MemcacheRequest, flush_all_may_have_a_delay_and_noreply) {
    const struct {
        std::string_view bytes;
        std::string_view wire;
        bool no_reply;
    } cases[] = {
        {"flush_all\r\n", "flush_all\r\n", false},
        {"flush_all 10\r\n", "flush_all 10\r\n", false},
        {"flush_all noreply\r\n", "flush_all\r\n", true},
        {"flush_all -1 noreply\r\n", "flush_all -1\r\n", true},
    };
    for (const auto& each : cases) {
        const Request request = framed(each.bytes);

        EXPECT_EQ(request.wire, each.wire) << each.bytes;
        EXPECT_EQ(request.frame.no_reply, each.no_reply) << each.bytes;
        EXPECT_EQ(request.frame.command->route, Route::every_node);
        EXPECT_EQ(request.frame.command->permission, Permission::flush_all);
    }
    expect_rejected("flush_all soon\r\n", Reject::bad_arguments,
                    "CLIENT_ERROR invalid exptime argument\r\n", 16);
    expect_rejected("flush_all soon noreply\r\n", Reject::bad_arguments, "", 24);
}

TEST(MemcacheRequest, stats_go_to_every_node_but_not_those_that_concern_one) {
    EXPECT_EQ(framed("stats\r\n").wire, "stats\r\n");
    EXPECT_EQ(framed("stats\r\n").frame.command->route, Route::every_node);
    for (const std::string_view bytes :
         {"stats reset\r\n", "stats items\r\n", "stats cachedump 1 1\r\n", "stats conns\r\n"}) {
        const Request request = framed(bytes);
        EXPECT_EQ(request.frame.reject, Reject::refused_command) << bytes;
        EXPECT_THAT(request.frame.answer, StartsWith("CLIENT_ERROR stats with arguments"));
        EXPECT_FALSE(request.frame.close);
    }
}

TEST(MemcacheRequest, verbosity_is_local_and_needs_a_number) {
    EXPECT_EQ(framed("verbosity 1\r\n").frame.command->route, Route::local);
    EXPECT_TRUE(framed("verbosity 1 noreply\r\n").frame.no_reply);
    expect_rejected("verbosity x\r\n", Reject::bad_arguments, kBadFormat, 13);
}

TEST(MemcacheRequest, what_would_administer_one_node_is_refused) {
    for (const std::string_view bytes :
         {"slabs reassign 1 2\r\n", "lru mode flat\r\n", "lru_crawler enable\r\n", "watch\r\n",
          "cache_memlimit 1\r\n", "extstore drop_unread 1\r\n", "misbehave\r\n",
          "refresh_certs\r\n"}) {
        const Request request = framed(bytes);
        EXPECT_EQ(request.frame.reject, Reject::refused_command) << bytes;
        EXPECT_THAT(request.frame.answer,
                    StartsWith("CLIENT_ERROR this command concerns one node"));
        EXPECT_EQ(request.frame.size, bytes.size());
        EXPECT_FALSE(request.frame.close);
    }
    expect_rejected("shutdown graceful\r\n", Reject::refused_command,
                    "ERROR: shutdown not enabled\r\n", 19);
    expect_rejected("lru mode flat noreply\r\n", Reject::refused_command, "", 23);
    for (const std::string_view bytes : {"mg a v\r\n", "md a\r\n", "mn\r\n"}) {
        expect_rejected(bytes, Reject::refused_command, "ERROR\r\n", bytes.size());
    }
}

TEST(MemcacheRequest, the_data_of_a_refused_meta_set_is_dropped_with_it) {
    expect_rejected("ms a 9\r\nflush_all\r\nget a\r\n", Reject::refused_command, "ERROR\r\n", 19);
    expect_closed("ms a\r\n", Reject::refused_command, "ERROR\r\n");
    expect_closed("ms a S9\r\nflush_all\r\n", Reject::refused_command, "ERROR\r\n");
}

TEST(MemcacheRequest, quit_is_local_whatever_follows) {
    EXPECT_EQ(framed("quit\r\n").name, "quit");
    EXPECT_EQ(framed("quit now\r\nget a\r\n").name, "quit");
    EXPECT_EQ(framed("quit\r\n").frame.command->route, Route::local);
}

TEST(MemcacheRequest, keys_end_at_250_bytes) {
    const std::string longest(base::kMemcacheKeyBytesMax, 'k');

    EXPECT_TRUE(framed("get " + longest + "\r\n").complete());
    EXPECT_TRUE(framed("get a " + longest + "\r\n").complete());
    expect_rejected("get " + longest + "k\r\n", Reject::bad_key, kBadFormat, 257);
    expect_rejected("get a " + longest + "k\r\n", Reject::bad_key, kBadFormat, 259);
    expect_rejected("incr " + longest + "k 1\r\n", Reject::bad_key, kBadFormat, 260);
    expect_rejected("delete " + longest + "k noreply\r\n", Reject::bad_key, "", 268);
    // memcached would run this block as a command.
    expect_rejected("set " + longest + "k 0 0 9\r\nflush_all\r\nget a\r\n", Reject::bad_key,
                    kBadFormat, 274);
}

// twemproxy 0.5.0 forwards a line feed inside a key, and with it a second command whose answer
// reaches another client.
TEST(MemcacheRequest, no_byte_in_a_key_makes_one_request_two) {
    const std::string_view key = "a_key_of_13_b";
    for (std::size_t position = 0; position <= key.size(); ++position) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string with(key);
            with.insert(position, 1, static_cast<char>(byte));
            const bool allowed = byte > 0x20 && byte != 0x7f;
            for (const std::string& bytes :
                 {"get " + with + "\r\n", "gets x " + with + "\r\n", "delete " + with + "\r\n",
                  "incr " + with + " 1\r\n", "set " + with + " 0 0 1\r\nx\r\n"}) {
                const Request request = framed(bytes);

                const auto line_feeds = std::count(request.wire.begin(), request.wire.end(), '\n');
                EXPECT_LE(line_feeds, bytes.starts_with("set") ? 2 : 1);
                if (allowed) {
                    EXPECT_EQ(request.wire, bytes);
                } else if (byte != '\n' && byte != ' ' &&
                           !(byte == '\r' && position == key.size() && !bytes.ends_with("1\r\n") &&
                             !bytes.ends_with("x\r\n"))) {
                    EXPECT_EQ(request.frame.reject, Reject::bad_key) << byte << " at " << position;
                    EXPECT_EQ(request.wire, "");
                }
            }
        }
    }
}

TEST(MemcacheRequest, a_carriage_return_inside_a_line_is_refused) {
    expect_rejected("get a\rb\r\n", Reject::bad_key, kBadFormat, 9);
    expect_rejected("get a\r\r\n", Reject::bad_key, kBadFormat, 8);
    expect_rejected("delete a\r\r\n", Reject::bad_key, kBadFormat, 11);
    expect_rejected("version\r\r\n", Reject::unknown_command, "ERROR\r\n", 10);
}

TEST(MemcacheRequest, a_line_feed_ends_a_request_as_in_memcached) {
    const Request first = framed("get a\nflush_all\r\n");

    EXPECT_EQ(first.frame.size, 6U);
    EXPECT_EQ(first.wire, "get a\r\n");
}

TEST(MemcacheRequest, an_endless_line_is_cut_off_at_its_limit) {
    std::string line = "get " + std::string(base::kLineBytesMax - 4, ' ');
    RequestFrame request;
    Resume resume;

    memcached().client.frame_request(std::string_view(line).substr(0, line.size() - 1),
                                     testing::kLimits, resume, request);
    EXPECT_EQ(request.status, RequestStatus::need_more);
    memcached().client.frame_request(line, testing::kLimits, resume, request);

    EXPECT_EQ(request.reject, Reject::too_long);
    EXPECT_EQ(request.answer, "CLIENT_ERROR line too long\r\n");
    EXPECT_TRUE(request.close);
}

TEST(MemcacheRequest, too_many_keys_are_refused_and_the_line_is_dropped) {
    std::string bytes = "get";
    for (std::size_t i = 0; i < base::kKeysPerRequestMax; ++i) {
        bytes += " k";
    }
    const Resume fresh;
    Resume resume = fresh;
    RequestFrame request;
    memcached().client.frame_request(bytes + "\r\n", testing::kLimits, resume, request);
    EXPECT_EQ(request.status, RequestStatus::complete);
    EXPECT_EQ(request.keys.size(), base::kKeysPerRequestMax);

    resume = fresh;
    bytes += " k\r\n";
    memcached().client.frame_request(bytes, testing::kLimits, resume, request);

    EXPECT_EQ(request.reject, Reject::too_long);
    EXPECT_EQ(request.answer, "CLIENT_ERROR too many keys\r\n");
    EXPECT_EQ(request.size, bytes.size());
    EXPECT_FALSE(request.close);
}

TEST(MemcacheRequest, other_protocols_are_cut_off_without_an_answer) {
    for (const std::string_view bytes :
         {"GET / HTTP/1.1\r\n", "POST /x HTTP/1.0\r\n", "PUT /", "HEAD /", "OPTIONS * HTTP/1.1",
          "DELETE /", "Host: x", "CONNECT a:1 HTTP/1.1", "\x80\x01", "\x16\x03\x01\x02"}) {
        expect_closed(bytes, Reject::foreign, "");
    }
}

TEST(MemcacheRequest, a_long_line_is_searched_once_however_slowly_it_comes) {
    const std::string bytes = "get " + std::string(200, 'k');
    RequestFrame request;
    Resume resume;

    for (std::size_t arrived = 1; arrived <= bytes.size(); ++arrived) {
        memcached().client.frame_request(std::string_view(bytes).substr(0, arrived),
                                         testing::kLimits, resume, request);

        EXPECT_EQ(resume.scanned_bytes, arrived);
        EXPECT_EQ(resume.need_bytes, arrived + 1);
    }
}

}  // namespace
}  // namespace ringside::protocol
