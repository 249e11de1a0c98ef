#include "io/name_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ringside::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(NameFiles, hosts_are_addresses_with_their_names) {
    const HostTable table = parse_hosts(
        "# a comment\n"
        "127.0.0.1\tlocalhost # another\n"
        "  ::1  LocalHost ip6-localhost\r\n"
        "\n"
        "10.0.0.1 cache.test cache");

    EXPECT_THAT(table, UnorderedElementsAre(Pair("localhost", ElementsAre("127.0.0.1", "::1")),
                                            Pair("ip6-localhost", ElementsAre("::1")),
                                            Pair("cache.test", ElementsAre("10.0.0.1")),
                                            Pair("cache", ElementsAre("10.0.0.1"))));
}

TEST(NameFiles, lines_that_are_something_else_are_left_out) {
    EXPECT_THAT(parse_hosts("name 10.0.0.1\n/run/a.sock name\n10.0.0.1\n10.0.0.1 # name\n\n\n:\n"),
                IsEmpty());
    EXPECT_THAT(parse_hosts(""), IsEmpty());
}

TEST(NameFiles, an_address_counts_once_and_not_without_end) {
    std::string text = "10.0.0.1 a\n10.0.0.1 a\n";
    EXPECT_EQ(parse_hosts(text).at("a").size(), 1U);

    for (int i = 0; i < 1000; ++i) {
        text += "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + " a\n";
    }
    EXPECT_EQ(parse_hosts(text).at("a").size(), 256U);
}

class HostsFileTest : public testing::Test {
  protected:
    HostsFileTest() : path_(testing::TempDir() + "ringside_hosts." + std::to_string(::getpid())) {}
    ~HostsFileTest() override { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream(path_) << text; }

    const std::string path_;
};

TEST_F(HostsFileTest, is_read_again_when_it_has_changed) {
    HostsFile hosts(path_);
    EXPECT_EQ(hosts.find("a"), nullptr);

    write("10.0.0.1 a\n");
    ASSERT_NE(hosts.find("a"), nullptr);
    EXPECT_THAT(*hosts.find("a"), ElementsAre("10.0.0.1"));
    EXPECT_EQ(hosts.find("b"), nullptr);

    write("10.0.0.22 b\n");
    EXPECT_EQ(hosts.find("a"), nullptr);
    EXPECT_NE(hosts.find("b"), nullptr);

    std::filesystem::remove(path_);
    EXPECT_EQ(hosts.find("b"), nullptr);
}

TEST_F(HostsFileTest, a_folder_in_its_place_has_no_names) {
    HostsFile hosts("/");

    EXPECT_EQ(hosts.find("a"), nullptr);
}

TEST_F(HostsFileTest, a_stamp_tells_another_file_of_the_same_size) {
    write("one");
    const FileStamp one = FileStamp::of(path_);
    std::ofstream(path_ + ".new") << "two";
    std::filesystem::rename(path_ + ".new", path_);

    EXPECT_NE(FileStamp::of(path_), one);
    EXPECT_EQ(FileStamp::of(path_), FileStamp::of(path_));
    EXPECT_EQ(FileStamp::of(path_ + ".none"), FileStamp());
}

}  // namespace
}  // namespace ringside::io
