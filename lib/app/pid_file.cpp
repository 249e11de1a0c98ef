#include "app/pid_file.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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

}  // namespace

base::Expected<PidFile> PidFile::create(const std::string& path) {
    io::FileDescriptor file;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        file = io::FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
        if (!file) {
            return failure(path, "open");
        }
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            return base::Error{base::Errc::conflict,
                               fmt::format("pid file {}: belongs to a process that runs", path)};
        }
        if (is_at(file, path)) {
            break;
        }
    }
    const std::string text = std::to_string(::getpid());
    if (::fchmod(file.get(), kMode) != 0 || ::ftruncate(file.get(), 0) != 0 ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return failure(path, "write");
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
