// A connection, in the clear or with TLS: what the server and Fetch read from and write to.
//
// The one header of lib that speaks Asio, as its coroutines need the types; for server.cpp and
// fetch.cpp only. Operations give their error as a value, and end with one once the stream is
// closed.
#pragma once

#include "io/file_descriptor.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

// g++ 12 mistakes Asio's own allocation of coroutine frames (asio/impl/awaitable.hpp) for a
// mismatch where it inlines both halves.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace ringside::http {

class Stream {
  public:
    template <typename T>
    using Awaitable = boost::asio::awaitable<T>;
    using ErrorCode = boost::system::error_code;
    using Transfer = std::tuple<ErrorCode, std::size_t>;  // and the number of bytes
    using Tls = boost::asio::ssl::stream<boost::asio::generic::stream_protocol::socket&>;

    explicit Stream(boost::asio::io_context& context) : socket_(context) {}

    // Takes a connected socket, if there is no error.
    ErrorCode assign(io::FileDescriptor fd) {
        ErrorCode error;
        // The family is a label here: it matters to functions that are not used.
        socket_.assign(boost::asio::generic::stream_protocol(AF_INET, 0), fd.get(), error);
        if (!error) {
            static_cast<void>(fd.release());
        }
        return error;
    }

    bool is_open() const { return socket_.is_open(); }
    // Whether bytes have arrived that were not read yet.
    bool has_unread() const {
        ErrorCode ignored;
        return socket_.available(ignored) != 0;
    }
    void close() {
        ErrorCode ignored;
        socket_.close(ignored);
    }
    // Ends what is waited for, and leaves the connection open.
    void cancel() {
        ErrorCode ignored;
        socket_.cancel(ignored);
    }

    // TLS from here on; handshake() is next.
    Tls& use_tls(boost::asio::ssl::context& context) { return tls_.emplace(socket_, context); }
    // Null: in the clear.
    Tls* tls() noexcept { return tls_ ? &*tls_ : nullptr; }
    // Requires: tls().
    Awaitable<ErrorCode> handshake(Tls::handshake_type side) {
        const auto [error] = co_await tls_->async_handshake(side, kAwait);
        co_return error;
    }

    Awaitable<Transfer> read_some(std::span<char> into) {
        const auto buffer = boost::asio::buffer(into.data(), into.size());
        if (tls_) {
            co_return co_await tls_->async_read_some(buffer, kAwait);
        }
        co_return co_await socket_.async_read_some(buffer, kAwait);
    }
    // All of it. `text` stays until the end.
    Awaitable<ErrorCode> write(std::string_view text) {
        const auto buffer = boost::asio::buffer(text.data(), text.size());
        if (tls_) {
            const auto [error, size] = co_await boost::asio::async_write(*tls_, buffer, kAwait);
            co_return error;
        }
        const auto [error, size] = co_await boost::asio::async_write(socket_, buffer, kAwait);
        co_return error;
    }
    // As much as goes: at least one byte. Requires: there is one.
    Awaitable<Transfer> write_some(std::string_view text) {
        const auto buffer = boost::asio::buffer(text.data(), text.size());
        if (tls_) {
            co_return co_await tls_->async_write_some(buffer, kAwait);
        }
        co_return co_await socket_.async_write_some(buffer, kAwait);
    }
    // Tells the other side that nothing more comes. With TLS it waits for the same from there.
    Awaitable<void> end_writing() {
        if (tls_) {
            co_await tls_->async_shutdown(kAwait);
        }
        ErrorCode ignored;
        socket_.shutdown(socket_.shutdown_send, ignored);
    }

  private:
    static constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

    boost::asio::generic::stream_protocol::socket socket_;
    std::optional<Tls> tls_;
};

}  // namespace ringside::http
