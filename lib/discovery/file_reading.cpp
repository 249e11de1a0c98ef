#include "discovery/file_reading.h"

#include "config/file.h"

#include <fmt/core.h>

#include <sys/stat.h>

#include <chrono>
#include <utility>

namespace ringside::discovery {

using base::Clock;
using base::Errc;
using base::Error;

FileReading::FileReading(io::EventLoop& loop, FileQuestion question, OnRead on_read)
    : loop_(loop), question_(std::move(question)), on_read_(std::move(on_read)), timer_(loop) {
    look_in({});
}

FileReading::~FileReading() = default;

void FileReading::look_in(base::milliseconds pause) {
    timer_.arm(Clock::now() + pause, [this] { look(); });
}

void FileReading::look() {
    if (!watch_) {
        auto opened = io::FileWatch::open(loop_, question_.path, [this] { look(); });
        watch_ = opened ? std::move(*opened) : nullptr;
    }
    look_in(kLookInterval);
    const Stamp now = stamp();
    if (told_ == now) {
        seen_.reset();
        restless_looks_ = 0;
        return;
    }
    if (!is_quiet(now) && ++restless_looks_ < kRestlessLooksMax) {
        seen_ = now;
        look_in(kQuiet);
        return;
    }
    base::Expected<std::string> text = read();
    if (stamp() != now && restless_looks_ < kRestlessLooksMax) {
        look_in(kQuiet);  // written while it was read
        return;
    }
    told_ = now;
    seen_.reset();
    restless_looks_ = 0;
    const OnRead on_read = on_read_;  // this may be gone when it returns
    on_read(std::move(text));
}

// A file that is not there may be about to come again, unless nobody has seen it yet.
bool FileReading::is_quiet(const Stamp& now) const {
    if (seen_ == now) {
        return true;
    }
    if (!now.is_there) {
        return !told_;
    }
    const std::chrono::system_clock::time_point written{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::seconds(now.written_s) + std::chrono::nanoseconds(now.written_ns))};
    return std::chrono::system_clock::now() - written >= kQuiet;
}

FileReading::Stamp FileReading::stamp() const {
    struct stat found {};
    if (::stat(question_.path.c_str(), &found) != 0) {
        return {};
    }
    return Stamp{.is_there = true,
                 .device = found.st_dev,
                 .inode = found.st_ino,
                 .bytes = static_cast<std::uint64_t>(found.st_size),
                 .written_s = found.st_mtim.tv_sec,
                 .written_ns = found.st_mtim.tv_nsec,
                 .changed_s = found.st_ctim.tv_sec,
                 .changed_ns = found.st_ctim.tv_nsec};
}

base::Expected<std::string> FileReading::read() const {
    if (stamp().is_there && restless_looks_ >= kRestlessLooksMax) {
        return Error{Errc::io, fmt::format("{}: is written again and again; write another file and "
                                           "rename it to this",
                                           question_.path)};
    }
    return config::read_regular_file(question_.path, question_.bytes_max);
}

}  // namespace ringside::discovery
