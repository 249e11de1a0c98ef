// Packets with descriptors between two processes of a machine, over a unix socket that keeps them
// apart (SOCK_SEQPACKET).
//
// Plain functions over the system calls. Every socket is non-blocking and close-on-exec.
#pragma once

#include "base/expected.h"
#include "io/file_descriptor.h"

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::io {

inline constexpr std::size_t kPacketBytesMax = std::size_t{16} << 10;
inline constexpr std::size_t kPacketDescriptorsMax = 200;  // SCM_MAX_FD is 253

struct Packet {
    std::string text;  // not empty
    std::vector<FileDescriptor> descriptors;
};

// `name`: of local_address(), "@NAME" as a rule.
base::Expected<FileDescriptor> listen_for_packets(std::string_view name);
// The next connection; none: there is none.
FileDescriptor accept_packets(int fd) noexcept;
base::Expected<FileDescriptor> connect_for_packets(std::string_view name);

// The packet is within both limits. The error: the other side has ended, or has no room.
base::Status send_packet(int fd, std::string_view text, std::span<const int> descriptors = {});

// Nothing: there is none yet. The error: the other side has ended, or has sent what is over a limit
// or has no text.
base::Expected<std::optional<Packet>> receive_packet(int fd);

// Who is at the other end: it was so when the connection was made.
struct PeerProcess {
    pid_t pid = 0;
    uid_t uid = 0;
};
std::optional<PeerProcess> peer_process(int fd) noexcept;

// A file in memory with this text, read from its beginning.
base::Expected<FileDescriptor> memory_file(std::string_view text);
// What such a file has; nothing if that is more than `bytes_max`, or cannot be read.
std::optional<std::string> read_memory_file(int fd, std::size_t bytes_max);

}  // namespace ringside::io
