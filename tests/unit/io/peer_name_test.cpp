#include "io/peer_name.h"

#include "io/file_descriptor.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace ringside::io {
namespace {

TEST(PeerName, of_tcp_is_the_address_of_the_other_side) {
    const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener.get(), name, size), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), name, &size), 0);
    const FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.get(), name, size), 0);

    EXPECT_EQ(peer_name(client.get()), fmt::format("127.0.0.1:{}", ntohs(address.sin_port)));
    EXPECT_EQ(peer_name(listener.get()), "") << "nobody is there";
}

TEST(PeerName, of_a_unix_socket_is_the_process) {
    std::array<int, 2> fds{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    const FileDescriptor here(fds[0]);
    const FileDescriptor there(fds[1]);

    EXPECT_EQ(peer_name(here.get()), fmt::format("unix, process {}", ::getpid()));
}

}  // namespace
}  // namespace ringside::io
