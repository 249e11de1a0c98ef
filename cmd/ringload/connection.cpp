#include "connection.h"

#include <fmt/format.h>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace ringside::load {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kExcerptBytes = 160;

// For a person: the beginning of what came, with everything unprintable as \xNN.
std::string excerpt(std::string_view bytes) {
    std::string text;
    for (const char c : bytes.substr(0, kExcerptBytes)) {
        if (c >= 0x20 && c < 0x7f) {
            text.push_back(c);
        } else {
            fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return text;
}

}  // namespace

base::Status Connection::open() {
    const auto fd = shared_.target.connect();
    if (!fd) {
        return fd.error();
    }
    fd_ = *fd;
    connecting_ = true;
    watches_writable_ = true;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.u32 = index_;
    ::epoll_ctl(shared_.epoll_fd, EPOLL_CTL_ADD, fd_, &event);
    return base::Done{};
}

base::Status Connection::wait_until_connected(base::milliseconds limit) {
    pollfd watched{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&watched, 1, static_cast<int>(limit.count())) <= 0) {
        return base::Error{base::Errc::timed_out, "no connection in time"};
    }
    if (const int reason = connect_error(); reason != 0) {
        return base::Error{base::Errc::io, std::strerror(reason)};
    }
    connecting_ = false;
    watch(false);
    return base::Done{};
}

int Connection::connect_error() const {
    int reason = 0;
    socklen_t size = sizeof reason;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &reason, &size);
    return reason;
}

void Connection::on_connected(base::TimePoint now) {
    if (connect_error() != 0) {
        close();  // tried again at the next look around
        return;
    }
    connecting_ = false;
    watch(false);
    ++shared_.tally.reconnects;
    send_batch(now);
}

void Connection::send_batch(base::TimePoint now) {
    Operation operation;
    for (std::uint32_t i = 0; i < shared_.pipeline; ++i) {
        if (shared_.source == nullptr || !shared_.source->next(operation)) {
            shared_.source = nullptr;
            break;
        }
        shared_.dialect.append_request(shared_.workload, operation, output_);
        outstanding_.push_back(operation);
    }
    shared_.outstanding += outstanding_.size();
    sent_at_ = now;
    flush();
}

void Connection::on_events(std::uint32_t events, base::TimePoint now) {
    if (connecting_) {
        on_connected(now);
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        flush();
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && is_open()) {
        on_readable(now);
    }
}

void Connection::on_readable(base::TimePoint now) {
    const auto space = input_.prepare(kReadBytes);
    const ssize_t got = ::recv(fd_, space.data(), space.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        lose(got == 0 ? "closed by the peer" : std::strerror(errno));
        return;
    }
    input_.commit(static_cast<std::size_t>(got));
    if (check_replies(now) && !busy()) {
        send_batch(now);
    }
}

bool Connection::check_replies(base::TimePoint now) {
    Tally& tally = shared_.tally;
    const auto waited = std::chrono::duration_cast<base::microseconds>(now - sent_at_).count();
    while (busy() && !input_.empty()) {
        const Operation operation = outstanding_.front();
        const std::string_view bytes = input_.view();
        const Verdict verdict = shared_.dialect.check_reply(shared_.workload, operation, bytes,
                                                            check_, shared_.scratch);
        switch (verdict) {
            case Verdict::need_more:
                return true;
            case Verdict::wrong:
                report_wrong(bytes);
                return false;
            case Verdict::right:
                count_right(operation);
                break;
            case Verdict::error:
                tally.add_error(check_.error_text);
                break;
        }
        ++tally.requests;
        tally.latency.record(static_cast<std::uint32_t>(std::min<long>(waited, UINT32_MAX)));
        input_.consume(check_.checked_bytes);
        outstanding_.pop_front();
        --shared_.outstanding;
        check_ = {};
    }
    if (!input_.empty()) {
        report_wrong(input_.view());  // nobody asked
        return false;
    }
    return true;
}

void Connection::count_right(const Operation& operation) {
    Tally& tally = shared_.tally;
    if (operation.kind == Kind::set) {
        ++tally.sets;
        return;
    }
    ++tally.gets;
    tally.hits += check_.hits;
    tally.misses += shared_.workload.keys_per_get() - check_.hits;
}

// The requests behind it are not counted: nobody can tell what belongs to them.
void Connection::report_wrong(std::string_view bytes) {
    Tally& tally = shared_.tally;
    if (tally.wrong++ == 0) {
        std::string question;
        if (busy()) {
            shared_.dialect.append_request(shared_.workload, outstanding_.front(), question);
        }
        tally.first_wrong =
            fmt::format("asked '{}' and got '{}'", excerpt(question),
                        excerpt(bytes.substr(std::min(check_.checked_bytes, bytes.size()))));
    }
    close();
}

void Connection::lose(std::string_view reason) {
    Tally& tally = shared_.tally;
    if (busy() && tally.lost == 0) {
        tally.first_loss = reason;
    }
    tally.lost += outstanding_.size();
    close();
}

void Connection::flush() {
    while (sent_bytes_ < output_.size()) {
        const ssize_t sent =
            ::send(fd_, output_.data() + sent_bytes_, output_.size() - sent_bytes_, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            watch(errno == EAGAIN);  // any other failure is also readable, with its reason
            return;
        }
        sent_bytes_ += static_cast<std::size_t>(sent);
    }
    output_.clear();
    sent_bytes_ = 0;
    watch(false);
}

void Connection::watch(bool writable) {
    if (writable == watches_writable_) {
        return;
    }
    watches_writable_ = writable;
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u32 = index_;
    ::epoll_ctl(shared_.epoll_fd, EPOLL_CTL_MOD, fd_, &event);
}

void Connection::close() {
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
    }
    output_.clear();
    sent_bytes_ = 0;
    input_.clear();
    shared_.outstanding -= outstanding_.size();
    outstanding_.clear();
    check_ = {};
}

}  // namespace ringside::load
