#include "config/file.h"

#include "config/load.h"
#include "config/schema.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

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
    EXPECT_EQ(read_regular_file("/nowhere/a.yml", 9).error().message,
              "/nowhere/a.yml: cannot be read: No such file or directory");
}

TEST(File, of_another_kind_is_refused_by_who_must_not_wait) {
    const std::string path = testing::TempDir() + "ringside_file_test.fifo";
    std::remove(path.c_str());
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const auto of_pipe = read_regular_file(path, 9);
    std::remove(path.c_str());
    const auto of_itself = read_regular_file("/proc/self/exe", 9);

    ASSERT_FALSE(of_pipe);
    EXPECT_EQ(of_pipe.error().message, path + ": cannot be read: it is no regular file");
    EXPECT_EQ(read_regular_file("/dev/zero", 9).error().message,
              "/dev/zero: cannot be read: it is no regular file");
    ASSERT_TRUE(of_itself);
    EXPECT_EQ(of_itself->size(), 10U) << "one byte more than the limit";
}

}  // namespace
}  // namespace ringside::config
