#include "config/file.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace ringside::config {
namespace {

// What fopen and fread say of `path`.
base::Error io_error(const std::string& path) {
    return base::Error{base::Errc::io,
                       fmt::format("{}: cannot be read: {}", path, std::strerror(errno))};
}

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, Close>;

base::Expected<std::string> read_open(const OpenFile& file, const std::string& path,
                                      std::size_t bytes_max) {
    if (!file) {
        return io_error(path);
    }
    std::string text(bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) != 0) {
        return io_error(path);
    }
    return text;
}

}  // namespace

base::Expected<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    return read_open(OpenFile(std::fopen(path.c_str(), "rbe")), path, bytes_max);
}

base::Expected<std::string> read_regular_file(const std::string& path, std::size_t bytes_max) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return io_error(path);
    }
    const OpenFile file(::fdopen(fd, "rb"));
    struct stat found {};
    if (::fstat(fd, &found) != 0) {
        return io_error(path);
    }
    if (!S_ISREG(found.st_mode)) {
        return base::Error{base::Errc::io,
                           fmt::format("{}: cannot be read: it is no regular file", path)};
    }
    return read_open(file, path, bytes_max);
}

}  // namespace ringside::config
