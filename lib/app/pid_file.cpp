#include "app/pid_file.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace ringside::app {
namespace {

constexpr mode_t kMode = 0644;

// Each attempt but the last has met an owner that removed the file while it ended.
constexpr int kAttempts = 3;

base::Error failure(const std::string& path, const char* what) {
    return base::Error{base::Errc::io,
                       fmt::format("pid file {}: {}: {}", path, what, std::strerror(errno))};
}

bool is_at(const io::FileDescriptor& file, const std::string& path) {
    struct stat ours {};
    struct stat there {};
    return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

io::FileDescriptor open_at(const std::string& path) {
    return io::FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
}

std::string text_of(const io::FileDescriptor& file) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool write_own_id(const io::FileDescriptor& file) {
    const std::string text = std::to_string(::getpid());
    return ::fchmod(file.get(), kMode) == 0 && ::ftruncate(file.get(), 0) == 0 &&
           ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

base::Expected<PidFile> PidFile::create(const std::string& path, pid_t predecessor) {
    io::FileDescriptor file;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        file = open_at(path);
        if (!file) {
            return failure(path, "open");
        }
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (predecessor != 0 && text_of(file) == std::to_string(predecessor)) {
                return replace(path);
            }
            return base::Error{base::Errc::conflict,
                               fmt::format("pid file {}: belongs to a process that runs", path)};
        }
        if (is_at(file, path)) {
            break;
        }
    }
    return write_own_id(file) ? base::Expected<PidFile>(PidFile(path, std::move(file)))
                              : failure(path, "write");
}

// There is a file at the path all the while, and its owner will find that it is not its own.
base::Expected<PidFile> PidFile::replace(const std::string& path) {
    const std::string beside = fmt::format("{}.{}", path, ::getpid());
    io::FileDescriptor file = open_at(beside);
    if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 || !write_own_id(file) ||
        ::rename(beside.c_str(), path.c_str()) != 0) {
        const base::Error error = failure(path, "replace");
        ::unlink(beside.c_str());
        return error;
    }
    return PidFile(path, std::move(file));
}

PidFile::PidFile(std::string path, io::FileDescriptor file)
    : path_(std::move(path)), file_(std::move(file)) {}

PidFile::~PidFile() {
    if (file_ && is_at(file_, path_)) {
        ::unlink(path_.c_str());
    }
}

}  // namespace ringside::app
