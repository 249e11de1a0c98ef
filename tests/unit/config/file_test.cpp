#include "config/file.h"

#include "config/load.h"
#include "config/schema.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace ringside::config {
namespace {

TEST(File, comes_as_its_bytes) {
    const std::string path = testing::TempDir() + "ringside_file_test.yml";
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    ASSERT_NE(file, nullptr);
    std::fwrite("a\0b\n", 1, 4, file);
    std::fclose(file);

    const auto text = read_file(path);
    std::remove(path.c_str());

    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, std::string("a\0b\n", 4));
}

TEST(File, without_an_end_is_cut_where_the_loader_refuses_it) {
    const auto text = read_file("/dev/zero");

    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(text->size(), kFileBytesMax + 1);
    EXPECT_FALSE(load_text(*text, "f.yml"));
}

TEST(File, that_cannot_be_read_is_an_error_with_the_reason) {
    EXPECT_EQ(read_file("/nowhere/a.yml").error().message,
              "/nowhere/a.yml: cannot be read: No such file or directory");
    EXPECT_EQ(read_file("/").error().message, "/: cannot be read: Is a directory");
}

}  // namespace
}  // namespace ringside::config
