#include "io/file_watch.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace ringside::io {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public testing::Test {
  protected:
    FileWatchTest()
        : folder_(testing::TempDir() + "ringside_file_watch." + std::to_string(::getpid())) {
        fs::remove_all(folder_);
        fs::create_directory(folder_);
    }
    ~FileWatchTest() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    static void write(const std::string& file, const std::string& text) {
        std::ofstream(file) << text;
    }
    void watch(const std::string& file) {
        auto opened = FileWatch::open(loop_, file, [this] {
            ++changes_;
            loop_.stop();
        });
        ASSERT_TRUE(opened) << opened.error().message;
        watch_ = std::move(*opened);
    }
    // True if a change is told before patience ends.
    bool is_told() {
        const int before = changes_;
        EventLoop::Timer patience(loop_);
        patience.arm(base::Clock::now() + base::seconds(20), [this] { loop_.stop(); });
        loop_.run();
        return changes_ > before;
    }

    const std::string folder_;
    EventLoop loop_;
    int changes_ = 0;
    std::unique_ptr<FileWatch> watch_;
};

TEST_F(FileWatchTest, sees_a_file_written_in_place) {
    write(path("a.yml"), "one");
    watch(path("a.yml"));

    write(path("a.yml"), "two");
    EXPECT_TRUE(is_told());
    write(path("a.yml"), "three");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, sees_another_file_renamed_over_it) {
    write(path("a.yml"), "one");
    watch(path("a.yml"));

    for (const char* text : {"two", "three"}) {
        write(path("new"), text);
        fs::rename(path("new"), path("a.yml"));
        EXPECT_TRUE(is_told()) << text;
    }
}

TEST_F(FileWatchTest, sees_a_file_that_comes_later) {
    watch(path("a.yml"));

    write(path("a.yml"), "one");

    EXPECT_TRUE(is_told());
}

// kubelet, pkg/volume/util/atomic_writer.go: a new folder, and a link renamed over `..data`.
TEST_F(FileWatchTest, sees_the_swap_of_a_mounted_config_map) {
    fs::create_directory(path("..first"));
    write(path("..first/a.yml"), "one");
    fs::create_symlink("..first", path("..data"));
    fs::create_symlink("..data/a.yml", path("a.yml"));
    watch(path("a.yml"));

    std::string old = "..first";
    for (const std::string name : {"..second", "..third"}) {
        fs::create_directory(path(name));
        write(path(name + "/a.yml"), name);
        fs::create_symlink(name, path("..data_tmp"));
        fs::rename(path("..data_tmp"), path("..data"));
        fs::remove_all(path(old));
        EXPECT_TRUE(is_told()) << name;
        old = name;
    }
}

TEST_F(FileWatchTest, sees_the_file_behind_a_link_in_another_folder) {
    fs::create_directory(path("elsewhere"));
    write(path("elsewhere/a.yml"), "one");
    fs::create_symlink(path("elsewhere/a.yml"), path("a.yml"));
    watch(path("a.yml"));

    write(path("elsewhere/new"), "two");
    fs::rename(path("elsewhere/new"), path("elsewhere/a.yml"));

    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, many_events_are_told_together) {
    write(path("a.yml"), "one");
    watch(path("a.yml"));

    for (int i = 0; i < 100; ++i) {
        write(path("a.yml"), std::to_string(i));
    }

    EXPECT_TRUE(is_told());
    EXPECT_LT(changes_, 10);
}

TEST_F(FileWatchTest, may_end_in_its_own_call) {
    write(path("a.yml"), "one");
    auto opened = FileWatch::open(loop_, path("a.yml"), [this] {
        watch_.reset();
        ++changes_;
        loop_.stop();
    });
    ASSERT_TRUE(opened);
    watch_ = std::move(*opened);

    write(path("a.yml"), "two");

    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, a_folder_that_is_not_there_is_an_error) {
    const auto opened = FileWatch::open(loop_, path("none/a.yml"), [] {});

    EXPECT_EQ(opened.error().message, "inotify_add_watch: No such file or directory");
}

}  // namespace
}  // namespace ringside::io
