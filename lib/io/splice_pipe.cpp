#include "io/splice_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ringside::io {
namespace {

// Room for a large value in one move; a system may allow less (fs.pipe-max-size), which only means
// more moves.
constexpr int kPipeBytes = 1 << 20;

ssize_t splice_some(int from, int to, std::size_t bytes_max) noexcept {
    return ::splice(from, nullptr, to, nullptr, bytes_max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

}  // namespace

bool SplicePipe::open() {
    if (read_end_) {
        return true;
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) {
        return false;  // out of descriptors: another time
    }
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    ::fcntl(write_end_.get(), F_SETPIPE_SZ, kPipeBytes);
    return true;
}

SplicePipe::Moved SplicePipe::move(int from, int to, std::size_t bytes_max) {
    if (!is_usable_ || !open()) {
        return {};
    }
    const ssize_t filled = splice_some(from, write_end_.get(), bytes_max);
    if (filled <= 0) {
        is_usable_ = filled == 0 || errno == EAGAIN || errno == EINTR || errno == ECONNRESET;
        return {};
    }
    const auto size = static_cast<std::size_t>(filled);
    Moved moved;
    while (moved.sent < size) {
        const ssize_t sent = splice_some(read_end_.get(), to, size - moved.sent);
        if (sent <= 0) {
            moved.rest = drain(size - moved.sent);
            break;
        }
        moved.sent += static_cast<std::size_t>(sent);
    }
    return moved;
}

// The bytes are in the pipe, so reading them does not fail.
std::string_view SplicePipe::drain(std::size_t size) {
    rest_.resize(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(read_end_.get(), rest_.data() + done, size - done);
        if (got <= 0 && errno != EINTR) {
            break;
        }
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return {rest_.data(), done};
}

}  // namespace ringside::io
