// Requests that a node gets in another form than the client sent, or that twemproxy does not read.
#include "protocol/memcache/codec.h"
#include "unit/protocol/memcache/framing.h"

#include <gmock/gmock.h>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;
using testing::Request;

TEST(MemcacheRequestForms, a_last_word_that_memcached_ignores_is_not_sent) {
    const struct {
        std::string_view bytes;
        std::string_view wire;
    } cases[] = {
        {"set a 0 0 1 maybe\r\nx\r\n", "set a 0 0 1\r\nx\r\n"},
        {"cas a 0 0 1 9 maybe\r\nx\r\n", "cas a 0 0 1 9\r\nx\r\n"},
        {"incr a 1 2\r\n", "incr a 1\r\n"},
        {"touch a 1 2\r\n", "touch a 1\r\n"},
        {"flush_all 0 1\r\n", "flush_all 0\r\n"},
        {"version 1 2 3\r\n", "version\r\n"},
    };
    for (const auto& each : cases) {
        const Request request = framed(each.bytes);

        EXPECT_TRUE(request.complete()) << each.bytes;
        EXPECT_FALSE(request.frame.no_reply) << each.bytes;
        EXPECT_EQ(request.wire, each.wire);
    }
}

// nutcracker 0.5.0 closes on each of them.
TEST(MemcacheRequestForms, strict_refuses_forms_that_twemproxy_does_not_read) {
    constexpr RequestLimits kStrict{.value_bytes_max = 1 << 20, .strict_twemproxy = true};
    for (const std::string_view bytes :
         {"delete a 0\r\n", "set a 0 -1 1\r\nx\r\n", "set a 0 0 1 maybe\r\nx\r\n", "incr a 1 2\r\n",
          "touch a 1 2\r\n", "version x\r\n"}) {
        EXPECT_TRUE(framed(bytes).complete()) << bytes;
        EXPECT_EQ(framed(bytes, kStrict).frame.reject, Reject::bad_arguments) << bytes;
    }
    for (const std::string_view bytes : {"delete a noreply\r\n", "touch a -1\r\n", "version\r\n"}) {
        EXPECT_TRUE(framed(bytes, kStrict).complete()) << bytes;
    }
}

TEST(MemcacheRequestForms, strict_refuses_lines_that_end_in_a_bare_lf) {
    constexpr RequestLimits kStrict{.value_bytes_max = 1 << 20, .strict_twemproxy = true};
    for (const std::string_view bytes : {"get a\n", "set a 0 0 1\nx\r\n", "quit\n", "\n"}) {
        EXPECT_EQ(framed(bytes, kStrict).frame.reject, Reject::bad_data) << bytes;
    }
    EXPECT_TRUE(framed("get a\n").complete());
}

// There it is the node that refuses them, so that the client gets an answer.
TEST(MemcacheRequestForms, strict_answers_numbers_that_are_too_large) {
    constexpr RequestLimits kStrict{.value_bytes_max = 1 << 20, .strict_twemproxy = true};
    for (const std::string_view bytes :
         {"incr a 18446744073709551616\r\n", "decr a -1\r\n", "touch a -\r\n",
          "touch a 99999999999999999999\r\n", "set a 4294967296 0 1\r\nx\r\n",
          "set a 0 99999999999999999999 1\r\nx\r\n", "cas a 0 0 1 99999999999999999999\r\nx\r\n"}) {
        EXPECT_TRUE(framed(bytes, kStrict).rejected()) << bytes;
        EXPECT_TRUE(framed(bytes, kStrict).frame.answered_if_strict) << bytes;
    }
    for (const std::string_view bytes : {"incr a 1x\r\n", "incr a --1\r\n", "set a 0 -1 1\r\nx\r\n",
                                         "set a -1 99999999999999999999 1\r\nx\r\n"}) {
        EXPECT_TRUE(framed(bytes, kStrict).rejected()) << bytes;
        EXPECT_FALSE(framed(bytes, kStrict).frame.answered_if_strict) << bytes;
    }
}

// memcached 1.6.18 does the same when a value is too large for it: better none than a stale one.
TEST(MemcacheRequestForms, a_set_of_a_value_above_the_limit_removes_the_old_value) {
    constexpr std::string_view kLine = "set a 0 0 5 noreply\r\n";
    const Request request = framed(kLine, {.value_bytes_max = 4});
    ASSERT_TRUE(request.rejected());
    ASSERT_NE(request.frame.command, nullptr);

    base::ByteBuffer wire;
    memcached().node().append_request(request.frame, kLine, wire);

    EXPECT_EQ(wire.view(), "delete a\r\n");
    EXPECT_THAT(request.keys, ElementsAre("a"));
    EXPECT_TRUE(request.frame.no_reply);
    for (const std::string_view other :
         {"add a 0 0 5\r\n", "replace a 0 0 5\r\n", "append a 0 0 5\r\n", "prepend a 0 0 5\r\n",
          "cas a 0 0 5 1\r\n", "set a x 0 5\r\n"}) {
        EXPECT_EQ(framed(other, {.value_bytes_max = 4}).frame.command, nullptr) << other;
    }
}

}  // namespace
}  // namespace ringside::protocol
