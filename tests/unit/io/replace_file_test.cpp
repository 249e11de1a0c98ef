#include "io/replace_file.h"

#include "integration/support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace ringside::io {
namespace {

using base::seconds;
using ringside::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> files_in(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        names.push_back(entry.path().filename());
    }
    return names;
}

TEST(ReplaceFile, writes_a_file_for_its_owner_alone_and_leaves_nothing_beside_it) {
    const TemporaryDirectory directory;

    ASSERT_TRUE(replace_file(directory.path(), "state", "first"));
    ASSERT_TRUE(replace_file(directory.path(), "state", "the second"));

    EXPECT_EQ(text_of(directory.file("state")), "the second");
    EXPECT_THAT(files_in(directory.path()), ElementsAre("state"));
    struct stat found {};
    ASSERT_EQ(::stat(directory.file("state").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(ReplaceFile, a_link_of_its_name_is_replaced_and_not_followed) {
    const TemporaryDirectory directory;
    const std::string other = directory.write("other", "untouched");
    ASSERT_EQ(::symlink(other.c_str(), directory.file("state").c_str()), 0);

    ASSERT_TRUE(replace_file(directory.path(), "state", "new"));

    EXPECT_EQ(text_of(other), "untouched");
    EXPECT_FALSE(std::filesystem::is_symlink(directory.file("state")));
}

TEST(ReplaceFile, what_cannot_be_written_is_named_and_what_was_there_stays) {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory.file("taken"));

    const auto no_directory = replace_file(directory.file("none"), "state", "x");
    const auto no_file = replace_file(directory.path(), "taken", "x");

    ASSERT_FALSE(no_directory);
    EXPECT_EQ(no_directory.error().message,
              directory.file("none") +
                  "/state: cannot be written: its directory: No such file or directory");
    ASSERT_FALSE(no_file);
    EXPECT_THAT(no_file.error().message, HasSubstr("/taken: cannot be written: rename: "));
    EXPECT_THAT(files_in(directory.path()), ElementsAre("taken")) << "the attempt is cleared away";
}

TEST(ReplaceFile, who_reads_while_two_write_reads_one_or_the_other) {
    const TemporaryDirectory directory;
    const std::string a(100'000, 'a');
    const std::string b(50'000, 'b');
    ASSERT_TRUE(replace_file(directory.path(), "state", a));
    const auto write_often = [&directory](const std::string& text) {
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(replace_file(directory.path(), "state", text));
        }
    };

    std::thread first(write_often, a);
    std::thread second(write_often, b);
    for (int i = 0; i < 200; ++i) {
        const std::string text = text_of(directory.file("state"));
        EXPECT_TRUE(text == a || text == b) << text.size();
    }
    first.join();
    second.join();

    EXPECT_THAT(files_in(directory.path()), ElementsAre("state"));
}

TEST(TornFiles, are_removed_when_nobody_can_be_at_them_any_more) {
    const TemporaryDirectory directory;
    for (const char* const name : {"state", ".state.7.00ff", ".other.7.00ff", "state.7"}) {
        directory.write(name, "x");
    }

    remove_torn_files(directory.path(), "state", seconds(60));
    EXPECT_THAT(files_in(directory.path()), ::testing::SizeIs(4));
    remove_torn_files(directory.path(), "state", seconds(-60));
    remove_torn_files(directory.file("none"), "state", seconds(-60));

    EXPECT_THAT(files_in(directory.path()),
                ::testing::UnorderedElementsAre("state", ".other.7.00ff", "state.7"));
}

}  // namespace
}  // namespace ringside::io
