#include "protocol/reply_line_end.h"

#include "base/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::protocol {
namespace {

TEST(ReplyLineEnd, is_found_behind_the_line_feed) {
    Resume resume;

    const LineEnd line = find_line_end("+a\r\n-error\r\n:1", 4, resume);

    EXPECT_EQ(line.status, ReplyStatus::complete);
    EXPECT_EQ(line.end, 12U);
    EXPECT_EQ(resume.line_bytes, 0U);
}

TEST(ReplyLineEnd, must_have_a_carriage_return) {
    Resume resume;

    EXPECT_EQ(find_line_end("-e\n", 0, resume).problem, "line without CRLF");
    EXPECT_EQ(find_line_end("\r\n\n", 2, resume).problem, "line without CRLF");
}

TEST(ReplyLineEnd, is_found_however_much_of_the_line_has_been_dropped) {
    const std::string line = "-" + std::string(5'000, 'x') + "\r\n";
    for (std::size_t first = 1; first < line.size(); first += 100) {
        Resume resume;
        ASSERT_EQ(find_line_end(line.substr(0, first), 0, resume).status, ReplyStatus::need_more);
        EXPECT_EQ(resume.need_bytes, first + 1);
        const std::size_t dropped = first - 1;
        resume.last_line = '-';
        resume.drop(dropped);

        const LineEnd end = find_line_end(line.substr(dropped), 0, resume);

        EXPECT_EQ(end.status, ReplyStatus::complete);
        EXPECT_EQ(end.end, line.size() - dropped);
    }
}

TEST(ReplyLineEnd, does_not_come_behind_more_than_a_string_may_have) {
    const std::string piece(std::size_t{1} << 20, 'x');
    Resume resume;
    LineEnd line;
    std::size_t pieces = 0;

    while (line.status == ReplyStatus::need_more && pieces < 1'000) {
        line = find_line_end(piece, 0, resume);
        resume.scanned_bytes = 0;  // as if all had been dropped
        ++pieces;
    }

    EXPECT_EQ(line.problem, "line too long");
    EXPECT_NEAR(static_cast<double>(pieces),
                static_cast<double>(base::kReplyLineBytesMax / piece.size()), 1);
}

}  // namespace
}  // namespace ringside::protocol
