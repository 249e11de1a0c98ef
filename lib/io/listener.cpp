#include "io/listener.h"

#include "base/log.h"
#include "io/file_descriptor.h"
#include "io/inherited_sockets.h"
#include "io/socket.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netinet/in.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace ringside::io {

using base::LogEvent;
namespace {

// Connections taken before the loop's other work gets its turn.
constexpr std::uint32_t kAcceptsPerTurn = 64;

// How long to leave clients waiting in the backlog when there is no descriptor or memory for them.
constexpr base::milliseconds kPauseWhenExhausted{100};

bool is_exhausted(int error_number) {
    return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
           error_number == ENOMEM;
}

// The file behind a unix socket's path, to know it again.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;

    bool operator==(const FileIdentity&) const = default;
};

std::optional<FileIdentity> identity_of(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return FileIdentity{status.st_dev, status.st_ino};
}

// Removes a socket that a dead process has left behind. What is not a socket, or is answered,
// stays, and bind() will say so.
void remove_stale_socket(const std::string& path, const SocketAddress& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return;
    }
    const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (probe && ::connect(probe.get(), address.data(), address.size) != 0 &&
        errno == ECONNREFUSED) {
        ::unlink(path.c_str());
    }
}

base::Expected<SocketAddress> socket_address(const routing::Address& address) {
    if (const auto numeric = numeric_address(address)) {
        return *numeric;
    }
    if (address.is_unix()) {
        return base::Error{base::Errc::invalid_argument, "the path is too long for a unix socket"};
    }
    return base::Error{base::Errc::invalid_argument,
                       "a host name has to be looked up before it is listened on"};
}

// None: nobody has handed over what has this address.
FileDescriptor take_inherited(const Listener::Options& options) {
    const auto address = numeric_address(options.address);
    return options.inherited != nullptr && address ? options.inherited->take(*address)
                                                   : FileDescriptor();
}

base::Expected<FileDescriptor> bind_to(const Listener::Options& options) {
    const auto address = socket_address(options.address);
    if (!address) {
        return address.error();
    }
    if (options.address.is_unix()) {
        remove_stale_socket(options.address.host, *address);
    }
    const PortUse use = options.beside_sharing ? PortUse::shared : PortUse::exclusive;
    return bind_at(*address, options.mode, use);
}

std::uint16_t bound_port(int fd) {
    sockaddr_in6 bound{};  // the port is at the same place for both families
    static_assert(offsetof(sockaddr_in6, sin6_port) == offsetof(sockaddr_in, sin_port));
    socklen_t size = sizeof(bound);
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
        return 0;
    }
    return ntohs(bound.sin6_port);
}

}  // namespace

struct Listener::State {
    State(EventLoop& loop, const Options& listen_options, OnAccept callback)
        : options(listen_options),
          on_accept(std::move(callback)),
          descriptor(loop.context()),
          pause(loop.context()) {}

    Options options;
    OnAccept on_accept;
    boost::asio::posix::stream_descriptor descriptor;  // of the listening socket
    boost::asio::steady_timer pause;
    std::optional<FileIdentity> path_identity;
    bool is_listening = false;
    bool is_shared = false;  // with another process, which is not to notice what this one does
    bool is_waiting =
        false;  // for what was inherited to be its own; it takes no clients until then
    std::uint64_t accept_errors = 0;

    // Takes what waits, at most so many. Returns false if there is no descriptor or memory for the
    // next one.
    bool accept_some(std::uint32_t count_max);
    void close();
    // Of a unix socket, if it is still this one's.
    void remove_path();
    base::Status start_listening_now();
    static void wait_for_clients(const std::shared_ptr<State>& state);
    static void keep(const std::shared_ptr<State>& state);
    static void on_ready(const std::shared_ptr<State>& state);
};

bool Listener::State::accept_some(std::uint32_t count_max) {
    for (std::uint32_t i = 0; i < count_max && is_listening && descriptor.is_open(); ++i) {
        const int fd =
            ::accept4(descriptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN) {
            return true;
        }
        if (fd < 0) {
            ++accept_errors;
            if (is_exhausted(errno)) {
                return false;
            }
            continue;  // only this connection has failed: accept(2), "Error handling"
        }
        if (!options.address.is_unix()) {
            set_no_delay(fd);
            if (options.tcp_keepalive) {
                set_keep_alive(fd);
            }
        }
        on_accept(fd);
    }
    return true;
}

// Asio takes a socket out of its epoll set only if it is released, and the kernel only when no
// process has it any more.
void Listener::State::close() {
    const FileDescriptor closed(descriptor.release());
    pause.cancel();
    if (!is_shared) {
        remove_path();
    }
}

void Listener::State::remove_path() {
    if (path_identity && identity_of(options.address.host) == path_identity) {
        ::unlink(options.address.host.c_str());
    }
    path_identity.reset();
}

void Listener::State::wait_for_clients(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(
        boost::asio::posix::descriptor_base::wait_read,
        [weak = std::weak_ptr<State>(state)](const boost::system::error_code& failure) {
            const auto listening = weak.lock();
            if (listening && !failure) {
                on_ready(listening);
            }
        });
}

void Listener::State::on_ready(const std::shared_ptr<State>& state) {
    const bool exhausted = !state->accept_some(kAcceptsPerTurn);
    if (!state->descriptor.is_open()) {
        return;
    }
    if (!exhausted) {
        wait_for_clients(state);
        return;
    }
    state->pause.expires_after(kPauseWhenExhausted);
    state->pause.async_wait(
        [weak = std::weak_ptr<State>(state)](const boost::system::error_code& failure) {
            const auto listening = weak.lock();
            if (listening && !failure) {
                wait_for_clients(listening);
            }
        });
}

base::Expected<std::unique_ptr<Listener>> Listener::bind(EventLoop& loop, const Options& options,
                                                         OnAccept on_accept) {
    FileDescriptor inherited = take_inherited(options);
    const bool is_inherited = static_cast<bool>(inherited);
    auto bound = is_inherited ? std::move(inherited) : bind_to(options);
    if (!bound) {
        return bound.error();
    }
    set_port_use(bound->get(), PortUse::exclusive);  // once bound, nobody else may
    auto state = std::make_shared<State>(loop, options, std::move(on_accept));
    state->is_shared = state->is_waiting = is_inherited;
    if (options.address.is_unix()) {
        // A path that is gone by now is as good as another one: to be renewed.
        state->path_identity = identity_of(options.address.host).value_or(FileIdentity{});
    } else {
        state->options.address.port = bound_port(bound->get());
    }
    state->descriptor.assign(bound->release());
    return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

base::Expected<std::unique_ptr<Listener>> Listener::open(EventLoop& loop, const Options& options,
                                                         OnAccept on_accept) {
    auto listener = bind(loop, options, std::move(on_accept));
    if (listener) {
        if (const base::Status listening = (*listener)->listen(); !listening) {
            return listening.error();
        }
    }
    return listener;
}

base::Status Listener::listen() {
    if (state_->is_listening) {
        return base::Done{};
    }
    if (const base::Status found = renew_if_lost(); !found) {
        return found;
    }
    if (state_->is_waiting) {
        state_->is_listening = true;
        return base::Done{};
    }
    const base::Status listening = state_->start_listening_now();
    if (listening) {
        state_->is_listening = true;
        State::wait_for_clients(state_);
    }
    return listening;
}

base::Status Listener::State::start_listening_now() {
    const int fd = descriptor.native_handle();
    if (options.beside_sharing) {
        set_port_use(fd, PortUse::shared);  // the kernel looks at it again
    }
    base::Status listening = start_listening(fd, static_cast<int>(options.backlog));
    set_port_use(fd, PortUse::exclusive);
    return listening;
}

bool Listener::is_listening() const noexcept {
    return state_->is_listening;
}

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Listener::~Listener() {
    state_->close();
}

Listener::Share Listener::share() {
    state_->is_shared = true;
    Share share;
    share.state_ = state_;
    return share;
}

int Listener::Share::fd() const noexcept {
    const auto state = state_.lock();
    return state ? state->descriptor.native_handle() : -1;
}

void Listener::Share::leave() {
    if (const auto state = state_.lock()) {
        state->close();
        state->path_identity.reset();
    }
}

void Listener::Share::keep() {
    if (const auto state = state_.lock()) {
        State::keep(state);
    }
}

void Listener::State::keep(const std::shared_ptr<State>& state) {
    const Options& options = state->options;
    state->is_shared = false;
    if (!std::exchange(state->is_waiting, false)) {
        return;
    }
    if (options.mode && ::chmod(options.address.host.c_str(), *options.mode) != 0) {
        base::log().warn({LogEvent::socket_renewed}, "{}: {}", options.address.host,
                         system_message("chmod", errno));
    }
    if (!state->is_listening) {
        return;
    }
    if (const base::Status listening = state->start_listening_now(); !listening) {
        state->is_listening = false;
        base::log().error({.event = LogEvent::listening, .cause = listening.error().message},
                          "a socket that was handed over cannot be listened on: {}",
                          listening.error().message);
        return;
    }
    wait_for_clients(state);
}

void Listener::stop_taking() noexcept {
    if (state_->is_shared) {
        return;
    }
    if (!state_->options.address.is_unix()) {
        refuse_new_connections(state_->descriptor.native_handle());
        return;
    }
    state_->remove_path();
}

void Listener::accept_waiting() {
    const std::shared_ptr<State> state = state_;  // this may end inside on_accept
    if (state->is_shared) {
        return;
    }
    // The kernel keeps one more than it was told (listen(2), Linux).
    state->accept_some(state->options.backlog + 1);
}

base::Status Listener::renew_if_lost() {
    const std::shared_ptr<State> state = state_;  // this may end inside on_accept
    const Options& options = state->options;
    if (state->is_shared || !state->path_identity ||
        identity_of(options.address.host) == state->path_identity) {
        return base::Done{};
    }
    auto bound = bind_to(options);
    if (!bound) {
        return bound.error();
    }
    if (state->is_listening) {
        if (const base::Status listening =
                start_listening(bound->get(), static_cast<int>(options.backlog));
            !listening) {
            return listening;
        }
    }
    accept_waiting();
    if (!state->descriptor.is_open()) {
        return base::Done{};
    }
    boost::system::error_code ignored;
    state->descriptor.close(ignored);  // ends the wait for clients
    state->pause.cancel();
    state->path_identity = identity_of(options.address.host);
    state->descriptor.assign(bound->release());
    if (state->is_listening) {
        State::wait_for_clients(state);
    }
    base::log().warn({LogEvent::socket_renewed}, "{}: was gone, and is there again",
                     options.address.host);
    return base::Done{};
}

void Listener::share_port(bool on) noexcept {
    set_port_use(state_->descriptor.native_handle(), on ? PortUse::shared : PortUse::exclusive);
}

void Listener::change(const Options& options) {
    Options& present = state_->options;
    if (options.backlog != present.backlog && state_->is_listening) {
        // Linux takes a new length for a socket that listens already (net/socket.c, inet_listen).
        ::listen(state_->descriptor.native_handle(), static_cast<int>(options.backlog));
    }
    if (options.mode && options.mode != present.mode &&
        ::chmod(present.address.host.c_str(), *options.mode) != 0) {
        base::log().warn({LogEvent::socket_renewed}, "{}: {}", present.address.host,
                         system_message("chmod", errno));
    }
    present.backlog = options.backlog;
    present.mode = options.mode;
    present.tcp_keepalive = options.tcp_keepalive;
}

std::uint16_t Listener::port() const noexcept {
    return state_->options.address.port;
}

std::uint64_t Listener::accept_errors() const noexcept {
    return state_->accept_errors;
}

}  // namespace ringside::io
