// What the operating system says of this process: Linux, /proc.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace ringside::io {

struct ProcessUsage {
    std::chrono::microseconds cpu{0};  // of all threads, in user and system mode
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::optional<std::uint64_t> open_files;  // unknown: with very many of them, on older kernels
    std::uint64_t files_max = 0;
    // The smallest limit of its control groups, as far as they are visible; nothing: none.
    std::optional<std::uint64_t> memory_limit_bytes;
};

// Some small files that the kernel writes from memory: some 50 us, more with thousands of open
// files before Linux 6.2. What cannot be read is 0 or nothing.
ProcessUsage read_process_usage();

}  // namespace ringside::io
