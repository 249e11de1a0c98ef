#include "app/state_writer.h"

#include "base/limits.h"
#include "base/log.h"
#include "discovery/saved_state_text.h"
#include "io/replace_file.h"

#include <fmt/core.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace ringside::app {

using base::LogEvent;
namespace {

struct Job {
    std::string directory;
    discovery::SavedState state;
};

base::Status write(const Job& job) {
    const std::string text = discovery::saved_state_text(job.state, RINGSIDE_VERSION);
    if (text.size() > base::kStateBytesMax) {
        return base::Error{base::Errc::io,
                           fmt::format("{}/{}: would have {} bytes, more than {}", job.directory,
                                       kStateFileName, text.size(), base::kStateBytesMax)};
    }
    return io::replace_file(job.directory, kStateFileName, text);
}

}  // namespace

struct StateWriter::Shared {
    explicit Shared(base::milliseconds pause) : retry(pause) {}

    const base::milliseconds retry;
    std::mutex mutex;
    std::condition_variable work;      // for the thread
    std::condition_variable progress;  // for who waits for it
    // Guarded by the mutex.
    std::optional<Job> next;
    bool is_retry = false;  // `next` has failed before: not at once again
    bool is_writing = false;
    bool is_running = false;
    bool is_wanted_now = false;  // somebody waits
    bool is_ending = false;
    Facts facts;

    void run();
    void note(const base::Status& written, Job job);
};

void StateWriter::Shared::run() {
    std::unique_lock lock(mutex);
    while (!is_ending) {
        if (!next) {
            work.wait(lock, [this] { return is_ending || next; });
        } else if (is_retry && !is_wanted_now) {
            work.wait_for(lock, retry, [this] { return is_ending || !is_retry || is_wanted_now; });
        }
        if (is_ending || !next) {
            continue;
        }
        is_wanted_now = false;
        is_writing = true;
        is_retry = false;
        Job job = *std::exchange(next, std::nullopt);
        lock.unlock();
        const base::Status written = write(job);
        lock.lock();
        is_writing = false;
        note(written, std::move(job));
        progress.notify_all();
    }
    is_running = false;
}

// Requires: the mutex is held. Nobody is told the same twice in a row.
void StateWriter::Shared::note(const base::Status& written, Job job) {
    if (written) {
        ++facts.writes;
        facts.written_at = std::chrono::system_clock::now();
        if (!std::exchange(facts.last_failure, {}).empty() && !is_ending) {
            base::log().info({LogEvent::state_file}, "state {}/{}: written again", job.directory,
                             kStateFileName);
        }
        return;
    }
    ++facts.failures;
    if (facts.last_failure != written.error().message && !is_ending) {
        base::log().warn(
            {.event = LogEvent::state_file, .cause = written.error().message},
            "state {}; what it has is what the next start begins with; the directory of "
            "\"state_dir\" has to be there and writable by this process",
            written.error().message);
    }
    facts.last_failure = written.error().message;
    if (!next) {
        next = std::move(job);
        is_retry = true;
    }
}

StateWriter::StateWriter(base::milliseconds retry) : shared_(std::make_shared<Shared>(retry)) {}

StateWriter::~StateWriter() {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_ending = true;
    shared_->work.notify_one();
}

void StateWriter::push(std::string directory, discovery::SavedState state) {
    const std::lock_guard lock(shared_->mutex);
    shared_->next = Job{std::move(directory), std::move(state)};
    shared_->is_retry = false;
    if (!shared_->is_running) {
        // Signals are for the other threads.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        try {
            std::thread([shared = shared_] { shared->run(); }).detach();
            shared_->is_running = true;
        } catch (const std::system_error& error) {
            ++shared_->facts.failures;
            shared_->facts.last_failure = error.what();
        }
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    shared_->work.notify_one();
}

bool StateWriter::flush(base::milliseconds limit) {
    std::unique_lock lock(shared_->mutex);
    Shared& shared = *shared_;
    const std::uint64_t failures = shared.facts.failures;
    shared.is_wanted_now = shared.next.has_value();
    shared.work.notify_one();
    return shared.progress.wait_for(lock, limit, [&shared, failures] {
        return (!shared.next && !shared.is_writing) ||
               (shared.is_retry && shared.facts.failures > failures);
    }) && !shared.next;
}

void StateWriter::drop() {
    const std::lock_guard lock(shared_->mutex);
    shared_->next.reset();
}

StateWriter::Facts StateWriter::facts() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->facts;
}

}  // namespace ringside::app
