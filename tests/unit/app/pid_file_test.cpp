#include "app/pid_file.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace ringside::app {
namespace {

class PidFileTest : public testing::Test {
  protected:
    PidFileTest() { std::filesystem::remove(path_); }
    ~PidFileTest() override { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream(path_) << text; }
    std::string content() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // A process of its own for each test.
    const std::string path_ =
        testing::TempDir() + "ringside_pid_file_test." + std::to_string(::getpid());
};

TEST_F(PidFileTest, holds_the_number_alone_and_goes_with_its_owner) {
    {
        const auto file = PidFile::create(path_);
        ASSERT_TRUE(file) << file.error().message;
        struct stat status {};
        ASSERT_EQ(::stat(path_.c_str(), &status), 0);

        EXPECT_EQ(content(), std::to_string(::getpid()));
        EXPECT_EQ(status.st_mode & 07777, 0644U);
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(PidFileTest, of_a_dead_process_is_replaced) {
    write("1234567890123\n");

    const auto file = PidFile::create(path_);

    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(content(), std::to_string(::getpid()));
}

TEST_F(PidFileTest, of_a_live_process_is_left_alone) {
    const auto first = PidFile::create(path_);
    ASSERT_TRUE(first);

    const auto second = PidFile::create(path_);

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "pid file " + path_ + ": belongs to a process that runs");
    EXPECT_EQ(content(), std::to_string(::getpid()));
}

TEST_F(PidFileTest, that_somebody_has_replaced_is_not_removed) {
    auto file = PidFile::create(path_);
    ASSERT_TRUE(file);
    std::filesystem::remove(path_);
    write("77");

    { const PidFile gone = std::move(*file); }

    EXPECT_EQ(content(), "77");
}

TEST_F(PidFileTest, that_cannot_be_written_is_an_error_with_the_reason) {
    EXPECT_EQ(PidFile::create("/nowhere/pid").error().message,
              "pid file /nowhere/pid: open: No such file or directory");
}

}  // namespace
}  // namespace ringside::app
