#include "io/socket.h"

#include "unit/io/stream_harness.h"

#include <netinet/tcp.h>
#include <poll.h>

#include <cstring>
#include <filesystem>

namespace ringside::io::test {
namespace {

int option_of(int fd, int level, int option) {
    int value = 0;
    socklen_t size = sizeof(value);
    EXPECT_EQ(::getsockopt(fd, level, option, &value, &size), 0);
    return value;
}

void wait_until_writable(const FileDescriptor& fd) {
    pollfd waiting{fd.get(), POLLOUT, 0};
    EXPECT_EQ(::poll(&waiting, 1, 10'000), 1);
}

TEST(Socket, an_ip_or_a_path_is_an_address_by_itself_and_a_name_is_not) {
    EXPECT_EQ(numeric_address({"127.0.0.1", 11211})->family(), AF_INET);
    EXPECT_EQ(numeric_address({"::1", 11211})->family(), AF_INET6);
    EXPECT_EQ(numeric_address({"/run/memcached.sock", 0})->family(), AF_UNIX);
    EXPECT_FALSE(numeric_address({"localhost", 11211}));
    EXPECT_FALSE(numeric_address({"", 11211}));
    EXPECT_EQ(numeric_addresses({{"localhost", 1}, {"::1", 1}, {"/run/a.sock", 0}}).size(), 2U);
}

TEST(Socket, an_ip_keeps_its_port_its_zone_and_its_short_forms) {
    const auto ipv4 = numeric_address({"127.1", 11211});
    ASSERT_TRUE(ipv4);
    sockaddr_in in{};
    std::memcpy(&in, &ipv4->storage, sizeof(in));
    EXPECT_EQ(ntohl(in.sin_addr.s_addr), INADDR_LOOPBACK);
    EXPECT_EQ(ntohs(in.sin_port), 11211);
    EXPECT_EQ(ipv4->size, sizeof(in));

    const auto ipv6 = numeric_address({"fe80::1%7", 11211});
    ASSERT_TRUE(ipv6);
    sockaddr_in6 in6{};
    std::memcpy(&in6, &ipv6->storage, sizeof(in6));
    EXPECT_EQ(in6.sin6_scope_id, 7U);
    EXPECT_EQ(ntohs(in6.sin6_port), 11211);
    EXPECT_EQ(ipv6->size, sizeof(in6));

    for (const std::string& host :
         {std::string("fe80::1%"), std::string("fe80::1%nonexistent"), std::string("1.2.3.4.5"),
          std::string("1.2.3.256"), std::string("1.2.3.4 "), std::string("::1\0x", 5),
          std::string("127.0.0.1\0x", 11), std::string("cafe"), std::string("[::1]")}) {
        EXPECT_FALSE(numeric_address({host, 1})) << host;
    }
}

TEST(Socket, a_path_longer_than_the_kernel_takes_is_no_address) {
    EXPECT_TRUE(numeric_address({"/" + std::string(106, 'a'), 0}));
    EXPECT_FALSE(numeric_address({"/" + std::string(107, 'a'), 0}));
}

TEST(Socket, a_connection_attempt_has_no_delay_and_keep_alive) {
    const FileDescriptor node = listening_socket();

    const FileDescriptor fd = start_connect(*numeric_address({"127.0.0.1", port_of(node.get())}));
    wait_until_writable(fd);

    EXPECT_EQ(connect_result(fd.get()), 0);
    EXPECT_NE(option_of(fd.get(), IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_NE(option_of(fd.get(), SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_NE(::fcntl(fd.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Socket, a_refused_attempt_tells_so) {
    const std::uint16_t silent_port = port_of(listening_socket().get());

    const FileDescriptor fd = start_connect(*numeric_address({"127.0.0.1", silent_port}));
    wait_until_writable(fd);

    EXPECT_EQ(connect_result(fd.get()), ECONNREFUSED);
}

TEST(Socket, a_socket_connected_to_itself_counts_as_refused) {
    // Bound to a port and connected to the same one, as the kernel may do by chance when a node's
    // port is in the ephemeral range and nobody listens there.
    FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress any = *numeric_address({"127.0.0.1", 0});
    ASSERT_EQ(::bind(fd.get(), any.data(), any.size), 0);
    const SocketAddress own = *numeric_address({"127.0.0.1", port_of(fd.get())});
    ASSERT_EQ(::connect(fd.get(), own.data(), own.size), 0);

    EXPECT_EQ(connect_result(fd.get()), ECONNREFUSED);
}

TEST(Socket, a_missing_unix_path_fails_at_once) {
    EXPECT_FALSE(start_connect(*numeric_address({"/nonexistent/ringside.sock", 0})));
}

TEST(Socket, messages_name_the_call_and_the_reason) {
    EXPECT_EQ(system_message("bind", EADDRINUSE), "bind: Address already in use");
}

}  // namespace
}  // namespace ringside::io::test
