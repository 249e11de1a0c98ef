#include "app/process.h"

#include <gtest/gtest.h>

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <cstddef>
#include <vector>

namespace ringside::app {
namespace {

TEST(Process, raises_the_limit_of_open_files_to_what_is_allowed) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit lowered = before;
    lowered.rlim_cur = 64;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);

    const std::uint64_t limit = prepare_process();

    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(limit, before.rlim_max);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
}

// Sanitizers bring an allocator of their own.
#ifndef RINGSIDE_SANITIZED
TEST(Process, gives_large_blocks_back_to_the_system_whatever_was_freed_before) {
    const auto mapped_bytes = [] { return ::mallinfo2().hblkhd; };
    constexpr std::size_t kSize = std::size_t{16} << 20;  // more than the heap has free
    prepare_process();
    std::vector<char>(kSize + kSize / 2).clear();  // glibc's threshold would follow it

    const std::size_t before = mapped_bytes();
    std::vector<char> block(kSize);

    EXPECT_GE(mapped_bytes(), before + kSize);
    std::vector<char>().swap(block);
    EXPECT_EQ(mapped_bytes(), before);
}
#endif

TEST(Process, survives_a_broken_pipe) {
    prepare_process();

    EXPECT_EQ(std::raise(SIGPIPE), 0);
}

TEST(Signals, are_told_on_the_loop_one_by_one) {
    io::EventLoop loop;
    std::vector<int> told;
    const Signals signals(loop, [&](int number) {
        told.push_back(number);
        loop.stop();
    });

    std::raise(SIGHUP);
    loop.run();
    std::raise(SIGTERM);
    loop.run();

    EXPECT_EQ(told, (std::vector<int>{SIGHUP, SIGTERM}));
}

}  // namespace
}  // namespace ringside::app
