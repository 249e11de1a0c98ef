#include "base/log_writer.h"

#include "base/limits.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace ringside::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr milliseconds kLimit{10'000};  // only reached if something is wrong

std::string loss_line(std::uint64_t lines, std::string_view reason) {
    return fmt::format("lost {}: {}\n", lines, reason);
}

// A directory of its own per test, removed with it.
class LogWriterTest : public testing::Test {
  protected:
    LogWriterTest() {
        std::string name =
            (std::filesystem::temp_directory_path() / "ringside-log-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~LogWriterTest() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return (directory_ / name).string(); }

    static std::string text_of(const std::string& path) {
        std::ifstream stream(path);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    // A named pipe, and its end for reading.
    int make_pipe(const std::string& name) const {
        EXPECT_EQ(::mkfifo(path(name).c_str(), 0600), 0);
        return ::open(path(name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }

    // Reads until `end` has come.
    static std::string read_to(int fd, std::string_view end) {
        std::string text;
        std::array<char, 4096> block{};
        const TimePoint deadline = Clock::now() + kLimit;
        while (text.find(end) == std::string::npos && Clock::now() < deadline) {
            const ssize_t size = ::read(fd, block.data(), block.size());
            if (size > 0) {
                text.append(block.data(), static_cast<std::size_t>(size));
            }
        }
        return text;
    }

  private:
    std::filesystem::path directory_;
};

TEST_F(LogWriterTest, lines_arrive_in_their_order) {
    LogWriter writer(loss_line);
    ASSERT_TRUE(writer.open(path("log")));

    writer.push("one\n");
    writer.push("two\n");

    EXPECT_TRUE(writer.flush(kLimit));
    EXPECT_FALSE(writer.has_unwritten());
    EXPECT_EQ(text_of(path("log")), "one\ntwo\n");
}

TEST_F(LogWriterTest, what_finds_the_queue_full_is_dropped_and_told_where_the_gap_is) {
    const int reader = make_pipe("pipe");
    std::string written;
    {
        LogWriter writer(loss_line);
        ASSERT_TRUE(writer.open(path("pipe")));
        const std::string line = std::string(999, 'x') + "\n";
        while (writer.dropped() < 10) {
            writer.push(line);
        }
        EXPECT_TRUE(writer.has_unwritten());
        EXPECT_FALSE(writer.flush(milliseconds(1)));

        written = read_to(reader, "lines come\n");
        EXPECT_TRUE(writer.flush(kLimit));
        writer.push("after\n");
        written += read_to(reader, "after\n");
        EXPECT_EQ(writer.dropped(), 10);
    }

    EXPECT_THAT(written, StartsWith("xxx"));
    EXPECT_THAT(written, EndsWith("xxx\nlost 10: it is written more slowly than lines come\n"
                                  "after\n"));
    EXPECT_GT(written.size(), kLogQueueBytesMax - 1000);
    ::close(reader);
}

TEST_F(LogWriterTest, its_end_does_not_wait_for_a_reader_that_never_comes) {
    const int reader = make_pipe("pipe");
    const TimePoint begin = Clock::now();
    {
        LogWriter writer(loss_line);
        ASSERT_TRUE(writer.open(path("pipe")));
        for (int i = 0; i < 1000; ++i) {
            writer.push(std::string(999, 'x') + "\n");
        }
    }

    EXPECT_LT(Clock::now() - begin, 5 * kLogFlushMax);
    ::close(reader);
}

TEST_F(LogWriterTest, a_pipe_without_a_reader_can_be_opened_and_keeps_what_it_can) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    LogWriter writer(loss_line);

    ASSERT_TRUE(writer.open(path("pipe")));
    writer.push("one\n");

    const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    EXPECT_EQ(read_to(reader, "\n"), "one\n");
    ::close(reader);
}

TEST_F(LogWriterTest, a_reader_that_leaves_costs_its_lines_and_no_more) {
    int reader = make_pipe("pipe");
    LogWriter writer(loss_line);
    ASSERT_TRUE(writer.open(path("pipe")));
    ::close(reader);

    writer.push("one\n");
    writer.push("two\n");
    ASSERT_TRUE(writer.flush(kLimit));

    EXPECT_EQ(writer.dropped(), 2);
    reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    writer.push("three\n");
    EXPECT_EQ(read_to(reader, "three\n"), "lost 2: Broken pipe\nthree\n");
    ::close(reader);
}

TEST_F(LogWriterTest, a_full_disk_costs_lines_that_are_told_once_there_is_room) {
    LogWriter writer(loss_line);
    ASSERT_TRUE(writer.open("/dev/full"));
    for (int i = 0; i < 3; ++i) {
        writer.push("lost\n");
    }
    ASSERT_TRUE(writer.flush(kLimit));
    EXPECT_EQ(writer.dropped(), 3);

    ASSERT_TRUE(writer.open(path("log")));
    writer.push("after\n");
    ASSERT_TRUE(writer.flush(kLimit));

    EXPECT_EQ(text_of(path("log")), "lost 3: No space left on device\nafter\n");
}

TEST_F(LogWriterTest, lines_that_wait_for_a_pipe_go_to_what_is_opened_next) {
    const int reader = make_pipe("pipe");
    LogWriter writer(loss_line);
    ASSERT_TRUE(writer.open(path("pipe")));
    for (int i = 0; i < 200; ++i) {
        writer.push(fmt::format("{:0>998}x\n", i));
    }

    ASSERT_TRUE(writer.open(path("log")));
    writer.push("after\n");
    ASSERT_TRUE(writer.flush(kLimit));

    EXPECT_THAT(text_of(path("log")), EndsWith("199x\nafter\n"));
    EXPECT_EQ(writer.dropped(), 0);
    ::close(reader);
}

TEST_F(LogWriterTest, a_line_longer_than_a_pipe_takes_at_once_arrives_whole) {
    const int reader = make_pipe("pipe");
    LogWriter writer(loss_line);
    ASSERT_TRUE(writer.open(path("pipe")));
    const std::string line = std::string(100'000, 'x') + "\n";

    writer.push(line);

    EXPECT_EQ(read_to(reader, "\n"), line);
    ::close(reader);
}

TEST_F(LogWriterTest, a_file_that_cannot_be_opened_is_an_error_that_names_it) {
    const auto opened = open_log_file(path("missing") + "/log");

    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("/missing/log: cannot be opened: No such file"));
}

TEST(WaitUntilWritable, is_true_at_once_for_a_pipe_with_room_and_for_one_without_reader) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);

    EXPECT_TRUE(wait_until_writable(ends[1], milliseconds(0)));
    ::close(ends[0]);
    EXPECT_TRUE(wait_until_writable(ends[1], milliseconds(0)));
    ::close(ends[1]);
}

}  // namespace
}  // namespace ringside::base
