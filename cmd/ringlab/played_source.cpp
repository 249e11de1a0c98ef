#include "played_source.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using base::Done;
using base::Errc;
using base::Error;
using base::Status;

std::string path_in(const std::string& directory) {
    return directory + "/nodes.yml";
}

}  // namespace

PlayedSource::PlayedSource(const asio::any_io_executor& executor, const Cluster& cluster,
                           Settings settings)
    : settings_(std::move(settings)),
      cluster_(cluster),
      endpoint_(executor, cluster),
      names_(settings_.dnsmasq, settings_.port),
      api_(executor, settings_.directory) {}

asio::awaitable<Status> PlayedSource::open() {
    if (settings_.kind == SourceKind::elasticache) {
        co_return endpoint_.open(settings_.port);
    }
    if (settings_.kind == SourceKind::kubernetes) {
        if (const Status opened = api_.open(settings_.port); !opened) {
            co_return opened;
        }
    }
    co_return co_await tell();
}

asio::awaitable<Status> PlayedSource::tell() {
    switch (settings_.kind) {
        case SourceKind::elasticache:
            break;  // it looks at the cluster when it is asked
        case SourceKind::file:
            co_return write_file();
        case SourceKind::dns:
        case SourceKind::srv:
            co_return co_await answer_by_dns();
        case SourceKind::kubernetes:
            api_.tell(cluster_.configuration(), mode_);
            break;
    }
    co_return Done{};
}

asio::awaitable<Status> PlayedSource::misbehave(std::string_view name) {
    const auto mode = parse_mode(name);
    if (!mode) {
        co_return Error{Errc::invalid_argument, fmt::format("unknown mode '{}'", name)};
    }
    if (!can_misbehave(settings_.kind, *mode)) {
        co_return Error{Errc::conflict,
                        fmt::format("'{}' is nothing that {} can do; it has {}", name,
                                    to_string(settings_.kind), modes_of(settings_.kind))};
    }
    mode_ = *mode;
    endpoint_.set_mode(*mode);
    co_return co_await tell();
}

void PlayedSource::close() {
    names_.end();
    if (settings_.kind == SourceKind::file) {
        ::unlink(path_in(settings_.directory).c_str());
    }
    if (settings_.kind == SourceKind::kubernetes) {
        api_.close();
    }
}

SourcePlace PlayedSource::place() const {
    return {.port = port(),
            .path = path_in(settings_.directory),
            .token_file = KubernetesApi::token_file(settings_.directory),
            .ca_file = KubernetesApi::ca_file(settings_.directory),
            .node_port = cluster_.shared_port()};
}

std::uint16_t PlayedSource::port() const {
    switch (settings_.kind) {
        case SourceKind::elasticache:
            return endpoint_.port();
        case SourceKind::file:
            return 0;
        case SourceKind::dns:
        case SourceKind::srv:
            return names_.port();
        case SourceKind::kubernetes:
            return api_.port();
    }
    return 0;
}

// Another file under the same name, as those should do who write one: a reader never sees a half.
Status PlayedSource::write_file() const {
    const std::string path = path_in(settings_.directory);
    if (mode_ == Mode::closed) {
        ::unlink(path.c_str());
        return Done{};
    }
    const std::string next = path + ".new";
    std::ofstream file(next, std::ios::trunc);
    file << file_text(cluster_.configuration(), mode_);
    file.close();
    if (!file || std::rename(next.c_str(), path.c_str()) != 0) {
        return Error{Errc::io, fmt::format("{}: {}", path, std::strerror(errno))};
    }
    return Done{};
}

asio::awaitable<Status> PlayedSource::answer_by_dns() {
    if (mode_ == Mode::silent) {
        names_.pause();
        co_return Done{};
    }
    if (mode_ == Mode::closed) {
        names_.end();
        co_return Done{};
    }
    std::vector<std::string> records;
    if (mode_ != Mode::empty) {
        records = dns_records(cluster_.configuration(), settings_.kind);
    }
    co_return co_await names_.serve(std::move(records));
}

}  // namespace ringside::lab
