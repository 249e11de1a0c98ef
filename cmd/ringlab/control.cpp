#include "control.h"

#include "as_tuple.h"
#include "status_text.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

// g++ 12 mistakes Asio's own allocation of coroutine frames (asio/impl/awaitable.hpp) for a
// mismatch where it inlines both halves.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;

constexpr std::size_t kCommandBytesMax = 1024;
// For the caller to send its line; commands themselves have their own bounds.
constexpr std::chrono::seconds kLineLimit{5};

std::string socket_path_in(const std::string& directory) {
    return directory + "/control.sock";
}

bool somebody_answers(const std::string& path) {
    asio::io_context context;
    stream_protocol::socket probe(context);
    boost::system::error_code error;
    probe.connect(stream_protocol::endpoint(path), error);
    return !error;
}

// In /tmp anybody may have made the directory first: it must be ours alone.
Status check_ours(const std::string& directory) {
    struct stat found {};
    if (::lstat(directory.c_str(), &found) != 0) {
        return Error{Errc::io, fmt::format("{}: {}", directory, std::strerror(errno))};
    }
    if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid()) {
        return Error{Errc::conflict, directory + " is not a directory of this user"};
    }
    return base::Done{};
}

Expected<std::string> as_text(const Status& status) {
    return status ? Expected<std::string>(std::string()) : Expected<std::string>(status.error());
}

}  // namespace

ControlServer::ControlServer(const asio::any_io_executor& executor, Cluster& cluster,
                             PlayedSource& source, std::function<void()> on_stop)
    : cluster_(cluster), source_(source), on_stop_(std::move(on_stop)), acceptor_(executor) {}

ControlServer::~ControlServer() {
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
    if (made_directory_) {
        ::rmdir(path_.substr(0, path_.rfind('/')).c_str());
    }
}

Status ControlServer::open(const std::string& directory) {
    const std::string path = socket_path_in(directory);
    const bool made = ::mkdir(directory.c_str(), 0700) == 0;
    if (const Status ours = check_ours(directory); !ours) {
        return ours;
    }
    if (somebody_answers(path)) {
        return Error{Errc::conflict, "a lab is already running in " + directory};
    }
    ::unlink(path.c_str());  // left by one that was killed
    try {
        acceptor_.open(stream_protocol());
        acceptor_.bind(stream_protocol::endpoint(path));
        acceptor_.listen();
    } catch (const std::system_error& failure) {  // also thrown for a path that is too long
        return Error{Errc::io, fmt::format("{}: {}", path, failure.what())};
    }
    path_ = path;
    made_directory_ = made;
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    return base::Done{};
}

asio::awaitable<void> ControlServer::accept() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
        if (!error) {
            co_await serve(std::move(socket));  // one at a time
        }
    }
}

asio::awaitable<void> ControlServer::serve(Socket socket) {
    using namespace asio::experimental::awaitable_operators;
    std::string line;
    asio::steady_timer limit(socket.get_executor(), kLineLimit);
    const auto outcome =
        co_await (asio::async_read_until(socket, asio::dynamic_buffer(line, kCommandBytesMax), '\n',
                                         kAsTuple) ||
                  limit.async_wait(kAsTuple));
    if (outcome.index() != 0 || std::get<0>(std::get<0>(outcome))) {
        co_return;
    }
    line.resize(line.find('\n'));
    const Expected<std::string> result = co_await run(line);
    const std::string answer =
        result ? "OK\n" + *result : fmt::format("ERROR {}\n", result.error().message);
    co_await asio::async_write(socket, asio::buffer(answer), kAsTuple);
    if (line == "stop") {
        on_stop_();
    }
}

asio::awaitable<Expected<std::string>> ControlServer::run(std::string line) {
    const auto space = line.find(' ');
    const std::string verb = line.substr(0, space);
    const std::string operand = space == std::string::npos ? "" : line.substr(space + 1);
    if (verb == "add") {
        co_return co_await tell_after(co_await cluster_.add());
    }
    if (verb == "remove") {
        co_return co_await tell_after(co_await cluster_.remove(operand));
    }
    if (verb == "kill") {
        co_return as_text(cluster_.kill(operand));
    }
    if (verb == "restart") {
        co_return co_await tell_after(co_await cluster_.restart(operand, Relocation::none));
    }
    if (verb == "restart-on-new-port") {
        co_return co_await tell_after(co_await cluster_.restart(operand, Relocation::port));
    }
    if (verb == "restart-on-new-ip") {
        co_return co_await tell_after(co_await cluster_.restart(operand, Relocation::ip));
    }
    if (verb == "pause") {
        co_return as_text(cluster_.pause(operand));
    }
    if (verb == "resume") {
        co_return as_text(co_await cluster_.resume(operand));
    }
    if (verb == "misbehave") {
        co_return as_text(co_await source_.misbehave(operand));
    }
    if (verb == "status") {
        co_return operand == "json" ? status_json(cluster_, source_)
                                    : status_lines(cluster_, source_);
    }
    if (verb == "config") {
        co_return ringside_config(source_.kind(), source_.place());
    }
    if (verb == "stop") {
        co_return std::string();
    }
    co_return Error{Errc::invalid_argument, fmt::format("unknown command {}", verb)};
}

asio::awaitable<Expected<std::string>> ControlServer::tell_after(Status status) {
    if (status) {
        status = co_await source_.tell();
    }
    co_return as_text(status);
}

Expected<std::string> send_command(const Options& options) {
    std::string line = options.words.front();
    if (line == "restart" && (options.new_port || options.new_ip)) {
        line += options.new_port ? "-on-new-port" : "-on-new-ip";
    }
    for (std::size_t i = 1; i < options.words.size(); ++i) {
        line += " " + options.words[i];
    }
    if (line == "status" && options.json) {
        line += " json";
    }
    const std::string path = socket_path_in(options.directory);
    asio::io_context context;
    stream_protocol::socket socket(context);
    boost::system::error_code error;
    socket.connect(stream_protocol::endpoint(path), error);
    if (error) {
        return Error{Errc::io, fmt::format("no lab is running in {} ({})", options.directory,
                                           error.message())};
    }
    std::string answer;
    asio::write(socket, asio::buffer(line + "\n"), error);
    asio::read(socket, asio::dynamic_buffer(answer), error);  // ends with end_of_file
    const auto end = answer.find('\n');
    constexpr std::string_view kFailed = "ERROR ";
    if (answer.starts_with(kFailed)) {
        return Error{Errc::conflict, answer.substr(kFailed.size(), end - kFailed.size())};
    }
    if (!answer.starts_with("OK\n")) {
        return Error{Errc::io, "the lab went away before it answered"};
    }
    return answer.substr(end + 1);
}

}  // namespace ringside::lab
