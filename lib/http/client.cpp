#include "http/client.h"

#include "http/response_reader.h"
#include "io/connector.h"
#include "io/event_loop.h"
#include "io/look_up.h"
#include "io/socket.h"

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace ringside::http {
namespace {

constexpr std::size_t kReadBytes = std::size_t{16} << 10;

// The largest ring of a pool is a few megabytes; whatever sends more is not the admin API.
constexpr std::size_t kAnswerBytesMax = std::size_t{256} << 20;

base::Error timed_out() {
    return {base::Errc::timed_out, "no answer in time"};
}

base::Error system_error(const char* call) {
    return {base::Errc::io, io::system_message(call, errno)};
}

base::Status wait_for(int fd, short events, base::TimePoint deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<base::milliseconds>(deadline - base::Clock::now());
        pollfd entry{fd, events, 0};
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) {
            return base::Done{};
        }
        if (ready == 0) {
            return timed_out();
        }
        if (errno != EINTR) {
            return system_error("poll");
        }
    }
}

base::Expected<std::vector<io::SocketAddress>> addresses_of(const routing::Address& address) {
    if (const auto numeric = io::numeric_address(address)) {
        return std::vector{*numeric};
    }
    return io::look_up(address);
}

}  // namespace

Client::Client(routing::Address address, base::milliseconds timeout)
    : address_(std::move(address)), timeout_(timeout) {}

base::Expected<Response> Client::send(Method method, std::string_view target) {
    const base::TimePoint deadline = base::Clock::now() + timeout_;
    const bool reused = static_cast<bool>(socket_);
    if (!reused) {
        if (const base::Status connected = connect(deadline); !connected) {
            return connected.error();
        }
    }
    auto answer = exchange(method, target, deadline);
    // A kept connection may have been closed for being idle. All requests can be repeated.
    const bool may_be_stale = reused && !answer && answer.error().code == base::Errc::io;
    if (may_be_stale) {
        if (const base::Status connected = connect(deadline); !connected) {
            return connected.error();
        }
        answer = exchange(method, target, deadline);
    }
    return answer;
}

base::Status Client::connect(base::TimePoint deadline) {
    socket_.reset();
    auto addresses = addresses_of(address_);
    if (!addresses) {
        return addresses.error();
    }
    io::EventLoop loop;
    base::Status outcome = timed_out();
    const auto left = std::chrono::ceil<base::milliseconds>(deadline - base::Clock::now());
    const io::Connector connector(
        loop, std::move(*addresses), left, [&](base::Expected<io::FileDescriptor> result) {
            outcome = result ? base::Status(base::Done{}) : base::Status(result.error());
            socket_ = result ? std::move(*result) : io::FileDescriptor();
            loop.stop();
        });
    io::EventLoop::Timer timer(loop);
    timer.arm(deadline, [&loop] { loop.stop(); });
    loop.run();
    return outcome;
}

base::Expected<Response> Client::exchange(Method method, std::string_view target,
                                          base::TimePoint deadline) {
    // The Host is a name that the server trusts, whatever name led here (docs/ADMIN_API.md).
    const std::string request = fmt::format(
        "{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n{}\r\n", to_string(method),
        target, token_.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", token_));
    if (const base::Status written = write_all(request, deadline); !written) {
        socket_.reset();
        return written.error();
    }
    auto answer = read_answer(method, deadline);
    if (!answer) {
        socket_.reset();
    }
    return answer;
}

base::Status Client::write_all(std::string_view bytes, base::TimePoint deadline) {
    while (!bytes.empty()) {
        const ssize_t written = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return system_error("send");
        }
        if (const base::Status ready = wait_for(socket_.get(), POLLOUT, deadline); !ready) {
            return ready;
        }
    }
    return base::Done{};
}

base::Expected<Response> Client::read_answer(Method method, base::TimePoint deadline) {
    Response answer;
    ResponseReader reader(method, [&answer](std::string_view piece) { answer.body.append(piece); });
    std::array<char, kReadBytes> chunk;
    while (!reader.is_complete()) {
        const ssize_t size = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
        if (size == 0) {
            if (!reader.end()) {
                return base::Error{base::Errc::io, "the connection was closed before the answer"};
            }
            break;
        }
        if (size < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                return system_error("recv");
            }
            if (const base::Status ready = wait_for(socket_.get(), POLLIN, deadline); !ready) {
                return ready.error();
            }
            continue;
        }
        const base::Status taken = reader.take({chunk.data(), static_cast<std::size_t>(size)});
        if (!taken || answer.body.size() > kAnswerBytesMax) {
            return base::Error{base::Errc::malformed, "not an answer of the admin API"};
        }
    }
    if (!reader.keep_alive()) {
        socket_.reset();
    }
    answer.status = reader.head().status;
    answer.content_type = reader.head().content_type;
    return answer;
}

}  // namespace ringside::http
