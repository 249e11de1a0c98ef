#include "discovery/file_reading.h"

#include "integration/support/temporary_directory.h"
#include "loop_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

namespace fs = std::filesystem;

using base::milliseconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

class FileReadingTest : public ::testing::Test, public LoopHarness {
  protected:
    void read(const std::string& name, std::size_t bytes_max = 1000) {
        reading.emplace(loop, FileQuestion{.path = folder.file(name), .bytes_max = bytes_max},
                        [this](base::Expected<std::string> text) {
                            told.push_back(text ? *text : text.error().message);
                            happened();
                        });
    }
    void rename_over(const std::string& name, const std::string& text) {
        folder.write("new", text);
        fs::rename(folder.file("new"), folder.file(name));
    }

    testing::TemporaryDirectory folder;
    std::vector<std::string> told;
    std::optional<FileReading> reading;
};

TEST_F(FileReadingTest, tells_what_is_there_and_then_what_is_renamed_over_it) {
    folder.write("nodes", "one");
    read("nodes");
    run_until_happened();

    rename_over("nodes", "two");
    run_until_happened();

    EXPECT_THAT(told, ElementsAre("one", "two"));
}

// kubelet, pkg/volume/util/atomic_writer.go: a new folder, and a link renamed over `..data`.
TEST_F(FileReadingTest, tells_the_swap_of_a_mounted_config_map) {
    fs::create_directory(folder.file("..1"));
    folder.write("..1/nodes", "one");
    fs::create_symlink("..1", folder.file("..data"));
    fs::create_symlink("..data/nodes", folder.file("nodes"));
    read("nodes");
    run_until_happened();

    fs::create_directory(folder.file("..2"));
    folder.write("..2/nodes", "two");
    fs::create_symlink("..2", folder.file("..data_tmp"));
    fs::rename(folder.file("..data_tmp"), folder.file("..data"));
    fs::remove_all(folder.file("..1"));
    run_until_happened();

    EXPECT_THAT(told, ElementsAre("one", "two"));
}

TEST_F(FileReadingTest, a_file_that_is_being_written_is_read_when_it_is_left_alone) {
    folder.write("nodes", "one");
    read("nodes");
    run_until_happened();

    std::ofstream writer(folder.file("nodes"));
    for (int i = 0; i < 8; ++i) {
        writer << "part " << std::flush;
        run_for(milliseconds(60));
    }
    EXPECT_THAT(told, ElementsAre("one"));
    writer << "end";
    writer.close();
    run_until_happened();

    EXPECT_THAT(told, ElementsAre("one", EndsWith("part end")));
}

TEST_F(FileReadingTest, a_file_that_is_never_left_alone_is_no_list) {
    folder.write("nodes", "one");
    read("nodes");
    run_until_happened();
    std::ofstream writer(folder.file("nodes"));

    for (int i = 0; told.size() == 1 && i < 1000; ++i) {
        writer << "more " << std::flush;
        run_for(milliseconds(50));
    }

    EXPECT_THAT(told.back(), EndsWith("is written again and again; write another file and rename "
                                      "it to this"));
}

TEST_F(FileReadingTest, a_folder_that_comes_later_is_found) {
    read("later/nodes");
    run_until_happened();
    EXPECT_THAT(told, ElementsAre(EndsWith("cannot be read: No such file or directory")));

    fs::create_directory(folder.file("later"));
    folder.write("later/nodes", "one");
    run_until_happened();

    EXPECT_EQ(told.back(), "one");
}

TEST_F(FileReadingTest, a_file_that_is_gone_is_told_once_and_not_while_it_is_replaced) {
    folder.write("nodes", "one");
    read("nodes");
    run_until_happened();

    fs::remove(folder.file("nodes"));
    folder.write("nodes", "two");
    run_until_happened();
    EXPECT_THAT(told, ElementsAre("one", "two"));
    fs::remove(folder.file("nodes"));
    run_until_happened();

    EXPECT_THAT(told.back(), EndsWith("cannot be read: No such file or directory"));
    EXPECT_EQ(told.size(), 3U);
}

TEST_F(FileReadingTest, of_a_larger_file_one_byte_more_comes) {
    folder.write("nodes", std::string(100, 'x'));

    read("nodes", 10);
    run_until_happened();

    EXPECT_THAT(told, ElementsAre(std::string(11, 'x')));
}

TEST_F(FileReadingTest, a_pipe_does_not_hold_up_the_loop) {
    ASSERT_EQ(::mkfifo(folder.file("nodes").c_str(), 0600), 0);

    read("nodes");
    run_until_happened();

    EXPECT_THAT(told, ElementsAre(EndsWith("it is no regular file")));
}

TEST_F(FileReadingTest, may_end_in_its_own_call_and_tells_nothing_afterwards) {
    folder.write("nodes", "one");
    reading.emplace(loop, FileQuestion{.path = folder.file("nodes"), .bytes_max = 100},
                    [this](const base::Expected<std::string>&) {
                        reading.reset();
                        happened();
                    });
    run_until_happened();
    read("nodes");
    reading.reset();

    run_for(milliseconds(400));

    EXPECT_THAT(told, IsEmpty());
}

}  // namespace
}  // namespace ringside::discovery
