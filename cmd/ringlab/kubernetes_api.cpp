#include "kubernetes_api.h"

#include "as_tuple.h"
#include "base/child_process.h"
#include "base/parse.h"
#include "http/message.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <random>
#include <utility>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Errc;
using base::Error;
using base::Status;

constexpr std::string_view kPath = "/apis/discovery.k8s.io/v1/namespaces/ringlab/endpointslices";
constexpr std::string_view kSelector = "kubernetes.io/service-name=cache";
constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kRequestBytesMax = 16'384;
constexpr std::chrono::milliseconds kLookAgain{20};  // for news, on behalf of a watch
constexpr std::chrono::seconds kBookmarkInterval{10};
constexpr std::chrono::seconds kWatchMax{600};
constexpr base::milliseconds kCertificateLimit{10'000};

std::string key_file(const std::string& directory) {
    return directory + "/server.key";
}

// A certificate that is its own authority. The key is for this user only, as is the directory.
Status make_certificate(const std::string& certificate, const std::string& key) {
    auto openssl = base::ChildProcess::start(
        {.command = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                     "-days", "30", "-subj", "/CN=ringlab", "-addext",
                     "subjectAltName=DNS:localhost,IP:127.0.0.1"},
         .environment = {},
         .output_path = "/dev/null",
         .error_path = "/dev/null"});
    if (!openssl) {
        return openssl.error().in(
            "the certificate of the API server is made by openssl (Debian: "
            "openssl)");
    }
    const auto code = openssl->wait(kCertificateLimit);
    if (code != 0) {
        return Error{Errc::io, fmt::format("openssl has made no certificate, exit code {}",
                                           code.value_or(-1))};
    }
    return base::Done{};
}

std::string random_token() {
    std::random_device random;
    return fmt::format("ringlab-{:08x}{:08x}", random(), random());
}

// Of the header, which is in `bytes` as a whole: http::Request does not keep it.
bool has_token(std::string_view bytes, std::string_view token) {
    std::string header(bytes.substr(0, bytes.find("\r\n\r\n")));
    const std::string wanted = fmt::format("\r\nauthorization: bearer {}", token);
    std::transform(header.begin(), header.end(), header.begin(),
                   [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    const std::size_t at = header.find(wanted);
    return at != std::string::npos && (at + wanted.size() == header.size() ||
                                       header.compare(at + wanted.size(), 2, "\r\n") == 0);
}

SliceQuestion question_of(const http::Request& request) {
    const auto number = [&request](std::string_view name, std::uint64_t otherwise) {
        const auto text = request.parameter(name);
        return text ? base::parse_unsigned(*text, 0, UINT32_MAX).value_or(otherwise) : otherwise;
    };
    const std::chrono::seconds timeout(number("timeoutSeconds", 60));
    return {.is_watch = request.parameter("watch") == "1",
            .version = number("resourceVersion", 0),
            .timeout = std::min(timeout, kWatchMax)};
}

}  // namespace

// One request, and the end of the connection behind its answer.
class KubernetesApi::Connection {
  public:
    Connection(tcp::socket socket, asio::ssl::context& tls) : stream_(std::move(socket), tls) {}

    asio::awaitable<bool> begin() {
        const auto [error] =
            co_await stream_.async_handshake(asio::ssl::stream_base::server, kAsTuple);
        co_return !error;
    }
    // Nothing: there is none.
    asio::awaitable<std::optional<http::Request>> read() {
        std::array<char, 4096> chunk{};
        while (bytes_.size() < kRequestBytesMax) {
            const auto [error, size] =
                co_await stream_.async_read_some(asio::buffer(chunk), kAsTuple);
            if (error) {
                break;
            }
            bytes_.append(chunk.data(), size);
            http::RequestRead read = http::read_request(bytes_);
            if (read.status == http::ReadStatus::complete) {
                co_return std::move(read.request);
            }
            if (read.status == http::ReadStatus::refused) {
                break;
            }
        }
        co_return std::nullopt;
    }
    std::string_view bytes() const noexcept { return bytes_; }
    asio::any_io_executor executor() { return stream_.get_executor(); }

    // False if nobody takes it.
    asio::awaitable<bool> write(std::string text) {
        const auto [error, size] =
            co_await asio::async_write(stream_, asio::buffer(text), kAsTuple);
        co_return !error;
    }
    asio::awaitable<bool> write_answer(unsigned status, std::string body) {
        http::Response response;
        response.status = status;
        response.body = std::move(body);
        return write(http::format_response(response, {.keep_alive = false}));
    }
    asio::awaitable<bool> begin_chunks() {
        return write(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    }
    asio::awaitable<bool> write_chunk(std::string_view text) {
        return write(fmt::format("{:x}\r\n{}\r\n", text.size(), text));
    }

  private:
    asio::ssl::stream<tcp::socket> stream_;
    std::string bytes_;
};

KubernetesApi::KubernetesApi(const asio::any_io_executor& executor, std::string directory)
    : directory_(std::move(directory)), acceptor_(executor) {}

KubernetesApi::~KubernetesApi() = default;

Status KubernetesApi::open(std::uint16_t port) {
    token_ = random_token();
    if (const Status written = write_files(); !written) {
        return written;
    }
    tls_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    boost::system::error_code error;
    tls_->use_certificate_chain_file(ca_file(directory_), error);
    if (!error) {
        tls_->use_private_key_file(key_file(directory_), asio::ssl::context::pem, error);
    }
    if (error) {
        return Error{Errc::io, fmt::format("the certificate in {} cannot be used: {}", directory_,
                                           error.message())};
    }
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    acceptor_.open(endpoint.protocol(), error);
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
    if (!error) {
        acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return Error{Errc::io,
                     fmt::format("cannot listen on 127.0.0.1:{}: {}", port, error.message())};
    }
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    return base::Done{};
}

Status KubernetesApi::write_files() const {
    std::ofstream file(token_file(directory_), std::ios::trunc);
    ::chmod(token_file(directory_).c_str(), 0600);
    file << token_ << '\n';
    file.close();
    if (!file) {
        return Error{Errc::io, token_file(directory_) + " cannot be written"};
    }
    return make_certificate(ca_file(directory_), key_file(directory_));
}

void KubernetesApi::close() {
    for (const std::string& path :
         {token_file(directory_), ca_file(directory_), key_file(directory_)}) {
        ::unlink(path.c_str());
    }
}

std::uint16_t KubernetesApi::port() const {
    boost::system::error_code error;
    return acceptor_.local_endpoint(error).port();
}

void KubernetesApi::tell(const Configuration& configuration, Mode mode) {
    mode_ = mode;
    if (mode == Mode::normal || mode == Mode::empty) {
        slices_.set(mode == Mode::empty ? Configuration{} : configuration);
    }
}

asio::awaitable<void> KubernetesApi::accept() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
        if (!error && mode_ != Mode::closed && connections_ < kConnectionsMax) {
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }
}

asio::awaitable<void> KubernetesApi::serve(tcp::socket socket) {
    ++connections_;
    Connection connection(std::move(socket), *tls_);
    if (co_await connection.begin()) {
        co_await answer(connection);
    }
    --connections_;
}

asio::awaitable<void> KubernetesApi::answer(Connection& connection) {
    const auto request = co_await connection.read();
    if (!request) {
        co_return;
    }
    asio::steady_timer pause(connection.executor());
    while (mode_ == Mode::silent) {
        pause.expires_after(kLookAgain);
        co_await pause.async_wait(kAsTuple);
    }
    if (!has_token(connection.bytes(), token_)) {
        co_await connection.write_answer(401, status_text(401, "Unauthorized", "Unauthorized"));
    } else if (request->path != kPath || request->parameter("labelSelector") != kSelector) {
        co_await connection.write_answer(
            404, status_text(404, "NotFound", "the server could not find the requested resource"));
    } else if (mode_ == Mode::error) {
        co_await connection.write_answer(
            500, status_text(500, "InternalError", "ringlab was told to fail"));
    } else if (const SliceQuestion question = question_of(*request); question.is_watch) {
        co_await watch(connection, question);
    } else {
        co_await connection.write_answer(200, slices_.list());
    }
}

asio::awaitable<void> KubernetesApi::watch(Connection& connection, SliceQuestion question) {
    asio::steady_timer pause(connection.executor());
    const auto end = std::chrono::steady_clock::now() + question.timeout;
    auto bookmark_at = std::chrono::steady_clock::now() + kBookmarkInterval;
    bool goes_on = co_await connection.begin_chunks();
    while (goes_on && std::chrono::steady_clock::now() < end) {
        const bool is_last = slices_.is_forgotten(question.version);
        std::string lines = slices_.events_since(question.version);
        if (lines.empty() && std::chrono::steady_clock::now() >= bookmark_at) {
            lines = slices_.bookmark();
        }
        if (!lines.empty()) {
            bookmark_at = std::chrono::steady_clock::now() + kBookmarkInterval;
            goes_on = co_await connection.write_chunk(lines) && !is_last;
        }
        pause.expires_after(kLookAgain);
        co_await pause.async_wait(kAsTuple);
        if (mode_ == Mode::closed || mode_ == Mode::error) {
            co_return;  // without an end
        }
    }
    co_await connection.write("0\r\n\r\n");
}

}  // namespace ringside::lab
