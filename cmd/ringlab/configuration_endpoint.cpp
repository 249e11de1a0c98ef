#include "configuration_endpoint.h"

#include "as_tuple.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Longer than any line that is understood. Over it: an error, then close.
constexpr std::size_t kLineBytesMax = 2048;
// More connections than this are closed as they come.
constexpr std::size_t kSessionsMax = 1024;
constexpr std::chrono::milliseconds kSlowPause{20};

// False if the connection is of no more use.
asio::awaitable<bool> write(tcp::socket& socket, const Answer& answer) {
    asio::steady_timer pause(socket.get_executor());
    const std::size_t step = answer.one_by_one ? 1 : answer.bytes.size();
    for (std::size_t sent = 0; sent < answer.bytes.size(); sent += step) {
        const auto [error, size] = co_await asio::async_write(
            socket, asio::buffer(answer.bytes.data() + sent, step), kAsTuple);
        if (error) {
            co_return false;
        }
        if (answer.one_by_one) {
            pause.expires_after(kSlowPause);
            co_await pause.async_wait(kAsTuple);
        }
    }
    co_return !answer.close;
}

}  // namespace

ConfigurationEndpoint::ConfigurationEndpoint(const asio::any_io_executor& executor,
                                             const Cluster& cluster)
    : cluster_(cluster), acceptor_(executor) {}

base::Status ConfigurationEndpoint::open(std::uint16_t port) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
    if (!error) {
        acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return base::Error{base::Errc::io,
                           fmt::format("cannot listen on 127.0.0.1:{}: {}", port, error.message())};
    }
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    return base::Done{};
}

std::uint16_t ConfigurationEndpoint::port() const {
    boost::system::error_code error;
    return acceptor_.local_endpoint(error).port();
}

asio::awaitable<void> ConfigurationEndpoint::accept() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
        if (error || mode_ == Mode::closed || sessions_ >= kSessionsMax) {
            continue;
        }
        asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> ConfigurationEndpoint::serve(tcp::socket socket) {
    ++sessions_;
    std::string input;
    for (bool open = true; open;) {
        const auto [error, size] = co_await asio::async_read_until(
            socket, asio::dynamic_buffer(input, kLineBytesMax), '\n', kAsTuple);
        Answer answer{.bytes = "CLIENT_ERROR line too long\r\n", .close = true};
        if (!error) {
            std::string_view line(input.data(), size - 1);
            if (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            answer = answer_line(line, cluster_.configuration(), mode_);
            input.erase(0, size);
        } else if (error != asio::error::not_found) {
            break;
        }
        open = co_await write(socket, answer);
    }
    --sessions_;
}

}  // namespace ringside::lab
