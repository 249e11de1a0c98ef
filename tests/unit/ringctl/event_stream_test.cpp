#include "ringctl/event_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringside::ctl {
namespace {

constexpr std::string_view kStream =
    "retry: 2000\nevent: hello\ndata: {}\n\n:\n\nid: 7\nevent: ring\ndata: {\"a\": 1}\n\nevent: "
    "x\n";

std::string names_in(EventParser& parser) {
    std::string text;
    while (const auto event = parser.next()) {
        text += event->name + "=" + event->data + ";";
    }
    return text;
}

TEST(EventParser, gives_events_that_are_complete) {
    EventParser parser;

    parser.take(kStream);

    EXPECT_EQ(names_in(parser), "hello={};ring={\"a\": 1};");
    EXPECT_FALSE(parser.next().has_value());
}

TEST(EventParser, does_not_mind_how_they_come) {
    EventParser parser;

    for (const char byte : kStream) {
        parser.take({&byte, 1});
    }

    EXPECT_EQ(names_in(parser), "hello={};ring={\"a\": 1};");
}

TEST(EventParser, does_not_keep_a_line_without_an_end) {
    EventParser parser;

    parser.take("data: " + std::string(2 << 20, 'x'));
    parser.take("\nevent: later\ndata: {}\n\n");

    EXPECT_EQ(names_in(parser), "later={};");
}

}  // namespace
}  // namespace ringside::ctl
