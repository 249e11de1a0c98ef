#include "node_client.h"

#include "as_tuple.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include <utility>
#include <variant>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Errc;
using base::Error;
using Answer = base::Expected<std::string>;

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

asio::awaitable<Answer> converse(tcp::endpoint node, std::string request, std::string end) {
    tcp::socket socket(co_await asio::this_coro::executor);
    const auto [connect_error] = co_await socket.async_connect(node, kAsTuple);
    if (connect_error) {
        co_return Error{Errc::io, connect_error.message()};
    }
    const auto [write_error, written] =
        co_await asio::async_write(socket, asio::buffer(request), kAsTuple);
    if (write_error) {
        co_return Error{Errc::io, write_error.message()};
    }
    std::string answer;
    const auto [read_error, size] = co_await asio::async_read_until(
        socket, asio::dynamic_buffer(answer, kAnswerBytesMax), end, kAsTuple);
    if (read_error) {
        co_return Error{Errc::io, read_error.message()};
    }
    answer.resize(size);
    co_return answer;
}

}  // namespace

asio::awaitable<Answer> ask(tcp::endpoint node, std::string request, std::string end,
                            base::milliseconds limit) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    auto outcome =
        co_await (converse(node, std::move(request), std::move(end)) || timer.async_wait(kAsTuple));
    if (auto* answer = std::get_if<0>(&outcome)) {
        co_return std::move(*answer);
    }
    co_return Error{Errc::timed_out, fmt::format("no answer within {} ms", limit.count())};
}

}  // namespace ringside::lab
