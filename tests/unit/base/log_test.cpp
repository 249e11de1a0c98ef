#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace ringside::base {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

const LogFields kAbout{LogEvent::started};

// A directory of its own per test, removed with it.
class LogTest : public testing::Test {
  protected:
    LogTest() {
        std::string name =
            (std::filesystem::temp_directory_path() / "ringside-log-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~LogTest() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return (directory_ / name).string(); }

    std::vector<std::string> lines(Log& log, const std::string& name) const {
        log.flush();
        std::vector<std::string> result;
        std::ifstream stream(path(name));
        for (std::string line; std::getline(stream, line);) {
            result.push_back(line);
        }
        return result;
    }

  private:
    std::filesystem::path directory_;
};

TEST_F(LogTest, a_line_has_the_time_the_level_and_the_text) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));

    log.info(kAbout, "pool {}: {} nodes", "alpha", 3);

    EXPECT_THAT(lines(log, "log"),
                ElementsAre(MatchesRegex("\\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{12}\\] "
                                         "\\[info\\] pool alpha: 3 nodes")));
}

TEST_F(LogTest, lines_below_the_level_are_dropped) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));
    log.debug("one");
    log.set_level(LogLevel::warn);
    log.info(kAbout, "two");
    log.warn(kAbout, "three");
    log.error(kAbout, "four");
    log.set_level(LogLevel::debug);
    log.debug("five");

    EXPECT_THAT(lines(log, "log"), ElementsAre(EndsWith("[warning] three"),
                                               EndsWith("[error] four"), EndsWith("[debug] five")));
    EXPECT_TRUE(log.enabled(LogLevel::debug));
}

TEST_F(LogTest, control_characters_are_escaped_so_that_no_line_can_be_forged) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));

    log.warn(kAbout, "node {} lost", "a\r\n[2020-01-01] [info] all is well\x1b[2J\x7f");
    log.warn(kAbout, "{}", std::string_view("zero\0tab\t", 9));
    log.warn(kAbout, "Grüße {{}}");

    EXPECT_THAT(
        lines(log, "log"),
        ElementsAre(EndsWith(R"(node a\x0d\x0a[2020-01-01] [info] all is well\x1b[2J\x7f lost)"),
                    EndsWith(R"(zero\x00tab\x09)"), EndsWith("Grüße {}")));
}

TEST_F(LogTest, text_of_a_peer_is_never_a_format) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));

    log.warn(kAbout, "{}", "%s %n {0} %v");

    EXPECT_THAT(lines(log, "log"), ElementsAre(EndsWith("] %s %n {0} %v")));
}

TEST_F(LogTest, reopening_follows_a_rotated_file) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));
    log.info(kAbout, "before");
    std::filesystem::rename(path("log"), path("log.1"));

    ASSERT_TRUE(log.reopen());
    log.info(kAbout, "after");

    EXPECT_THAT(lines(log, "log.1"), ElementsAre(EndsWith("before")));
    EXPECT_THAT(lines(log, "log"), ElementsAre(EndsWith("after")));
}

TEST_F(LogTest, an_existing_file_is_appended_to) {
    for (const char* text : {"first", "second"}) {
        Log log;
        ASSERT_TRUE(log.open(path("log")));
        log.info(kAbout, "{}", text);
    }  // the end of a log waits until all is written

    Log log;
    EXPECT_THAT(lines(log, "log"), ElementsAre(EndsWith("first"), EndsWith("second")));
}

TEST_F(LogTest, a_file_that_cannot_be_opened_is_an_error_and_the_log_goes_on) {
    std::ofstream(path("file")) << "not a directory\n";
    Log log;
    ASSERT_TRUE(log.open(path("log")));

    const Status status = log.open(path("file") + "/log");

    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::io);
    EXPECT_THAT(status.error().message, HasSubstr(path("file") + "/log"));
    log.info(kAbout, "still here");
    EXPECT_THAT(lines(log, "log"), ElementsAre(EndsWith("still here")));
}

TEST_F(LogTest, json_lines_have_the_time_in_utc_the_level_and_the_message) {
    Log log;
    log.set_format(LogFormat::json);
    ASSERT_TRUE(log.open(path("log")));

    log.info({.event = LogEvent::node_lost, .pool = "alpha"}, "pool {}: \"{}\" nodes", "alpha", 3);
    log.warn(kAbout, "a\r\n{}\xff", std::string_view("\0", 1));

    EXPECT_THAT(
        lines(log, "log"),
        ElementsAre(
            MatchesRegex(R"(\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z",)"
                         R"("level":"info","message":"pool alpha: \\"3\\" nodes",)"
                         R"("event":"node_lost","pool":"alpha"\})"),
            EndsWith("\"level\":\"warning\",\"message\":\"a\\u000d\\u000a\\u0000\xef\xbf\xbd\","
                     "\"event\":\"started\"}")));
}

TEST_F(LogTest, the_format_outlives_reopening_and_can_be_changed_back) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));
    log.set_format(LogFormat::json);
    ASSERT_TRUE(log.reopen());

    log.info(kAbout, "one");
    log.set_format(LogFormat::text);
    log.info(kAbout, "two");

    EXPECT_THAT(lines(log, "log"), ElementsAre(EndsWith(R"("message":"one","event":"started"})"),
                                               EndsWith("[info] two")));
}

TEST(LogFormatName, is_text_or_json) {
    EXPECT_EQ(parse_log_format("text"), LogFormat::text);
    EXPECT_EQ(parse_log_format("json"), LogFormat::json);
    EXPECT_EQ(parse_log_format("JSON"), std::nullopt);
    EXPECT_EQ(parse_log_format(""), std::nullopt);
}

TEST(Verbosity, nutcrackers_levels_map_to_ours) {
    EXPECT_EQ(level_of_verbosity(0), LogLevel::error);
    EXPECT_EQ(level_of_verbosity(3), LogLevel::error);
    EXPECT_EQ(level_of_verbosity(4), LogLevel::warn);
    EXPECT_EQ(level_of_verbosity(5), LogLevel::info);
    EXPECT_EQ(level_of_verbosity(6), LogLevel::info);
    EXPECT_EQ(level_of_verbosity(7), LogLevel::debug);
    EXPECT_EQ(level_of_verbosity(kVerbosityMax), LogLevel::debug);
    EXPECT_EQ(level_of_verbosity(kVerbosityMax + 1), LogLevel::debug);
}

TEST_F(LogTest, reopening_standard_error_is_no_error) {
    Log log;

    EXPECT_TRUE(log.reopen());
}

TEST_F(LogTest, threads_may_write_while_the_file_is_reopened) {
    Log log;
    ASSERT_TRUE(log.open(path("log")));
    std::vector<std::thread> writers;
    for (int thread = 0; thread < 3; ++thread) {
        writers.emplace_back([&log, thread] {
            for (int i = 0; i < 200; ++i) {
                log.info(kAbout, "thread {} line {}", thread, i);
            }
        });
    }

    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(log.reopen());
    }
    for (std::thread& writer : writers) {
        writer.join();
    }

    EXPECT_THAT(lines(log, "log"), SizeIs(600));
}

TEST_F(LogTest, the_process_has_one_log) {
    EXPECT_EQ(&log(), &log());
}

}  // namespace
}  // namespace ringside::base
