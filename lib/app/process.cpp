#include "app/process.h"

#include <boost/asio/signal_set.hpp>

#include <malloc.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <utility>

namespace ringside::app {
namespace {

struct Signal {
    int number;
    std::string_view name;
};

constexpr auto kSignals = std::to_array<Signal>({
    {SIGTERM, "SIGTERM"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGHUP, "SIGHUP"},
    {SIGTTIN, "SIGTTIN"},
    {SIGTTOU, "SIGTTOU"},
    {SIGUSR1, "SIGUSR1"},
    {SIGUSR2, "SIGUSR2"},
});

// Left alone, glibc raises its threshold with each large block that is freed; the buffers of a
// crowd then come from the heap, where a few small blocks in between hold on to hundreds of MiB.
// What is needed all the time does not come by here: the workers keep it.
void return_large_blocks() noexcept {
#ifdef __GLIBC__
    constexpr int kLargeBlockBytes = 128 << 10;  // glibc's own first threshold
    constexpr int kSpareBytes = 4 << 20;         // of the heap: not to and fro in each turn
    ::mallopt(M_MMAP_THRESHOLD, kLargeBlockBytes);
    ::mallopt(M_TRIM_THRESHOLD, kSpareBytes);
#endif
}

}  // namespace

std::string_view signal_name(int number) noexcept {
    for (const Signal& signal : kSignals) {
        if (signal.number == number) {
            return signal.name;
        }
    }
    return "a signal";
}

std::uint64_t prepare_process() {
    std::signal(SIGPIPE, SIG_IGN);
    return_large_blocks();
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return 0;
    }
    rlimit raised = files;
    raised.rlim_cur = raised.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

struct Signals::State {
    State(io::EventLoop& loop, std::function<void(int)> callback)
        : signals(loop.context()), on_signal(std::move(callback)) {
        for (const Signal& signal : kSignals) {
            signals.add(signal.number);
        }
    }

    boost::asio::signal_set signals;
    std::function<void(int)> on_signal;

    static void wait(const std::shared_ptr<State>& state) {
        state->signals.async_wait([weak = std::weak_ptr<State>(state)](
                                      const boost::system::error_code& failure, int number) {
            const auto waiting = weak.lock();
            if (failure || !waiting) {
                return;
            }
            waiting->on_signal(number);
            wait(waiting);
        });
    }
};

Signals::Signals(io::EventLoop& loop, std::function<void(int)> on_signal)
    : state_(std::make_shared<State>(loop, std::move(on_signal))) {
    State::wait(state_);
}

Signals::~Signals() = default;

}  // namespace ringside::app
