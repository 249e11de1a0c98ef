#include "app/take_over.h"

#include "app/ask_running.h"
#include "app/hand_over.h"
#include "base/command_line.h"
#include "base/limits.h"
#include "base/log.h"
#include "discovery/saved_state_text.h"
#include "http/json.h"

#include <fmt/core.h>

#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace ringside::app {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using base::LogEvent;

constexpr unsigned kOk = 200;

// What the process before sends is on its way by the time it is asked for.
constexpr base::seconds kLegacyMax{5};

Expected<io::Packet> next_packet(int fd, base::TimePoint deadline) {
    for (;;) {
        auto packet = io::receive_packet(fd);
        if (!packet) {
            return packet.error();
        }
        if (*packet) {
            return std::move(**packet);
        }
        const auto left =
            std::chrono::ceil<base::milliseconds>(deadline - base::Clock::now()).count();
        pollfd waiting{fd, POLLIN, 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) {
            return Error{Errc::timed_out, "it has not sent its sockets in time"};
        }
    }
}

// The name of the socket at which it waits.
Expected<std::string> ask(http::Client& client) {
    auto answer = client.send(http::Method::post, "/takeover");
    if (!answer) {
        return answer.error();
    }
    const http::Json body = http::Json::parse(answer->body, nullptr, false);
    if (answer->status != kOk) {
        const std::string detail =
            body.is_object() ? body.value("detail", std::string()) : std::string();
        return Error{Errc::conflict, fmt::format("POST /takeover: {} {}", answer->status, detail)};
    }
    if (!body.is_object() || !body.contains("socket") || !body["socket"].is_string()) {
        return Error{Errc::malformed, "not an answer of the admin API"};
    }
    return body["socket"].get<std::string>();
}

// A line of what comes behind kLegacy, if it is this one.
bool take_line(std::string_view line, std::string_view name, std::string_view& value) {
    if (!line.starts_with(name)) {
        return false;
    }
    value = line.substr(name.size());
    return true;
}

void read_legacy(std::string_view lines, Inheritance& inheritance) {
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        std::string_view value;
        std::uint64_t number = 0;
        if (take_line(line, takeover::kNotifySocket, value)) {
            inheritance.service_manager.socket = value;
        } else if (take_line(line, takeover::kWatchdog, value) &&
                   base::parse_number(value, std::uint64_t{0}, std::uint64_t{INT64_MAX}, number)) {
            inheritance.service_manager.watchdog = base::microseconds(number);
        }
    }
}

void read_state(const io::Packet& packet, Inheritance& inheritance) {
    const auto text =
        packet.descriptors.empty()
            ? std::nullopt
            : io::read_memory_file(packet.descriptors.front().get(), base::kStateBytesMax);
    if (!text) {
        return;
    }
    auto state = discovery::parse_saved_state(*text);
    if (state) {
        inheritance.state = std::move(*state);
        return;
    }
    base::log().warn({.event = LogEvent::takeover, .cause = state.error().message},
                     "what the process before knows of nodes is of no use: {}",
                     state.error().message);
}

Expected<Inheritance> receive(const std::string& name) {
    auto connection = io::connect_for_packets(name);
    if (!connection) {
        return connection.error();
    }
    const auto peer = io::peer_process(connection->get());
    if (!peer || (peer->uid != ::geteuid() && peer->uid != 0)) {
        return Error{Errc::conflict, "its socket belongs to another user"};
    }
    Inheritance inheritance{.connection = std::move(*connection),
                            .from = peer->pid,
                            .sockets = std::make_unique<io::InheritedSockets>()};
    const base::TimePoint deadline = base::Clock::now() + kLegacyMax;
    for (;;) {
        auto packet = next_packet(inheritance.connection.get(), deadline);
        if (!packet) {
            return packet.error();
        }
        std::string_view lines;
        if (take_line(packet->text, takeover::kLegacy, lines)) {
            read_legacy(lines, inheritance);
            read_state(*packet, inheritance);
            return inheritance;
        }
        for (io::FileDescriptor& socket : packet->descriptors) {
            inheritance.sockets->add(std::move(socket));
        }
    }
}

}  // namespace

Expected<std::optional<Inheritance>> ask_for_inheritance(const Options& options) {
    http::Client client = running_proxy(options);
    const auto in_words = [](const Error& error) {
        return error.in("cannot take over from the process that runs");
    };
    const auto name = ask(client);
    if (!name && name.error().code == Errc::io) {
        base::log().info({.event = LogEvent::takeover, .cause = name.error().message},
                         "there is no process to take over from ({}); starting without",
                         name.error().message);
        return std::optional<Inheritance>();
    }
    if (!name) {
        return in_words(name.error());
    }
    auto inheritance = receive(*name);
    if (!inheritance) {
        return in_words(inheritance.error());
    }
    return std::optional<Inheritance>(std::move(*inheritance));
}

TakeOver::TakeOver(io::EventLoop& loop, io::FileDescriptor connection, Hooks hooks)
    : hooks_(std::move(hooks)), limit_(loop) {
    connection_.emplace(loop, std::move(connection), [this] { on_packet(); });
    limit_.arm(base::Clock::now() + takeover::kReadyMax, [this] {
        const std::string obstacle = hooks_.obstacle();
        fail(obstacle.empty() ? "it has not let go in time" : obstacle);
    });
}

void TakeOver::look() {
    if (!is_pending() || is_ready_told_ || !hooks_.obstacle().empty()) {
        return;
    }
    is_ready_told_ = true;
    const base::Status sent =
        io::send_packet(connection_->fd(), std::string(takeover::kReady) + hooks_.marks());
    if (!sent) {
        fail(sent.error().message);
    }
}

void TakeOver::on_packet() {
    const auto packet = io::receive_packet(connection_->fd());
    if (!packet) {
        fail("it has taken everything back: " + packet.error().message);
    } else if (*packet && (*packet)->text == takeover::kYours) {
        limit_.cancel();
        connection_.reset();
        hooks_.done();
    }
}

void TakeOver::fail(std::string why) {
    limit_.cancel();
    connection_.reset();
    hooks_.failed({Errc::conflict,
                   "cannot take over, and the process before goes on serving: " + std::move(why)});
}

}  // namespace ringside::app
