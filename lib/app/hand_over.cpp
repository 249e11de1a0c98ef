#include "app/hand_over.h"

#include "base/log.h"
#include "base/random_seed.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace ringside::app {

using base::log;
using base::LogEvent;

base::Expected<admin::TakeoverOffer> HandOver::offer() {
    if (door_ || other_) {
        return base::Error{base::Errc::conflict, "another process is taking over already"};
    }
    const std::string name =
        fmt::format("@ringside-takeover-{:016x}{:016x}", base::random_seed(), base::random_seed());
    auto door = io::listen_for_packets(name);
    if (!door) {
        return door.error();
    }
    door_.emplace(loop_, std::move(*door), [this] { on_connection(); });
    limit_.arm(base::Clock::now() + takeover::kConnectMax, [this] { give_up("nobody has come"); });
    return admin::TakeoverOffer{.socket = name, .pid = ::getpid(), .wait = takeover::kConnectMax};
}

void HandOver::on_connection() {
    io::FileDescriptor socket = io::accept_packets(door_->fd());
    const auto peer = socket ? io::peer_process(socket.get()) : std::nullopt;
    if (!peer || (peer->uid != ::geteuid() && peer->uid != 0)) {
        return;  // which closes it: whoever that is, it is not the one that was told the name
    }
    door_.reset();
    other_pid_ = peer->pid;
    const int fd = socket.get();
    other_.emplace(loop_, std::move(socket), [this] { on_packet(); });
    limit_.arm(base::Clock::now() + takeover::kSettledMax,
               [this] { give_up("it takes too long"); });
    log().info({LogEvent::takeover}, "process {} is about to take over", other_pid_);
    shares_ = hooks_.shares();
    if (const base::Status given = give(fd); !given) {
        give_up(given.error().message);
    }
}

base::Status HandOver::give(int fd) {
    std::vector<int> sockets;
    for (const io::Listener::Share& share : shares_) {
        sockets.push_back(share.fd());
    }
    for (std::size_t at = 0; at < sockets.size(); at += io::kPacketDescriptorsMax) {
        const std::size_t count = std::min(io::kPacketDescriptorsMax, sockets.size() - at);
        const base::Status sent =
            io::send_packet(fd, takeover::kSockets, std::span(sockets).subspan(at, count));
        if (!sent) {
            return sent;
        }
    }
    const auto state = io::memory_file(hooks_.state());
    if (!state) {
        return state.error();
    }
    const int file = state->get();
    return io::send_packet(fd, std::string(takeover::kLegacy) + hooks_.legacy(),
                           std::span(&file, 1));
}

void HandOver::on_packet() {
    const auto packet = io::receive_packet(other_->fd());
    if (!packet) {
        give_up(packet.error().message);
        return;
    }
    if (!*packet) {
        return;
    }
    const std::string_view text = (*packet)->text;
    if (!text.starts_with(takeover::kReady) ||
        text.size() != takeover::kReady.size() + shares_.size()) {
        give_up("it has said what is not understood");
        return;
    }
    // If it is gone by now, nothing has happened.
    if (const base::Status sent = io::send_packet(other_->fd(), takeover::kYours); !sent) {
        give_up(sent.error().message);
        return;
    }
    let_go(text.substr(takeover::kReady.size()));
}

void HandOver::let_go(std::string_view marks) {
    for (std::size_t i = 0; i < shares_.size(); ++i) {
        if (marks[i] == '1') {
            shares_[i].leave();
        } else {
            shares_[i].keep();
        }
    }
    const pid_t other = other_pid_;
    clear();
    log().info({LogEvent::takeover}, "process {} serves from now on", other);
    hooks_.done(other);
}

void HandOver::give_up(std::string_view why) {
    if (!door_ && !other_) {
        return;
    }
    for (io::Listener::Share& share : shares_) {
        share.keep();
    }
    if (other_) {
        log().warn({.event = LogEvent::takeover, .cause = std::string(why)},
                   "process {} does not take over, and everything goes on as before: {}",
                   other_pid_, why);
    }
    clear();
}

void HandOver::clear() {
    limit_.cancel();
    door_.reset();
    other_.reset();
    shares_.clear();
}

}  // namespace ringside::app
