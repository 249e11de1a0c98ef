#include "config/file.h"

#include <fmt/core.h>

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

}  // namespace

base::Expected<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
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

}  // namespace ringside::config
