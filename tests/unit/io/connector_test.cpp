#include "io/connector.h"

#include "io/socket.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::io {
namespace {

using base::milliseconds;

constexpr milliseconds kPatience{10'000};

// A listening socket whose backlog completes connections without anybody accepting them.
class Listening {
  public:
    Listening() {
        auto opened = listen_on(*numeric_address({"127.0.0.1", 0}), 8);
        EXPECT_TRUE(opened);
        socket_ = std::move(*opened);
    }
    SocketAddress address() const {
        SocketAddress bound;
        bound.size = sizeof(bound.storage);
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
        return bound;
    }

  private:
    FileDescriptor socket_;
};

SocketAddress refusing() {
    return *numeric_address({"/nonexistent/socket", 0});
}
// RFC 5737: nobody has it.
SocketAddress silent() {
    return *numeric_address({"192.0.2.1", 11211});
}
// Nobody listens there any more.
SocketAddress gone() {
    return Listening().address();
}

class ConnectorTest : public testing::Test {
  protected:
    base::Expected<FileDescriptor> connect(std::vector<SocketAddress> addresses,
                                           milliseconds timeout = milliseconds(200)) {
        std::optional<base::Expected<FileDescriptor>> result;
        connector_ = std::make_unique<Connector>(loop_, std::move(addresses), timeout,
                                                 [&](base::Expected<FileDescriptor> ended) {
                                                     connector_.reset();
                                                     result.emplace(std::move(ended));
                                                     loop_.stop();
                                                 });
        EXPECT_FALSE(result) << "ended inside the constructor";
        EventLoop::Timer patience(loop_);
        patience.arm(base::Clock::now() + kPatience, [this] { loop_.stop(); });
        loop_.run();
        if (!result) {
            return base::Error{base::Errc::timed_out, "nothing has come"};
        }
        return std::move(*result);
    }

    EventLoop loop_;
    std::unique_ptr<Connector> connector_;
};

TEST_F(ConnectorTest, gives_a_connected_socket) {
    const Listening peer;

    const auto socket = connect({peer.address()});

    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_EQ(connect_result(socket->get()), 0);
}

TEST_F(ConnectorTest, goes_on_to_the_next_where_one_refuses_is_gone_or_silent) {
    const Listening peer;
    for (const SocketAddress& first : {refusing(), gone(), silent()}) {
        const auto socket = connect({first, peer.address()});

        ASSERT_TRUE(socket) << socket.error().message;
    }
}

TEST_F(ConnectorTest, tells_why_the_last_one_failed) {
    const auto unix_path = connect({gone(), refusing()});
    const auto tcp = connect({refusing(), gone()});
    const auto nothing = connect({});

    ASSERT_FALSE(unix_path || tcp || nothing);
    EXPECT_EQ(unix_path.error().message, "connect: No such file or directory");
    EXPECT_EQ(tcp.error().message, "connect: Connection refused");
    EXPECT_EQ(nothing.error().message, "connect: no address can be used");
}

TEST_F(ConnectorTest, says_nothing_once_it_is_destroyed) {
    const Listening peer;
    bool called = false;
    const auto tell = [&called](const base::Expected<FileDescriptor>&) { called = true; };
    Connector(loop_, {refusing()}, milliseconds(1), tell);  // destroyed before it begins
    for (const SocketAddress& address : {peer.address(), silent()}) {
        auto under_way =
            std::make_unique<Connector>(loop_, std::vector{address}, milliseconds(1), tell);
        loop_.post([&] { under_way.reset(); });
        EventLoop::Timer end(loop_);
        end.arm(base::Clock::now() + milliseconds(5), [this] { loop_.stop(); });

        loop_.run();
    }
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace ringside::io
