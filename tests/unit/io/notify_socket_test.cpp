#include "io/notify_socket.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace ringside::io {
namespace {

using testing::HasSubstr;

// What a service manager has: a socket that datagrams come to.
class Manager {
  public:
    explicit Manager(const std::string& address)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un place{};
        place.sun_family = AF_UNIX;
        address.copy(place.sun_path, address.size());
        const bool is_abstract = address.starts_with('@');
        if (is_abstract) {
            place.sun_path[0] = '\0';
        }
        const std::size_t size =
            offsetof(sockaddr_un, sun_path) + address.size() + (is_abstract ? 0 : 1);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&place),
                         static_cast<socklen_t>(size)),
                  0)
            << std::strerror(errno);
    }

    std::string read() const {
        std::array<char, 4096> block{};
        const ssize_t size = ::recv(socket_.get(), block.data(), block.size(), 0);
        return size < 0 ? std::string("nothing")
                        : std::string(block.data(), static_cast<std::size_t>(size));
    }

  private:
    FileDescriptor socket_;
};

std::string path(const char* name) {
    return fmt::format("{}{}-{}", testing::TempDir(), name, ::getpid());
}

TEST(NotifySocket, a_datagram_reaches_the_path) {
    const std::string address = path("notify");
    const Manager manager(address);

    auto socket = NotifySocket::open(address);

    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_EQ(socket->send("READY=1\nSTATUS=well"), 0);
    EXPECT_EQ(manager.read(), "READY=1\nSTATUS=well");
    ::unlink(address.c_str());
}

TEST(NotifySocket, a_name_with_an_at_sign_is_one_in_the_abstract_namespace) {
    const std::string address = fmt::format("@ringside-notify-{}", ::getpid());
    const Manager manager(address);

    auto socket = NotifySocket::open(address);

    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_EQ(socket->send("WATCHDOG=1"), 0);
    EXPECT_EQ(manager.read(), "WATCHDOG=1");
}

TEST(NotifySocket, does_not_wait_for_one_that_does_not_read) {
    const std::string address = fmt::format("@ringside-notify-full-{}", ::getpid());
    const Manager manager(address);
    auto socket = NotifySocket::open(address);
    ASSERT_TRUE(socket);

    int last = 0;
    for (int i = 0; i < 100'000 && last == 0; ++i) {
        last = socket->send("STATUS=again");
    }

    EXPECT_EQ(last, EAGAIN);
    EXPECT_EQ(manager.read(), "STATUS=again");
    EXPECT_EQ(socket->send("READY=1"), 0);
}

TEST(NotifySocket, nobody_at_the_address_is_a_failure_with_a_cause) {
    auto socket = NotifySocket::open(path("nobody"));
    ASSERT_TRUE(socket);

    EXPECT_EQ(socket->send("READY=1"), ENOENT);
}

TEST(NotifySocket, an_address_of_another_kind_or_too_long_is_refused) {
    for (const std::string& address : {std::string("vsock:2:1234"), std::string(), std::string("@"),
                                       std::string("relative"), "/" + std::string(107, 'x')}) {
        const auto socket = NotifySocket::open(address);

        ASSERT_FALSE(socket) << address;
        EXPECT_THAT(socket.error().message, HasSubstr("neither a /PATH nor an @NAME"));
    }
    EXPECT_TRUE(NotifySocket::open("/" + std::string(106, 'x')));
}

}  // namespace
}  // namespace ringside::io
