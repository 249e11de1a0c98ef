#include "app/acceptor.h"

#include "base/log.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::app {

using base::LogEvent;
namespace {

io::Listener::Options options_of(const config::PoolConfig& pool, const Acceptor::Where& where) {
    return {.address = where.address,
            .mode = where.listen.mode,
            .backlog = pool.backlog,
            .tcp_keepalive = pool.tcp_keepalive,
            .beside_sharing = where.beside_sharing};
}

}  // namespace

std::size_t session_count(const WorkerThreads& workers) noexcept {
    std::size_t count = 0;
    for (const auto& worker : workers) {
        count += worker->session_count();
    }
    return count;
}

base::Expected<std::unique_ptr<Acceptor>> Acceptor::bind(const Context& context,
                                                         const config::PoolConfig& pool,
                                                         routing::PoolId id, const Where& where) {
    std::unique_ptr<Acceptor> acceptor(new Acceptor(context, pool, id, where));
    io::Listener::Options options = options_of(pool, where);
    options.inherited = context.inherited;
    auto listener = io::Listener::bind(context.loop, options, [self = acceptor.get()](int fd) {
        self->on_accept(io::FileDescriptor(fd));
    });
    if (!listener) {
        return acceptor->in_words(listener.error());
    }
    acceptor->listener_ = std::move(*listener);
    return acceptor;
}

base::Status Acceptor::listen() {
    if (!is_waiting()) {
        return base::Done{};
    }
    if (const base::Status listening = listener_->listen(); !listening) {
        const base::Error error = in_words(listening.error());
        problem_ = error.message;
        return error;
    }
    problem_.clear();
    context_.registry.connection_opened();  // twemproxy counts what listens, too
    return base::Done{};
}

void Acceptor::try_to_listen() {
    const std::string told = problem_;
    if (const base::Status listening = listen(); listening) {
        base::log().info({.event = LogEvent::pool_listens, .pool = name_},
                         "pool {}: has its first nodes, and listens on {}", name_, text_);
    } else if (problem_ != told) {
        base::log().error({.event = LogEvent::pool_cannot_listen, .pool = name_, .cause = problem_},
                          "{}; tried again until it can", problem_);
    }
}

bool Acceptor::is_waiting() const noexcept {
    return !is_ending_ && listener_ && !listener_->is_listening();
}

base::Error Acceptor::in_words(const base::Error& error) const {
    return error.in(fmt::format("pool {}: cannot listen on {}", name_, text_));
}

Acceptor::Acceptor(const Context& context, const config::PoolConfig& pool, routing::PoolId id,
                   const Where& where)
    : context_(context),
      address_(where.address),
      configured_(where.listen.address),
      pool_(id),
      name_(pool.name),
      text_(where.listen.text),
      clients_max_(pool.policy.client_connections_max),
      cells_(&context.registry.pool(metrics::Registry::kControl, id)),
      clients_(&context.counts[id]) {}

void Acceptor::assign(const config::PoolConfig& pool, routing::PoolId id,
                      const config::Listen& listen) {
    configured_ = listen.address;
    pool_ = id;
    name_ = pool.name;
    text_ = listen.text;
    clients_max_ = pool.policy.client_connections_max;
    cells_ = &context_.registry.pool(metrics::Registry::kControl, id);
    clients_ = &context_.counts[id];
    if (listener_) {
        listener_->change(options_of(pool, {listen, address_}));
    }
}

base::Status Acceptor::renew_if_lost() {
    const base::Status status = listener_ ? listener_->renew_if_lost() : base::Done{};
    if (!status) {
        return status.error().in(fmt::format("cannot listen on {} again", address_.host));
    }
    return status;
}

void Acceptor::share_port(bool on) noexcept {
    if (listener_) {
        listener_->share_port(on);
    }
}

void Acceptor::stop_taking() noexcept {
    is_ending_ = true;
    if (listener_) {
        listener_->stop_taking();
    }
}

void Acceptor::close() {
    stop_taking();
    if (listener_) {
        listener_->accept_waiting();
        const bool was_listening = listener_->is_listening();
        listener_.reset();
        if (was_listening) {
            context_.registry.connection_closed();
        }
    }
}

void Acceptor::on_accept(io::FileDescriptor socket) {
    if (!has_room()) {
        cells_->add(metrics::PoolMetric::client_refused);
        return;  // which closes it
    }
    least_loaded_worker().hand_over(std::move(socket), pool_, *clients_);
}

bool Acceptor::has_room() const noexcept {
    return (clients_max_ == 0 || clients_->value() < clients_max_) &&
           session_count(context_.workers) < context_.room.clients_max();
}

WorkerThread& Acceptor::least_loaded_worker() {
    const WorkerThreads& workers = context_.workers;
    WorkerThread* least = workers[next_worker_ % workers.size()].get();
    for (std::size_t i = 1; i < workers.size(); ++i) {
        WorkerThread* other = workers[(next_worker_ + i) % workers.size()].get();
        if (other->session_count() < least->session_count()) {
            least = other;
        }
    }
    ++next_worker_;
    return *least;
}

}  // namespace ringside::app
