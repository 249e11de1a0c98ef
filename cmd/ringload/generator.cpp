#include "generator.h"

#include <fmt/core.h>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace ringside::load {
namespace {

using base::Clock;
using base::microseconds;
using base::milliseconds;
using base::TimePoint;

constexpr milliseconds kLookInterval{100};
constexpr milliseconds kProgressInterval{1000};
constexpr std::uint32_t kSignalIndex = UINT32_MAX;  // the signal's place among the connections
constexpr int kEventsMax = 256;

microseconds own_cpu() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto time = [](const timeval& t) {
        return base::seconds(t.tv_sec) + microseconds(t.tv_usec);
    };
    return time(usage.ru_utime) + time(usage.ru_stime);
}

// Signals arrive as events, between batches, instead of anywhere.
int open_signal_fd() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    return ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

void allow_open_files(std::uint32_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, count));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Generator::Generator(const Options& options, const Target& target)
    : options_(options),
      workload_(options),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      signal_fd_(open_signal_fd()),
      shared_{
          .target = target,
          .workload = workload_,
          .dialect = options.protocol == Protocol::redis ? redis_dialect() : memcached_dialect(),
          .pipeline = options.pipeline,
          .epoll_fd = epoll_fd_,
          .tally = tally_,
          .source = nullptr,
          .scratch = {}} {
    constexpr std::uint32_t kOtherFiles = 64;
    allow_open_files(options.clients + kOtherFiles);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = kSignalIndex;
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, signal_fd_, &event);
}

Generator::~Generator() {
    connections_.clear();
    ::close(signal_fd_);
    ::close(epoll_fd_);
}

base::Status Generator::open() {
    for (std::uint32_t i = 0; i < options_.clients; ++i) {
        connections_.push_back(std::make_unique<Connection>(shared_, i));
        base::Status opened = connections_.back()->open();
        if (opened) {
            opened = connections_.back()->wait_until_connected(options_.timeout);
        }
        if (!opened) {
            return opened.error().in(fmt::format("cannot connect to {}", options_.target));
        }
    }
    return base::Done{};
}

Tally Generator::run(OperationSource source, milliseconds duration) {
    tally_ = {};
    shared_.source = &source;
    const TimePoint start = Clock::now();
    const microseconds cpu_at_start = own_cpu();
    next_look_ = start + kLookInterval;
    next_progress_ = start + kProgressInterval;
    requests_at_progress_ = 0;
    start_idle_clients(start);
    while (shared_.outstanding > 0 || shared_.source != nullptr) {
        wait_and_handle();
        const TimePoint now = Clock::now();
        if (now - start >= duration || interrupted_) {
            shared_.source = nullptr;
        }
        if (now >= next_look_) {
            look_around(now);
        }
    }
    shared_.source = nullptr;
    tally_.elapsed = std::chrono::duration_cast<microseconds>(Clock::now() - start);
    tally_.cpu = own_cpu() - cpu_at_start;
    return std::move(tally_);
}

void Generator::start_idle_clients(TimePoint now) {
    for (const auto& connection : connections_) {
        if (connection->idle()) {
            connection->send_batch(now);
        }
    }
}

void Generator::wait_and_handle() {
    std::array<epoll_event, kEventsMax> events;
    const auto until_look = std::chrono::ceil<milliseconds>(next_look_ - Clock::now()).count();
    const int timeout_ms = static_cast<int>(std::max<long>(until_look, 0));
    const int count = ::epoll_wait(epoll_fd_, events.data(), kEventsMax, timeout_ms);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u32 == kSignalIndex) {
            interrupted_ = true;
            // Not read, so it stays readable: off with it.
            ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, signal_fd_, nullptr);
            continue;
        }
        // The clock is read for each, because an answer's latency ends when it is looked at.
        connections_[event.data.u32]->on_events(event.events, Clock::now());
    }
}

void Generator::look_around(TimePoint now) {
    next_look_ = now + kLookInterval;
    for (const auto& connection : connections_) {
        if (connection->busy() && now - connection->sent_at() > options_.timeout) {
            connection->lose("no answer in time");
        }
        if (!connection->is_open() && shared_.source != nullptr) {
            // A refusal is tried again at the next look; only lost requests count as failures.
            static_cast<void>(connection->open());
        }
    }
    if (options_.progress && now >= next_progress_) {
        print_progress(now);
    }
}

void Generator::print_progress(TimePoint now) {
    next_progress_ = now + kProgressInterval;
    fmt::print(stderr, "{}/s, errors {}, wrong {}, lost {}\n",
               tally_.requests - requests_at_progress_, tally_.errors, tally_.wrong, tally_.lost);
    requests_at_progress_ = tally_.requests;
}

}  // namespace ringside::load
