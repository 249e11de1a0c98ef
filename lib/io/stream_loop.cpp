#include "io/stream_loop.h"

#include "base/check.h"
#include "io/connect_failure.h"
#include "io/file_descriptor.h"
#include "io/peer_name.h"
#include "io/socket.h"

#include <boost/asio/io_context.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

namespace ringside::io {
namespace {

// Events handled before the turn ends and what was staged is written: large enough to batch, small
// enough that the first client of a turn does not wait long for its answer.
constexpr int kEventsPerTurn = 256;

// The epoll user data of the descriptor that posts write to; no stream has this index.
constexpr std::uint64_t kWakeUserData = UINT64_MAX;

// What close() reads and drops at most, so that a peer that sends without end cannot hold it up.
constexpr int kDiscardReadsMax = 16;
constexpr std::size_t kDiscardBytes = std::size_t{16} << 10;

enum class Phase : std::uint8_t {
    free,        // on the free list
    connecting,  // waiting for the connection
    open,        // read and written
    half_open,   // eof was told: written only
    deaf,        // the peer is gone: takes everything, and is read until nothing is left
    broken,      // failed: takes everything and tells nothing but the failure, if not told yet
};

struct Slot {
    FileDescriptor fd;  // invalid after a failed connect
    std::uint32_t generation = 0;
    Cookie cookie;
    StreamTraffic traffic;
    std::uint32_t watched = 0;  // epoll events asked for; the kernel adds EPOLLHUP and EPOLLERR
    Phase phase = Phase::free;
    bool reading = true;                     // not paused
    bool in_set = false;                     // the epoll set knows the descriptor
    bool writable_told = false;              // on_writable() was called and no short write followed
    bool is_read_later = false;              // deaf: among the failures to be told
    StreamFailure how = StreamFailure::eof;  // deaf: what is told behind the last bytes
};

struct Failure {
    std::uint32_t index;
    std::uint32_t generation;
    StreamFailure reason;
    int error = 0;
};

int milliseconds_until(base::TimePoint deadline, base::TimePoint now) {
    if (deadline == base::kNever) {
        return -1;
    }
    // Rounded up: a turn that comes too early finds nothing to do and would spin.
    const auto left = std::chrono::ceil<base::milliseconds>(deadline - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

}  // namespace

class StreamLoop::State {
  public:
    State(EventLoop& loop, StreamEvents& events);
    ~State();

    void run();

    StreamId add(int fd, Cookie cookie);
    StreamId connect(const routing::Address& address, Cookie cookie);
    std::size_t write(std::uint32_t index, std::string_view bytes);
    void finish_writing(std::uint32_t index);
    bool has_unread(std::uint32_t index) const;
    void close(std::uint32_t index);
    void pause_reading(std::uint32_t index);
    void resume_reading(std::uint32_t index);
    Slot& slot_of(StreamId stream) { return slots_[static_cast<std::uint32_t>(stream)]; }

  private:
    // One turn; returns when the next must come.
    base::TimePoint turn(int events_count, base::TimePoint now);
    void run_posted_tasks();
    void deliver_failures();
    void on_epoll_event(const epoll_event& event);
    void on_connect_event(std::uint32_t index);
    void on_room_to_write(std::uint32_t index);
    void on_readable(std::uint32_t index, std::uint32_t events);
    void on_hang_up(std::uint32_t index, std::uint32_t events);
    void read_what_is_left(const Failure& failure);

    std::uint32_t take_slot(Cookie cookie, Phase phase);
    void start_to_connect(std::uint32_t index, const SocketAddress& address);
    void retry_connects(base::TimePoint now);
    bool is_current(std::uint32_t index, std::uint32_t generation) const {
        return slots_[index].generation == generation;
    }
    // Changes what the epoll set waits for on this stream, and has it tell what is so already.
    bool watch(std::uint32_t index, std::uint32_t events);
    void unwatch(std::uint32_t index);
    void discard_unread(int fd);

    // The stream is of no more use; `reason` is told now or, from inside a call of the user, later.
    void fail_now(std::uint32_t index, StreamFailure reason, int error = 0);
    void fail_later(std::uint32_t index, StreamFailure reason, int error = 0);
    // Nobody is there any more to write to. What has come and was not read is told first.
    void on_peer_gone(std::uint32_t index, StreamFailure how);
    void read_later(std::uint32_t index);

    EventLoop& loop_;
    StreamEvents& events_;
    FileDescriptor epoll_;
    FileDescriptor wake_;  // an eventfd
    bool stopping_ = false;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<Failure> failures_;  // to be told in the next turn
    std::vector<Failure> failures_being_told_;
    BacklogWaits backlog_waits_;
    std::array<epoll_event, kEventsPerTurn> batch_{};
    std::array<char, kDiscardBytes> discarded_{};
};

StreamLoop::State::State(EventLoop& loop, StreamEvents& events)
    : loop_(loop),
      events_(events),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    CHECK(epoll_ && wake_);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeUserData;
    CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) == 0);
    loop_.set_waker([fd = wake_.get()] { ::eventfd_write(fd, 1); });
    ::eventfd_write(wake_.get(), 1);  // what was posted before
}

StreamLoop::State::~State() {
    loop_.set_waker(nullptr);
    for (const Slot& slot : slots_) {
        if (slot.phase == Phase::open) {
            discard_unread(slot.fd.get());  // as close() does
        }
    }
}

void StreamLoop::State::run() {
    base::TimePoint now = base::Clock::now();
    base::TimePoint deadline = now;
    while (!stopping_) {
        // `now` is as old as the last turn was long: not worth a second look at the clock.
        const int timeout_ms = failures_.empty() ? milliseconds_until(deadline, now) : 0;
        const int count = ::epoll_wait(epoll_.get(), batch_.data(), kEventsPerTurn, timeout_ms);
        now = base::Clock::now();
        deadline = turn(std::max(count, 0), now);
        deadline = std::min(deadline, backlog_waits_.due());  // of what waits since this turn, too
    }
    stopping_ = false;
    loop_.context().restart();
}

base::TimePoint StreamLoop::State::turn(int events_count, base::TimePoint now) {
    events_.begin_turn(now);
    deliver_failures();
    retry_connects(now);
    for (int i = 0; i < events_count; ++i) {
        on_epoll_event(batch_[static_cast<std::size_t>(i)]);
    }
    return events_.end_of_turn();
}

void StreamLoop::State::run_posted_tasks() {
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
    loop_.context().poll();
    stopping_ = loop_.context().stopped();
}

void StreamLoop::State::deliver_failures() {
    failures_being_told_.swap(failures_);
    for (const Failure& failure : failures_being_told_) {
        if (!is_current(failure.index, failure.generation)) {
            continue;
        }
        if (slots_[failure.index].phase == Phase::deaf) {
            read_what_is_left(failure);
        } else {
            events_.on_end(slots_[failure.index].cookie, failure.reason, failure.error);
        }
    }
    failures_being_told_.clear();
}

void StreamLoop::State::on_epoll_event(const epoll_event& event) {
    if (event.data.u64 == kWakeUserData) {
        run_posted_tasks();
        return;
    }
    const auto index = static_cast<std::uint32_t>(event.data.u64);
    const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
    // The stream may have been closed, and its slot reused, or it may have failed, by an event
    // before this one in the same batch.
    const auto is_over = [this, index, generation] {
        return !is_current(index, generation) || slots_[index].phase == Phase::broken ||
               slots_[index].phase == Phase::deaf;
    };
    if (is_over()) {
        return;
    }
    if (slots_[index].phase == Phase::connecting) {
        on_connect_event(index);
        return;
    }
    if ((event.events & EPOLLOUT) != 0) {
        on_room_to_write(index);
        if (is_over()) {
            return;
        }
    }
    if ((slots_[index].watched & EPOLLIN) != 0) {
        // Also after a hang-up: what came before it has to be read first.
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            on_readable(index, event.events);
        }
    } else if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) {
        on_hang_up(index, event.events);
    }
}

// While reading is paused, or behind the peer's end.
void StreamLoop::State::on_hang_up(std::uint32_t index, std::uint32_t events) {
    Slot& slot = slots_[index];
    const bool waits_for_room = (slot.watched & EPOLLOUT) != 0;
    on_peer_gone(index, (events & EPOLLERR) != 0 ? StreamFailure::reset : StreamFailure::eof);
    if (waits_for_room) {  // there is room for everything now
        events_.on_writable(slots_[index].cookie);
    }
}

void StreamLoop::State::on_room_to_write(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (slot.writable_told) {  // and nothing was written since: nobody waits for room any more
        watch(index, slot.watched & ~static_cast<std::uint32_t>(EPOLLOUT));
        return;
    }
    slot.writable_told = true;
    events_.on_writable(slot.cookie);
}

void StreamLoop::State::on_readable(std::uint32_t index, std::uint32_t events) {
    const Cookie cookie = slots_[index].cookie;
    const std::span<char> target = events_.read_target(cookie);
    Slot& slot = slots_[index];
    const ssize_t size = ::recv(slot.fd.get(), target.data(), target.size(), 0);
    if (size > 0) {
        // A short read has emptied the socket, and the kernel tells when more comes. Otherwise, and
        // when the end stands behind the bytes, it has to be asked to tell again.
        const bool is_more = static_cast<std::size_t>(size) == target.size() ||
                             (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        if (is_more) {
            watch(index, slot.watched);
        }
        slot.traffic.received_bytes += static_cast<std::size_t>(size);
        events_.on_bytes(cookie, static_cast<std::size_t>(size));
    } else if (size == 0) {
        slot.phase = Phase::half_open;
        watch(index, slot.watched & ~static_cast<std::uint32_t>(EPOLLIN));
        events_.on_end(cookie, StreamFailure::eof, 0);
    } else if (errno == EINTR) {
        watch(index, slot.watched);
    } else if (errno != EAGAIN) {
        fail_now(index, StreamFailure::reset);
    }
}

// One read in each turn, as from everybody; nothing while reading is paused.
void StreamLoop::State::read_what_is_left(const Failure& failure) {
    const std::uint32_t index = failure.index;
    slots_[index].is_read_later = false;
    if (!slots_[index].reading) {
        return;  // resume_reading() comes back to it
    }
    const Cookie cookie = slots_[index].cookie;
    const std::span<char> target = events_.read_target(cookie);
    const ssize_t size = ::recv(slots_[index].fd.get(), target.data(), target.size(), MSG_DONTWAIT);
    if (size > 0 || (size < 0 && errno == EINTR)) {
        read_later(index);
        if (size > 0) {
            slots_[index].traffic.received_bytes += static_cast<std::size_t>(size);
            events_.on_bytes(cookie, static_cast<std::size_t>(size));
        }
        return;
    }
    slots_[index].phase = Phase::broken;
    events_.on_end(cookie, size == 0 ? failure.reason : StreamFailure::reset, 0);
}

void StreamLoop::State::fail_now(std::uint32_t index, StreamFailure reason, int error) {
    unwatch(index);
    slots_[index].phase = Phase::broken;
    events_.on_end(slots_[index].cookie, reason, error);
}

void StreamLoop::State::fail_later(std::uint32_t index, StreamFailure reason, int error) {
    unwatch(index);
    slots_[index].phase = Phase::broken;
    failures_.push_back({index, slots_[index].generation, reason, error});
}

void StreamLoop::State::on_peer_gone(std::uint32_t index, StreamFailure how) {
    Slot& slot = slots_[index];
    unwatch(index);
    if (slot.phase == Phase::half_open) {
        slot.phase = Phase::broken;  // its end was told, behind all that came
        return;
    }
    slot.phase = Phase::deaf;
    slot.how = how;
    read_later(index);
}

void StreamLoop::State::read_later(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (!slot.is_read_later) {
        slot.is_read_later = true;
        failures_.push_back({index, slot.generation, slot.how, 0});
    }
}

std::uint32_t StreamLoop::State::take_slot(Cookie cookie, Phase phase) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.cookie = cookie;
    slot.traffic = {};
    slot.phase = phase;
    slot.reading = true;
    slot.writable_told = slot.is_read_later = false;
    return index;
}

StreamId StreamLoop::State::add(int fd, Cookie cookie) {
    const std::uint32_t index = take_slot(cookie, Phase::open);
    slots_[index].fd.reset(fd);
    if (!watch(index, EPOLLIN)) {
        fail_later(index, StreamFailure::reset);
    }
    return StreamId{index};
}

StreamId StreamLoop::State::connect(const routing::Address& address, Cookie cookie) {
    const std::uint32_t index = take_slot(cookie, Phase::connecting);
    if (const auto numeric = numeric_address(address)) {
        start_to_connect(index, *numeric);
    } else if (address.is_unix()) {
        fail_later(index, StreamFailure::no_connection, ENAMETOOLONG);
    } else {
        fail_later(index, StreamFailure::refused);
    }
    return StreamId{index};
}

void StreamLoop::State::start_to_connect(std::uint32_t index, const SocketAddress& address) {
    Slot& slot = slots_[index];
    slot.fd = start_connect(address);
    if (slot.fd && watch(index, EPOLLOUT)) {
        return;
    }
    const int problem = errno;
    if (!slot.fd && problem == EAGAIN && address.family() == AF_UNIX) {
        backlog_waits_.add({index, slot.generation, address});
        return;
    }
    fail_later(index, failure_of(problem), problem);
}

void StreamLoop::State::retry_connects(base::TimePoint now) {
    for (const BacklogWaits::Stream& stream : backlog_waits_.take(now)) {
        if (is_current(stream.index, stream.generation)) {
            start_to_connect(stream.index, stream.address);
        }
    }
}

void StreamLoop::State::on_connect_event(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (const int problem = connect_result(slot.fd.get()); problem != 0) {
        fail_now(index, failure_of(problem), problem);
        return;
    }
    slot.phase = Phase::open;
    if (!watch(index, slot.reading ? std::uint32_t{EPOLLIN} : 0)) {
        fail_now(index, StreamFailure::refused);
        return;
    }
    events_.on_connected(slot.cookie);
}

std::size_t StreamLoop::State::write(std::uint32_t index, std::string_view bytes) {
    Slot& slot = slots_[index];
    if (slot.phase == Phase::broken || slot.phase == Phase::deaf) {
        return bytes.size();
    }
    if (slot.phase == Phase::connecting || bytes.empty()) {
        return 0;
    }
    const ssize_t sent =
        ::send(slot.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        on_peer_gone(index, errno == EPIPE ? StreamFailure::eof : StreamFailure::reset);
        return bytes.size();
    }
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    const bool waits_for_room = taken < bytes.size();
    slot.traffic.sent_bytes += taken;
    slot.writable_told = false;
    if (waits_for_room != ((slot.watched & EPOLLOUT) != 0)) {
        watch(index, slot.watched ^ EPOLLOUT);
    }
    return taken;
}

void StreamLoop::State::finish_writing(std::uint32_t index) {
    const Slot& slot = slots_[index];
    if (slot.phase == Phase::open || slot.phase == Phase::half_open) {
        ::shutdown(slot.fd.get(), SHUT_WR);
    }
}

bool StreamLoop::State::has_unread(std::uint32_t index) const {
    const Slot& slot = slots_[index];
    if (slot.phase != Phase::open) {
        return slot.phase == Phase::deaf;  // its end is told behind what is left
    }
    char first = 0;
    return ::recv(slot.fd.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void StreamLoop::State::close(std::uint32_t index) {
    Slot& slot = slots_[index];
    DCHECK(slot.phase != Phase::free);
    if (slot.phase == Phase::open) {
        discard_unread(slot.fd.get());
    }
    slot.fd.reset();  // and out of the epoll set: nobody else has this descriptor
    slot.in_set = false;
    slot.watched = 0;
    slot.phase = Phase::free;
    ++slot.generation;
    free_.push_back(index);
}

void StreamLoop::State::discard_unread(int fd) {
    for (int i = 0; i < kDiscardReadsMax; ++i) {
        const ssize_t size = ::recv(fd, discarded_.data(), discarded_.size(), MSG_DONTWAIT);
        if (size < static_cast<ssize_t>(discarded_.size())) {
            return;
        }
    }
}

void StreamLoop::State::pause_reading(std::uint32_t index) {
    Slot& slot = slots_[index];
    slot.reading = false;
    if (slot.phase == Phase::open && (slot.watched & EPOLLIN) != 0) {
        watch(index, slot.watched & ~static_cast<std::uint32_t>(EPOLLIN));
    }
}

void StreamLoop::State::resume_reading(std::uint32_t index) {
    Slot& slot = slots_[index];
    slot.reading = true;
    if (slot.phase == Phase::open && (slot.watched & EPOLLIN) == 0) {
        watch(index, slot.watched | EPOLLIN);
    } else if (slot.phase == Phase::deaf) {
        read_later(index);
    }
}

bool StreamLoop::State::watch(std::uint32_t index, std::uint32_t events) {
    Slot& slot = slots_[index];
    epoll_event event{};
    event.events = events | EPOLLET | EPOLLRDHUP;
    event.data.u64 = std::uint64_t{slot.generation} << 32 | index;
    const int operation = slot.in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(epoll_.get(), operation, slot.fd.get(), &event) != 0) {
        return false;
    }
    slot.watched = events;
    slot.in_set = true;
    return true;
}

void StreamLoop::State::unwatch(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (slot.in_set) {
        epoll_event event{};
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, slot.fd.get(), &event);
        slot.in_set = false;
        slot.watched = 0;
    }
}

StreamLoop::StreamLoop(EventLoop& loop, StreamEvents& events)
    : state_(std::make_unique<State>(loop, events)) {}
StreamLoop::~StreamLoop() = default;

void StreamLoop::run() {
    state_->run();
}

StreamId StreamLoop::add(int fd, Cookie cookie) {
    return state_->add(fd, cookie);
}

void StreamLoop::set_cookie(StreamId stream, Cookie cookie) {
    state_->slot_of(stream).cookie = cookie;
}

StreamId StreamLoop::connect(const routing::Address& address, Cookie cookie) {
    return state_->connect(address, cookie);
}

void StreamLoop::limit_unacknowledged(StreamId stream, base::milliseconds limit) {
    io::limit_unacknowledged(state_->slot_of(stream).fd.get(), limit);
}

std::size_t StreamLoop::write(StreamId stream, std::string_view bytes) {
    return state_->write(static_cast<std::uint32_t>(stream), bytes);
}

void StreamLoop::finish_writing(StreamId stream) {
    state_->finish_writing(static_cast<std::uint32_t>(stream));
}

bool StreamLoop::has_unread(StreamId stream) const {
    return state_->has_unread(static_cast<std::uint32_t>(stream));
}

void StreamLoop::close(StreamId stream) {
    state_->close(static_cast<std::uint32_t>(stream));
}

bool StreamLoop::is_deserted(StreamId stream) const {
    const Phase phase = state_->slot_of(stream).phase;
    return phase == Phase::deaf || phase == Phase::broken;
}

void StreamLoop::pause_reading(StreamId stream) {
    state_->pause_reading(static_cast<std::uint32_t>(stream));
}

void StreamLoop::resume_reading(StreamId stream) {
    state_->resume_reading(static_cast<std::uint32_t>(stream));
}

StreamTraffic StreamLoop::traffic(StreamId stream) const {
    return state_->slot_of(stream).traffic;
}

std::string StreamLoop::peer_name(StreamId stream) const {
    return io::peer_name(state_->slot_of(stream).fd.get());
}

}  // namespace ringside::io
