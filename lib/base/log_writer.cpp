#include "base/log_writer.h"

#include "base/limits.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::base {
namespace {

// How often a writer that cannot go on looks whether it is still wanted.
constexpr milliseconds kBlockedInterval{50};
// How often it tries to tell of a loss while no other line comes.
constexpr milliseconds kLossInterval{1000};

// Where lines go.
struct Target {
    explicit Target(int descriptor) noexcept : fd(descriptor) {
        struct stat status {};
        can_block = ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
    }
    ~Target() {
        if (fd != STDERR_FILENO) {
            ::close(fd);
        }
    }
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    const int fd;
    // A pipe, socket or terminal: written in pieces for which poll(2) vouches. stderr is shared
    // with other processes, so it must not become non-blocking.
    bool can_block = true;
};
using TargetPtr = std::shared_ptr<const Target>;

// Lines for one target, in their order.
struct Batch {
    TargetPtr target;
    std::string text;
    std::uint64_t dropped_behind = 0;  // lines that found the queue full after these
};

// Whole lines that fit a pipe at once, or the beginning of one that is longer.
std::string_view next_piece(std::string_view text) noexcept {
    if (text.size() <= PIPE_BUF) {
        return text;
    }
    const std::size_t end = text.rfind('\n', PIPE_BUF - 1);
    return text.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

// Signals are for the other threads, SIGPIPE for nobody; those of a crash cannot be put off.
class SignalsBlocked {
  public:
    SignalsBlocked() noexcept {
        sigset_t blocked;
        sigfillset(&blocked);
        for (const int crash : std::array{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
            sigdelset(&blocked, crash);
        }
        ::pthread_sigmask(SIG_SETMASK, &blocked, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

Expected<int> open_log_file(const std::string& path) {
    constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = ::open(path.c_str(), O_WRONLY | kFlags, 0644);
    if (fd < 0 && errno == ENXIO) {
        fd = ::open(path.c_str(), O_RDWR | kFlags, 0644);  // fifo(7): a pipe without a reader
    }
    if (fd < 0) {
        return Error{Errc::io,
                     fmt::format("log file {}: cannot be opened: {}", path, std::strerror(errno))};
    }
    return fd;
}

bool wait_until_writable(int fd, milliseconds limit) noexcept {
    pollfd wanted{.fd = fd, .events = POLLOUT, .revents = 0};
    return ::poll(&wanted, 1, static_cast<int>(limit.count())) > 0;
}

// Shared by those who log and the thread that writes.
struct LogWriter::State {
    explicit State(LossLine line) : loss_line(std::move(line)) {}

    std::mutex mutex;
    std::condition_variable work;      // for the writer
    std::condition_variable progress;  // for who waits for the writer
    // Guarded by the mutex.
    TargetPtr target = std::make_shared<Target>(STDERR_FILENO);
    std::vector<Batch> queue;
    std::size_t queued_bytes = 0;
    bool is_writing = false;
    bool is_running = false;    // the thread
    bool is_abandoned = false;  // its owner has gone without all being written
    bool is_ending = false;

    std::atomic<bool> has_unwritten{false};
    std::atomic<std::uint64_t> dropped{0};

    const LossLine loss_line;
    // The thread's own.
    std::uint64_t untold = 0;  // dropped lines of which the log does not tell yet
    std::string reason;        // of the last of them
    bool is_mid_line = false;  // the target has the beginning of a line only

    bool start(const std::shared_ptr<State>& self);
    void run();
    void write(Batch batch);
    int write_piece(const Target& to, std::string_view& text);
    bool wait_for(const TargetPtr& to);
    void lose(std::uint64_t lines, std::string_view why);
    void tell_loss();
};

// Requires: the mutex is held. False if the system has no thread to give.
bool LogWriter::State::start(const std::shared_ptr<State>& self) {
    if (is_running) {
        return true;
    }
    try {
        const SignalsBlocked inherited;
        std::thread([self] { self->run(); }).detach();
        is_running = true;
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

void LogWriter::State::run() {
    std::unique_lock lock(mutex);
    const auto has_work = [this] { return is_ending || !queue.empty(); };
    while (!is_abandoned) {
        if (untold == 0) {
            work.wait(lock, has_work);
        } else {
            work.wait_for(lock, kLossInterval, has_work);
        }
        if (queue.empty() && is_ending) {
            break;
        }
        std::vector<Batch> batches = std::exchange(queue, {});
        queued_bytes = 0;
        is_writing = true;
        lock.unlock();
        tell_loss();
        for (Batch& batch : batches) {
            write(std::move(batch));
        }
        lock.lock();
        is_writing = false;
        has_unwritten = !queue.empty();
        progress.notify_all();
    }
    is_running = false;
    progress.notify_all();
}

void LogWriter::State::write(Batch batch) {
    std::string_view rest = batch.text;
    while (!rest.empty()) {
        if (wait_for(batch.target)) {
            if (const int failure = write_piece(*batch.target, rest); failure != 0) {
                // Each line is lost for itself: the next one may be short enough for the disk.
                rest.remove_prefix(rest.find('\n') + 1);
                lose(1, std::strerror(failure));
            }
            continue;
        }
        if (std::exchange(is_mid_line, false)) {  // its end would mean nothing elsewhere
            rest.remove_prefix(rest.find('\n') + 1);
            lose(1, "the log was opened anew");
        }
        const std::lock_guard lock(mutex);
        if (is_abandoned) {
            return;
        }
        batch.target = target;
    }
    if (batch.dropped_behind > 0) {  // counted already
        untold += batch.dropped_behind;
        reason = "it is written more slowly than lines come";
        tell_loss();
    }
}

// Takes off `text` what was written; the errno of a failure, else 0. Requires: text is not empty.
int LogWriter::State::write_piece(const Target& to, std::string_view& text) {
    const std::string_view piece = to.can_block ? next_piece(text) : text;
    const ssize_t size = ::write(to.fd, piece.data(), piece.size());
    if (size > 0) {
        is_mid_line = piece[static_cast<std::size_t>(size) - 1] != '\n';
        text.remove_prefix(static_cast<std::size_t>(size));
        return 0;
    }
    if (size == 0) {
        return EIO;
    }
    return errno == EINTR || errno == EAGAIN ? 0 : errno;
}

// False if the target does not take anything and another one does, or nobody waits any more.
bool LogWriter::State::wait_for(const TargetPtr& to) {
    while (to->can_block && !wait_until_writable(to->fd, kBlockedInterval)) {
        const std::lock_guard lock(mutex);
        if (is_abandoned || target != to) {
            return false;
        }
    }
    return true;
}

void LogWriter::State::lose(std::uint64_t lines, std::string_view why) {
    dropped += lines;
    untold += lines;
    reason = why;
}

// One attempt: the next one comes with the next line, or after kLossInterval.
void LogWriter::State::tell_loss() {
    if (untold == 0) {
        return;
    }
    TargetPtr to;
    {
        const std::lock_guard lock(mutex);
        to = target;
    }
    if (!wait_for(to)) {
        return;
    }
    // What was torn ends here.
    const std::string line = (is_mid_line ? "\n" : "") + loss_line(untold, reason);
    std::string_view rest = line;
    while (!rest.empty()) {
        if (write_piece(*to, rest) != 0) {
            return;
        }
    }
    untold = 0;
}

LogWriter::LogWriter(LossLine loss_line) : state_(std::make_shared<State>(std::move(loss_line))) {}

LogWriter::~LogWriter() {
    const TimePoint end = Clock::now() + kLogFlushMax;
    std::unique_lock lock(state_->mutex);
    state_->is_ending = true;
    state_->work.notify_one();
    if (!state_->progress.wait_until(lock, end, [this] { return !state_->is_running; })) {
        state_->is_abandoned = true;
    }
}

Status LogWriter::open(const std::string& path) {
    const auto opened = open_log_file(path);
    if (!opened) {
        return opened.error();
    }
    auto target = std::make_shared<Target>(*opened);
    const std::lock_guard lock(state_->mutex);
    state_->target = std::move(target);
    return Done{};
}

void LogWriter::push(std::string_view line) {
    const std::lock_guard lock(state_->mutex);
    State& state = *state_;
    if (!state.start(state_)) {
        ++state.dropped;
        return;
    }
    if (!state.queue.empty()) {
        // Behind a gap there is nothing until the writer has taken what stands before it.
        Batch& last = state.queue.back();
        if (last.dropped_behind > 0 || state.queued_bytes + line.size() > kLogQueueBytesMax) {
            ++last.dropped_behind;
            ++state.dropped;
            return;
        }
    }
    if (state.queue.empty() || state.queue.back().target != state.target) {
        state.queue.push_back({.target = state.target, .text = {}});
    }
    state.queue.back().text += line;
    state.queued_bytes += line.size();
    state.has_unwritten = true;
    state.work.notify_one();
}

bool LogWriter::flush(milliseconds limit) {
    std::unique_lock lock(state_->mutex);
    return state_->progress.wait_for(
        lock, limit, [this] { return state_->queue.empty() && !state_->is_writing; });
}

bool LogWriter::has_unwritten() const noexcept {
    return state_->has_unwritten;
}

std::uint64_t LogWriter::dropped() const noexcept {
    return state_->dropped;
}

}  // namespace ringside::base
