#include "admin/events.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ringside::admin {
namespace {

constexpr const char* kHello = "retry: 2000\nevent: hello\ndata: {}\n\n";

class EventsTest : public testing::Test {
  protected:
    io::EventLoop loop_;
    Events events_{loop_};
};

TEST_F(EventsTest, each_listener_hears_what_happens_from_then_on) {
    events_.tell("ring", "{}");
    const http::Response first = events_.listen();
    EXPECT_EQ(first.content_type, "text/event-stream");
    EXPECT_EQ(first.stream->take(), kHello);

    events_.tell("ring", "{\"pool\": \"cache\"}");
    const http::Response second = events_.listen();
    events_.tell("drain", "{}");

    EXPECT_EQ(first.stream->take(),
              "id: 2\nevent: ring\ndata: {\"pool\": \"cache\"}\n\n"
              "id: 3\nevent: drain\ndata: {}\n\n");
    EXPECT_EQ(second.stream->take(), std::string(kHello) + "id: 3\nevent: drain\ndata: {}\n\n");
    EXPECT_EQ(first.stream->take(), "");
}

TEST_F(EventsTest, there_is_a_limit_and_who_has_left_makes_room) {
    std::vector<http::Response> listeners;
    for (std::size_t i = 0; i < Events::kListenersMax; ++i) {
        listeners.push_back(events_.listen());
        ASSERT_NE(listeners.back().stream, nullptr);
    }
    EXPECT_EQ(events_.listen().status, 503U);

    listeners.front().stream->end();

    EXPECT_NE(events_.listen().stream, nullptr);
}

TEST_F(EventsTest, who_reads_too_slowly_is_given_up_and_the_others_go_on) {
    const http::Response slow = events_.listen();
    const http::Response fast = events_.listen();
    const std::string large(http::BodyStream::kPendingBytesMax / 4, 'x');
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(fast.stream->is_ended());
        fast.stream->take();
        events_.tell("ring", large);
    }

    EXPECT_TRUE(slow.stream->is_ended());
    EXPECT_FALSE(fast.stream->is_ended());
    EXPECT_EQ(events_.listeners(), 2U) << "until the next event";
    events_.tell("ring", "{}");
    EXPECT_EQ(events_.listeners(), 1U);
}

TEST_F(EventsTest, they_end_with_the_process) {
    auto events = std::make_unique<Events>(loop_);
    const http::Response listener = events->listen();

    events.reset();

    EXPECT_TRUE(listener.stream->is_ended());
}

TEST(OneLine, has_no_line_ends) {
    EXPECT_EQ(one_line("{\n  \"a\": 1\n}\n"), "{   \"a\": 1 }");
}

}  // namespace
}  // namespace ringside::admin
