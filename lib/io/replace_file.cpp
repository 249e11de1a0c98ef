#include "io/replace_file.h"

#include "base/random_seed.h"
#include "io/file_descriptor.h"

#include <fmt/core.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

namespace ringside::io {
namespace {

constexpr mode_t kMode = 0600;

// 0, or the errno of a failure.
int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t size = ::write(fd, bytes.data(), bytes.size());
        if (size > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(size));
        } else if (size == 0 || errno != EINTR) {
            return size == 0 ? EIO : errno;
        }
    }
    return 0;
}

std::string prefix_of(std::string_view name) {
    return fmt::format(".{}.", name);
}

// In containers all processes have the same id, so that this alone would not be unique.
std::string temporary_name(std::string_view name) {
    return fmt::format("{}{}.{:016x}", prefix_of(name), ::getpid(), base::random_seed());
}

bool is_older(const struct stat& file, base::seconds age) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return base::seconds(file.st_mtim.tv_sec) + age < now;
}

}  // namespace

void remove_torn_files(const std::string& directory, std::string_view name, base::seconds age) {
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), ::closedir);
    if (!entries) {
        return;
    }
    const std::string prefix = prefix_of(name);
    const int at = ::dirfd(entries.get());
    while (const dirent* const entry = ::readdir(entries.get())) {
        struct stat found {};
        if (std::string_view(entry->d_name).starts_with(prefix) &&
            ::fstatat(at, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(found.st_mode) && is_older(found, age)) {
            ::unlinkat(at, entry->d_name, 0);
        }
    }
}

base::Status replace_file(const std::string& directory, std::string_view name,
                          std::string_view bytes) {
    const auto failure = [&](const char* step, int reason) {
        return base::Error{base::Errc::io,
                           fmt::format("{}/{}: cannot be written: {}: {}", directory, name, step,
                                       std::strerror(reason))};
    };
    const FileDescriptor at(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at) {
        return failure("its directory", errno);
    }
    const std::string wanted(name);
    const std::string temporary = temporary_name(name);
    const auto give_up = [&](const char* step, int reason) {
        ::unlinkat(at.get(), temporary.c_str(), 0);
        return failure(step, reason);
    };
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const FileDescriptor file(::openat(at.get(), temporary.c_str(), kFlags, kMode));
    if (!file) {
        return failure("create", errno);
    }
    if (const int reason = write_all(file.get(), bytes); reason != 0) {
        return give_up("write", reason);
    }
    if (::fsync(file.get()) != 0) {
        return give_up("sync", errno);
    }
    if (::renameat(at.get(), temporary.c_str(), at.get(), wanted.c_str()) != 0) {
        return give_up("rename", errno);
    }
    if (::fsync(at.get()) != 0) {
        return failure("sync of its directory", errno);
    }
    return base::Done{};
}

}  // namespace ringside::io
