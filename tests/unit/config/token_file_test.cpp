#include "config/token_file.h"

#include "integration/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::config {
namespace {

using testing::TemporaryDirectory;

TEST(TokenFile, the_token_is_its_line) {
    const TemporaryDirectory directory;

    for (const char* text : {"t0ken", "t0ken\n", "t0ken\r\n", "t0ken\n\n"}) {
        EXPECT_EQ(*read_token_file(directory.write("token", text)), "t0ken");
    }
}

TEST(TokenFile, what_holds_none_is_named_and_not_shown) {
    const TemporaryDirectory directory;

    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("s3cret two"), std::string("\ts3cret"),
          std::string("s3cret\nmore"), std::string("s3cret\0", 7), std::string("s3cret\x7f"),
          std::string(kTokenBytesMax + 1, 'x')}) {
        const auto token = read_token_file(directory.write("token", text));
        ASSERT_FALSE(token);
        EXPECT_EQ(token.error().message.find("s3cret"), std::string::npos);
        EXPECT_NE(token.error().message.find(directory.file("token")), std::string::npos);
    }
    EXPECT_TRUE(read_token_file(directory.write("token", std::string(kTokenBytesMax, 'x'))));
}

TEST(TokenFile, who_reads_it_does_not_wait) {
    const TemporaryDirectory directory;

    EXPECT_FALSE(read_token_file(directory.path()));
    EXPECT_FALSE(read_token_file("/dev/zero"));
    EXPECT_FALSE(read_token_file(directory.file("none")));
}

}  // namespace
}  // namespace ringside::config
