#include "io/process_usage.h"

#include "base/parse.h"
#include "io/file_descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::io {
namespace {

// None of the files is longer but /proc/self/cgroup, of which the last line counts.
constexpr std::size_t kTextBytesMax = std::size_t{4} << 10;

// Counting takes about a microsecond for each.
constexpr std::uint64_t kCountedFilesMax = 5'000;

// Empty if it cannot be read.
std::string read_text(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, kTextBytesMax> text;
    const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : 0;
    return {text.data(), static_cast<std::size_t>(std::max(size, ssize_t{0}))};
}

std::string_view take_word(std::string_view& text) noexcept {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

std::optional<std::uint64_t> read_number(std::string_view word) {
    return base::parse_unsigned(word, 0, UINT64_MAX);
}

// proc_pid_statm(5): pages in all, resident ones.
void read_memory(ProcessUsage& usage) {
    const std::string text = read_text("/proc/self/statm");
    std::string_view rest = text;
    const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    usage.virtual_bytes = read_number(take_word(rest)).value_or(0) * page_bytes;
    usage.resident_bytes = read_number(take_word(rest)).value_or(0) * page_bytes;
}

// Since Linux 6.2 the size of the directory is the number of open files.
std::optional<std::uint64_t> count_open_files() {
    constexpr const char* kDirectory = "/proc/self/fd";
    struct stat about {};
    if (::stat(kDirectory, &about) == 0 && about.st_size > 0) {
        return static_cast<std::uint64_t>(about.st_size);
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(kDirectory), ::closedir);
    if (!directory) {
        return std::nullopt;
    }
    std::uint64_t entries = 0;
    while (::readdir(directory.get()) != nullptr) {
        if (++entries > kCountedFilesMax) {
            return std::nullopt;
        }
    }
    constexpr std::uint64_t kOthers = 3;  // ".", "..", and the directory itself
    return entries - std::min(entries, kOthers);
}

// cgroups(7): the line "0::/path" is of version 2. In a container the path is often one that only
// the host can see; then just the root, the container's own group, is there.
std::optional<std::uint64_t> memory_limit() {
    const std::string groups = read_text("/proc/self/cgroup");
    const std::size_t line = groups.rfind("0::/");
    std::string path = line == std::string::npos ? std::string() : groups.substr(line + 3);
    path = path.substr(0, path.find('\n'));
    std::optional<std::uint64_t> least;
    for (;;) {
        path.resize(path.find_last_not_of('/') + 1);
        const std::string text = read_text("/sys/fs/cgroup" + path + "/memory.max");
        std::string_view rest = text;
        if (const auto limit = read_number(take_word(rest))) {  // otherwise it is "max"
            least = std::min(least.value_or(*limit), *limit);
        }
        if (path.empty()) {
            return least;
        }
        path.resize(path.rfind('/'));
    }
}

}  // namespace

ProcessUsage read_process_usage() {
    ProcessUsage usage;
    struct timespec cpu {};
    if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0) {
        usage.cpu = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::seconds(cpu.tv_sec) + std::chrono::nanoseconds(cpu.tv_nsec));
    }
    struct rlimit files {};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        usage.files_max = files.rlim_cur;
    }
    read_memory(usage);
    usage.open_files = count_open_files();
    usage.memory_limit_bytes = memory_limit();
    return usage;
}

}  // namespace ringside::io
