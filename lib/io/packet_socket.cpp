#include "io/packet_socket.h"

#include "base/check.h"
#include "io/socket.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ringside::io {
namespace {

base::Error failure_of(const char* call) {
    return {base::Errc::io, system_message(call, errno)};
}

// Room for the descriptors of a packet, as the kernel wants it.
union Control {
    cmsghdr header;
    std::array<char, CMSG_SPACE(sizeof(int) * kPacketDescriptorsMax)> bytes;
};

void add_descriptors(msghdr& message, Control& control, std::span<const int> descriptors) {
    if (descriptors.empty()) {
        return;
    }
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
}

// They have an owner from here on.
std::vector<FileDescriptor> descriptors_of(msghdr& message) {
    std::vector<FileDescriptor> descriptors;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            descriptors.emplace_back(fd);
        }
    }
    return descriptors;
}

FileDescriptor open_socket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

base::Expected<FileDescriptor> listen_for_packets(std::string_view name) {
    const auto address = local_address(name);
    if (!address) {
        return address.error();
    }
    FileDescriptor socket = open_socket();
    if (!socket || ::bind(socket.get(), address->data(), address->size) != 0) {
        return failure_of("bind");
    }
    if (::listen(socket.get(), 1) != 0) {
        return failure_of("listen");
    }
    return socket;
}

FileDescriptor accept_packets(int fd) noexcept {
    return FileDescriptor(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

base::Expected<FileDescriptor> connect_for_packets(std::string_view name) {
    const auto address = local_address(name);
    if (!address) {
        return address.error();
    }
    FileDescriptor socket = open_socket();
    if (!socket || ::connect(socket.get(), address->data(), address->size) != 0) {
        return failure_of("connect");
    }
    return socket;
}

base::Status send_packet(int fd, std::string_view text, std::span<const int> descriptors) {
    CHECK(!text.empty() && text.size() <= kPacketBytesMax);
    CHECK(descriptors.size() <= kPacketDescriptorsMax);
    iovec part{const_cast<char*>(text.data()), text.size()};  // NOLINT: sendmsg() only reads it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    add_descriptors(message, control, descriptors);
    if (::sendmsg(fd, &message, MSG_NOSIGNAL) < 0) {
        return failure_of("sendmsg");
    }
    return base::Done{};
}

base::Expected<std::optional<Packet>> receive_packet(int fd) {
    std::string text(kPacketBytesMax, '\0');
    iovec part{text.data(), text.size()};
    Control control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t size = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (size < 0) {
        return errno == EAGAIN || errno == EINTR
                   ? base::Expected<std::optional<Packet>>(std::optional<Packet>())
                   : failure_of("recvmsg");
    }
    Packet packet{{}, descriptors_of(message)};
    if (size == 0) {
        return base::Error{base::Errc::io, "the connection was closed"};
    }
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        return base::Error{base::Errc::malformed, "a packet is too large"};
    }
    text.resize(static_cast<std::size_t>(size));
    packet.text = std::move(text);
    return std::optional<Packet>(std::move(packet));
}

std::optional<PeerProcess> peer_process(int fd) noexcept {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return std::nullopt;
    }
    return PeerProcess{peer.pid, peer.uid};
}

base::Expected<FileDescriptor> memory_file(std::string_view text) {
    FileDescriptor file(::memfd_create("ringside", MFD_CLOEXEC));
    if (!file) {
        return failure_of("memfd_create");
    }
    while (!text.empty()) {
        const ssize_t size = ::write(file.get(), text.data(), text.size());
        if (size <= 0) {
            return failure_of("write");
        }
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return file;
}

std::optional<std::string> read_memory_file(int fd, std::size_t bytes_max) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || status.st_size < 0 ||
        static_cast<std::size_t>(status.st_size) > bytes_max) {
        return std::nullopt;
    }
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    return size == status.st_size ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace ringside::io
