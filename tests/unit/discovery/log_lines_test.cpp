#include "discovery/log_lines.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Ring = LogLines::Ring;

const base::LogFields kAbout{base::LogEvent::advice};

std::vector<std::string> texts(const std::vector<LogLine>& lines) {
    std::vector<std::string> result;
    for (const LogLine& line : lines) {
        result.push_back(line.text);
    }
    return result;
}

TEST(LogLines, what_changes_no_ring_does_not_wait_for_one) {
    LogLines lines;
    lines.add({.about = kAbout, .text = "ejected", .of_ring = true});
    lines.add({.about = kAbout, .text = "lost"});

    EXPECT_THAT(texts(lines.take(Ring::pending)), ElementsAre("lost"));
    EXPECT_THAT(texts(lines.take(Ring::pending)), IsEmpty());
    lines.add({.about = kAbout, .text = "back"});

    EXPECT_THAT(texts(lines.take(Ring::published)), ElementsAre("ejected", "back"));
    EXPECT_THAT(texts(lines.take(Ring::published)), IsEmpty());
}

TEST(LogLines, changes_of_a_ring_over_the_limit_are_counted_in_one_line_behind_the_others) {
    LogLines lines;
    for (int i = 0; i < 40; ++i) {
        lines.add({.about = kAbout, .text = fmt::format("node {} added", i), .of_ring = true});
    }
    lines.add({.about = kAbout, .text = "advice", .warning = true});

    const std::vector<LogLine> first = lines.take(Ring::published);

    ASSERT_THAT(first, SizeIs(LogLines::kOfRingMax + 2));
    EXPECT_EQ(first[LogLines::kOfRingMax].text, "and 8 more changes");
    EXPECT_TRUE(first[LogLines::kOfRingMax].of_ring);
    EXPECT_EQ(first.back().text, "advice");
    lines.add({.about = kAbout, .text = "the next", .of_ring = true});
    EXPECT_THAT(texts(lines.take(Ring::published)), ElementsAre("the next"));
}

TEST(LogLines, those_that_wait_for_a_ring_count_until_it_is_there) {
    LogLines lines;
    for (int i = 0; i < 20; ++i) {
        lines.add({.about = kAbout, .text = "first", .of_ring = true});
    }
    EXPECT_THAT(lines.take(Ring::pending), IsEmpty());

    for (int i = 0; i < 20; ++i) {
        lines.add({.about = kAbout, .text = "second", .of_ring = true});
    }

    EXPECT_THAT(lines.take(Ring::published), SizeIs(LogLines::kOfRingMax + 1));
}

}  // namespace
}  // namespace ringside::discovery
