#include "config/workers.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace ringside::config {
namespace {

// Paths below the root, and what the files hold.
using Files = std::vector<std::pair<std::string, std::string>>;

// A file tree that stands for "/", gone with the test.
class FakeRoot {
  public:
    explicit FakeRoot(const Files& files) {
        std::string name = testing::TempDir() + "workers-XXXXXX";
        path_ = ::mkdtemp(name.data());
        for (const auto& [file, text] : files) {
            const std::filesystem::path target = path_ + file;
            std::filesystem::create_directories(target.parent_path());
            std::ofstream(target) << text;
        }
    }
    ~FakeRoot() { std::filesystem::remove_all(path_); }
    FakeRoot(const FakeRoot&) = delete;
    FakeRoot& operator=(const FakeRoot&) = delete;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

TEST(CpusOfCpuMax, rounds_up_to_whole_cpus) {
    EXPECT_EQ(cpus_of_cpu_max("200000 100000\n"), 2U);
    EXPECT_EQ(cpus_of_cpu_max("200001 100000\n"), 3U);
    EXPECT_EQ(cpus_of_cpu_max("10000 100000"), 1U);
}

TEST(CpusOfCpuMax, takes_max_and_malformed_text_for_no_limit) {
    for (const char* text : {"max 100000\n", "", "\n", "200000", "200000 ", " 100000", "200000 0",
                             "-1 100000", "x 100000", "200000 100000 1"}) {
        EXPECT_EQ(cpus_of_cpu_max(text), 0U) << text;
    }
}

TEST(CpusOfCfs, takes_minus_one_for_no_limit) {
    EXPECT_EQ(cpus_of_cfs("150000\n", "100000\n"), 2U);
    EXPECT_EQ(cpus_of_cfs("-1\n", "100000\n"), 0U);
    EXPECT_EQ(cpus_of_cfs("", ""), 0U);
}

TEST(QuotaCpus, of_version_2_is_the_smallest_on_the_way_to_the_root) {
    const FakeRoot root(Files{{"/proc/self/cgroup", "0::/pods/one\n"},
                              {"/sys/fs/cgroup/pods/cpu.max", "300000 100000\n"},
                              {"/sys/fs/cgroup/pods/one/cpu.max", "max 100000\n"}});

    EXPECT_EQ(quota_cpus(root.path()), 3U);
}

TEST(QuotaCpus, in_a_container_is_that_of_the_visible_root) {
    const FakeRoot root(
        {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "150000 100000\n"}});

    EXPECT_EQ(quota_cpus(root.path()), 2U);
}

TEST(QuotaCpus, of_version_1_is_found_by_its_controller) {
    const FakeRoot root(Files{{"/proc/self/cgroup", "5:memory:/m\n4:cpuacct,cpu:/docker/a\n0::/\n"},
                              {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000\n"},
                              {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}});

    EXPECT_EQ(quota_cpus(root.path()), 4U);
}

TEST(QuotaCpus, ignores_a_path_outside_of_the_namespace) {
    const FakeRoot root(Files{{"/proc/self/cgroup", "0::/../../other\n"},
                              {"/sys/fs/cgroup/cpu.max", "500000 100000\n"}});

    EXPECT_EQ(quota_cpus(root.path()), 5U);
}

TEST(QuotaCpus, is_none_without_cgroups_or_with_a_malformed_list) {
    const FakeRoot nothing(Files{});
    const FakeRoot malformed(Files{{"/proc/self/cgroup", "\n:\nx\n0:\n::\n"}});

    EXPECT_EQ(quota_cpus(nothing.path()), 0U);
    EXPECT_EQ(quota_cpus(malformed.path()), 0U);
}

TEST(WorkerCount, is_what_was_configured_up_to_the_limit) {
    EXPECT_EQ(worker_count(1), 1U);
    EXPECT_EQ(worker_count(7), 7U);
    EXPECT_EQ(worker_count(65), kWorkersMax);
}

TEST(WorkerCount, is_at_least_one_if_nothing_is_configured) {
    EXPECT_GE(worker_count(0), 1U);
    EXPECT_LE(worker_count(0), kWorkersMax);
}

}  // namespace
}  // namespace ringside::config
