#include "io/process_usage.h"

#include "io/file_descriptor.h"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <ctime>
#include <vector>

namespace ringside::io {
namespace {

TEST(ProcessUsage, tells_of_this_process) {
    const ProcessUsage usage = read_process_usage();

    EXPECT_GT(usage.cpu.count(), 0);
    EXPECT_GT(usage.resident_bytes, 100'000u);
    EXPECT_GT(usage.virtual_bytes, usage.resident_bytes);
    EXPECT_GT(usage.files_max, 3u);
    ASSERT_TRUE(usage.open_files);
    EXPECT_LE(*usage.open_files, usage.files_max);
}

TEST(ProcessUsage, counts_files_as_they_are_opened_and_closed) {
    const auto before = read_process_usage().open_files;
    std::vector<FileDescriptor> files;
    for (int i = 0; i < 10; ++i) {
        files.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    const auto with_ten_more = read_process_usage().open_files;
    files.clear();

    ASSERT_TRUE(before && with_ten_more);
    EXPECT_EQ(*with_ten_more, *before + 10);
    EXPECT_EQ(read_process_usage().open_files, before);
}

TEST(ProcessUsage, time_of_the_cpu_only_grows) {
    const auto before = read_process_usage().cpu;
    const std::clock_t begin = std::clock();
    while (std::clock() - begin < CLOCKS_PER_SEC / 100) {
    }

    EXPECT_GE((read_process_usage().cpu - before).count(), 9'000);
}

}  // namespace
}  // namespace ringside::io
