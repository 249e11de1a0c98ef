#include "io/name_files.h"

#include "base/limits.h"
#include "io/file_descriptor.h"
#include "io/host_names.h"
#include "io/socket.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ringside::io {
namespace {

std::int64_t nanoseconds(const timespec& time) noexcept {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Empty if it cannot be read: then nobody is in it.
std::string read_file(const std::string& path) {
    // Not blocking, for the case that it is no file but a pipe.
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string text;
    std::array<char, 16384> piece{};
    while (fd && text.size() < base::kHostsBytesMax) {
        const ssize_t count = ::read(fd.get(), piece.data(), piece.size());
        if (count <= 0) {
            break;
        }
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text;
}

// Takes the next word off the front of `text`; empty at its end.
std::string_view next_word(std::string_view& text) noexcept {
    constexpr std::string_view kBlanks = " \t\r\v\f";
    const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
    const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

}  // namespace

FileStamp FileStamp::of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return {};
    }
    return {found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim),
            nanoseconds(found.st_ctim)};
}

HostTable parse_hosts(std::string_view text) {
    HostTable table;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, line.find('#'));
        const std::string ip(next_word(line));
        const auto address = numeric_address({ip, 0});
        if (!address || address->family() == AF_UNIX) {
            continue;
        }
        for (auto name = next_word(line); !name.empty(); name = next_word(line)) {
            auto& ips = table[lower_case(name)];
            const bool is_new = std::find(ips.begin(), ips.end(), ip) == ips.end();
            if (is_new && ips.size() < base::kNameAddressesMax) {
                ips.push_back(ip);
            }
        }
    }
    return table;
}

const std::vector<std::string>* HostsFile::find(const std::string& name) {
    // The stamp from before reading: what changes meanwhile is seen the next time.
    const FileStamp now = FileStamp::of(path_);
    if (now != stamp_) {
        stamp_ = now;
        table_ = parse_hosts(read_file(path_));
    }
    const auto found = table_.find(name);
    return found == table_.end() ? nullptr : &found->second;
}

}  // namespace ringside::io
