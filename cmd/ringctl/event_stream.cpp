#include "event_stream.h"

#include "api.h"
#include "io/look_up.h"
#include "io/socket.h"

#include <fmt/core.h>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace ringside::ctl {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;

// The server says each 15 s that it is there.
constexpr base::seconds kSilenceMax{45};
constexpr std::size_t kChunkBytes = 4096;
constexpr unsigned kOk = 200;
// The longest event is a change of many nodes, of which 16 are named.
constexpr std::size_t kEventBytesMax = std::size_t{1} << 20;

Error io_error(const char* call, int number) {
    return {Errc::io, io::system_message(call, number)};
}

Status wait_until_ready(int fd, short events, base::milliseconds limit) {
    pollfd entry{fd, events, 0};
    for (;;) {
        const int ready = ::poll(&entry, 1, static_cast<int>(limit.count()));
        if (ready > 0) {
            return Done{};
        }
        if (ready == 0) {
            return Error{Errc::timed_out, fmt::format("nothing came for {} ms", limit.count())};
        }
        if (errno != EINTR) {
            return io_error("poll", errno);
        }
    }
}

}  // namespace

void EventParser::take(std::string_view text) {
    pending_ += text;
    for (std::size_t end; (end = pending_.find('\n')) != std::string::npos;) {
        take_line(std::string_view(pending_).substr(0, end));
        pending_.erase(0, end + 1);
    }
    if (pending_.size() > kEventBytesMax) {
        pending_.clear();  // no line of ours
    }
}

void EventParser::take_line(std::string_view line) {
    if (line.empty()) {
        if (!event_.data.empty()) {
            events_.push_back(std::exchange(event_, {}));
        }
        event_ = {};
        return;
    }
    const auto value_of = [line](std::string_view field) {
        return line.starts_with(field) ? std::optional(line.substr(field.size())) : std::nullopt;
    };
    if (const auto name = value_of("event: ")) {
        event_.name = *name;
    } else if (const auto data = value_of("data: ")) {
        event_.data += *data;
    }
}

std::optional<Event> EventParser::next() {
    if (events_.empty()) {
        return std::nullopt;
    }
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
}

EventStream::EventStream()
    : reader_(http::Method::get, [this](std::string_view body) {
          if (reader_.head().status == kOk) {
              parser_.take(body);
          } else if (refusal_.size() < kEventBytesMax) {
              refusal_ += body;
          }
      }) {}

EventStream::~EventStream() = default;

Status EventStream::connect(const routing::Address& address, base::milliseconds limit) {
    std::vector<io::SocketAddress> addresses;
    if (const auto numeric = io::numeric_address(address)) {
        addresses.push_back(*numeric);
    } else {
        auto found = io::look_up(address);
        if (!found) {
            return found.error();
        }
        addresses = std::move(*found);
    }
    Status outcome = Error{Errc::io, "there is no address"};
    for (const io::SocketAddress& each : addresses) {
        socket_ = io::start_connect(each);
        if (!socket_) {
            outcome = io_error("connect", errno);
            continue;
        }
        outcome = wait_until_ready(socket_.get(), POLLOUT, limit);
        const int failure = outcome ? io::connect_result(socket_.get()) : 0;
        if (failure != 0) {
            outcome = io_error("connect", failure);
        }
        if (outcome) {
            return outcome;
        }
    }
    return outcome;
}

std::optional<unsigned> EventStream::refusal() const {
    return reader_.has_head() && reader_.head().status != kOk ? std::optional(reader_.head().status)
                                                              : std::nullopt;
}

Status EventStream::open(const routing::Address& address, std::string_view token,
                         base::milliseconds limit) {
    if (const Status connected = connect(address, limit); !connected) {
        return connected.error();
    }
    const std::string request =
        fmt::format("GET /events HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
                    token.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", token));
    if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        return io_error("send", errno);
    }
    while (!reader_.has_head() || (refusal() && !reader_.is_complete() && !is_over_)) {
        if (const Status read = read_some(limit); !read) {
            return read.error();
        }
        if (is_over_ && !reader_.has_head()) {
            return Error{Errc::io, "the connection was closed before the answer"};
        }
    }
    return refusal() ? Status(Error{Errc::conflict, error_message(refusal_)}) : Done{};
}

Status EventStream::read_some(base::milliseconds limit) {
    if (const Status ready = wait_until_ready(socket_.get(), POLLIN, limit); !ready) {
        return ready.error();
    }
    std::array<char, kChunkBytes> chunk;
    const ssize_t size = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (size < 0) {
        return errno == EAGAIN || errno == EINTR ? Status(Done{}) : io_error("recv", errno);
    }
    is_over_ = size == 0;
    return is_over_ ? Status(Done{}) : reader_.take({chunk.data(), static_cast<std::size_t>(size)});
}

Expected<std::optional<Event>> EventStream::next() {
    for (;;) {
        if (auto event = parser_.next()) {
            return event;
        }
        if (is_over_ || reader_.is_complete()) {
            return std::optional<Event>();
        }
        if (const Status read = read_some(kSilenceMax); !read) {
            return read.error();
        }
    }
}

}  // namespace ringside::ctl
