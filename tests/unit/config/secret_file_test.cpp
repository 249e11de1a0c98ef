#include "config/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ringside::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PasswordFile : public ::testing::Test {
  protected:
    ~PasswordFile() override { std::filesystem::remove(path_); }
    base::Expected<std::string> read(const std::string& content) const {
        std::ofstream(path_, std::ios::binary) << content;
        return read_password_file(path_);
    }
    const std::string path_ =
        (std::filesystem::temp_directory_path() / ("ringside-password-" + std::to_string(getpid())))
            .string();
};

TEST_F(PasswordFile, has_a_password_that_may_have_any_bytes_but_line_ends_behind_it) {
    EXPECT_EQ(*read("secret"), "secret");
    EXPECT_EQ(*read("two words\r\n"), "two words");
    EXPECT_EQ(*read(std::string("\0\xff\n", 3)), std::string("\0\xff", 2));
    EXPECT_EQ(*read(std::string(kPasswordBytesMax, 'x') + "\n"),
              std::string(kPasswordBytesMax, 'x'));
}

TEST_F(PasswordFile, is_refused_without_being_shown) {
    for (const std::string& content :
         {std::string("\n"), std::string(kPasswordBytesMax + 1, 'x')}) {
        const auto password = read(content);
        ASSERT_FALSE(password);
        EXPECT_THAT(password.error().message, HasSubstr(path_ + ": a password is 1 to 1024 bytes"));
        EXPECT_THAT(password.error().message, Not(HasSubstr("xx")));
    }
    EXPECT_THAT(read_password_file("/nowhere/at/all").error().message, HasSubstr("No such file"));
    EXPECT_FALSE(read_password_file("/dev/zero"));
}

}  // namespace
}  // namespace ringside::config
