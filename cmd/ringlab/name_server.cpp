#include "name_server.h"

#include "as_tuple.h"
#include "base/clock.h"
#include "free_port.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <signal.h>

#include <utility>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Errc;
using base::Error;
using base::Status;

constexpr base::milliseconds kStartLimit{10'000};
constexpr base::milliseconds kRetryPause{5};

std::vector<std::string> command_of(const std::string& dnsmasq, std::uint16_t port) {
    return {dnsmasq,
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--pid-file=",
            "--user=",
            "--group=",  // who changes it outlives its parent: prctl(2), PR_SET_PDEATHSIG
            "--listen-address=127.0.0.1",
            "--bind-interfaces",
            fmt::format("--port={}", port),
            "--no-resolv",
            "--no-hosts",
            "--local-ttl=1",
            "--local=/ringlab.test/"};
}

}  // namespace

NameServer::NameServer(std::string dnsmasq, std::uint16_t port)
    : dnsmasq_(std::move(dnsmasq)), port_(port) {}

asio::awaitable<Status> NameServer::serve(std::vector<std::string> records) {
    if (port_ == 0) {
        const auto port = pick_port("127.0.0.1");
        if (!port) {
            co_return Error{Errc::io, "no free port on 127.0.0.1"};
        }
        port_ = *port;
    }
    std::vector<std::string> command = command_of(dnsmasq_, port_);
    command.insert(command.end(), std::make_move_iterator(records.begin()),
                   std::make_move_iterator(records.end()));
    co_return co_await start(std::move(command));
}

asio::awaitable<Status> NameServer::start(std::vector<std::string> command) {
    process_.reset();
    base::ChildOptions options;
    options.command = std::move(command);
    auto process = base::ChildProcess::start(options);
    if (!process) {
        co_return process.error().in(fmt::format(
            "DNS is played by dnsmasq (Debian: dnsmasq-base), see also --dnsmasq: {}", dnsmasq_));
    }
    process_ = std::move(*process);
    const tcp::endpoint place(asio::ip::address_v4::loopback(), port_);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    const auto deadline = base::Clock::now() + kStartLimit;
    while (base::Clock::now() < deadline) {
        tcp::socket socket(co_await asio::this_coro::executor);
        const auto [error] = co_await socket.async_connect(place, kAsTuple);
        if (!process_->running()) {
            const int code = process_->wait(base::milliseconds(0)).value_or(0);
            co_return Error{Errc::io, fmt::format("{} ended at once with exit code {}; is port {} "
                                                  "taken?",
                                                  dnsmasq_, code, port_)};
        }
        if (!error) {
            co_return base::Done{};
        }
        pause.expires_after(kRetryPause);
        co_await pause.async_wait(kAsTuple);
    }
    co_return Error{Errc::timed_out, fmt::format("{} does not answer on port {}", dnsmasq_, port_)};
}

void NameServer::pause() noexcept {
    if (process_) {
        process_->signal(SIGSTOP);
    }
}

void NameServer::end() noexcept {
    process_.reset();
}

}  // namespace ringside::lab
