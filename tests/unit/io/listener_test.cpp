#include "io/listener.h"

#include "unit/io/stream_harness.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ringside::io::test {
namespace {

using testing::HasSubstr;

class ListenerTest : public testing::Test {
  protected:
    EventLoop loop;
    std::vector<FileDescriptor> accepted;
    EventLoop::Timer patience{loop};

    // Accepts into `accepted` and stops the loop.
    Listener::OnAccept keep() {
        return [this](int fd) {
            accepted.emplace_back(fd);
            loop.stop();
        };
    }
    void run() {
        patience.arm(base::Clock::now() + kPatience, [this] {
            ADD_FAILURE() << "nothing happened";
            loop.stop();
        });
        loop.run();
    }
    std::unique_ptr<Listener> open(const Listener::Options& options) {
        auto listener = Listener::open(loop, options, keep());
        EXPECT_TRUE(listener) << listener.error().message;
        return listener ? std::move(*listener) : nullptr;
    }
    // A path in a fresh place.
    static std::string free_path() {
        const std::string path =
            testing::TempDir() + "listener_" + std::to_string(::getpid()) + ".sock";
        std::filesystem::remove(path);
        return path;
    }
};

Listener::Options loopback() {
    Listener::Options options;
    options.address = {"127.0.0.1", 0};
    return options;
}

Listener::Options at_path(const std::string& path) {
    Listener::Options options;
    options.address = {path, 0};
    return options;
}

TEST_F(ListenerTest, hands_over_sockets_that_do_not_block_or_leak) {
    const auto listener = open(loopback());
    ASSERT_TRUE(listener);
    ASSERT_NE(listener->port(), 0);

    const FileDescriptor client = start_connect(*numeric_address({"127.0.0.1", listener->port()}));
    run();

    ASSERT_EQ(accepted.size(), 1U);
    EXPECT_NE(::fcntl(accepted[0].get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(accepted[0].get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(ListenerTest, hands_over_what_waits_before_it_goes) {
    auto listener = open(loopback());
    ASSERT_TRUE(listener);
    std::vector<FileDescriptor> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(start_connect(*numeric_address({"127.0.0.1", listener->port()})));
    }

    listener->accept_waiting();
    listener.reset();

    EXPECT_EQ(accepted.size(), clients.size());
}

TEST_F(ListenerTest, lets_nobody_begin_once_it_stops_taking_and_hands_over_who_has_begun) {
    auto listener = open(loopback());
    const auto address = *numeric_address({"127.0.0.1", listener->port()});
    const FileDescriptor early = start_connect(address);

    listener->stop_taking();
    const FileDescriptor late = start_connect(address);
    listener->accept_waiting();

    EXPECT_EQ(accepted.size(), 1U);
    pollfd answer{late.get(), POLLOUT, 0};
    EXPECT_EQ(::poll(&answer, 1, 0), 0);  // neither taken nor refused
}

TEST_F(ListenerTest, a_unix_socket_is_out_of_sight_once_it_stops_taking) {
    const std::string path = free_path();
    auto listener = open(at_path(path));
    const FileDescriptor early = start_connect(*numeric_address({path, 0}));

    listener->stop_taking();
    EXPECT_FALSE(std::filesystem::exists(path));
    const auto successor = open(at_path(path));
    listener->accept_waiting();
    listener.reset();

    EXPECT_EQ(accepted.size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, a_unix_socket_that_was_removed_is_made_anew) {
    const std::string path = free_path();
    const auto listener = open(at_path(path));
    const FileDescriptor early = start_connect(*numeric_address({path, 0}));
    std::filesystem::remove(path);

    EXPECT_TRUE(listener->renew_if_lost());

    run();
    EXPECT_EQ(accepted.size(), 1U);  // who waited at the old one
    const FileDescriptor client = start_connect(*numeric_address({path, 0}));
    EXPECT_TRUE(client);
    run();
    EXPECT_EQ(accepted.size(), 2U);
}

TEST_F(ListenerTest, a_unix_socket_that_is_there_is_not_made_anew) {
    const std::string path = free_path();
    const auto listener = open(at_path(path));
    struct stat before {};
    struct stat after {};
    ASSERT_EQ(::stat(path.c_str(), &before), 0);

    EXPECT_TRUE(listener->renew_if_lost());

    ASSERT_EQ(::stat(path.c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(ListenerTest, a_unix_socket_whose_place_somebody_else_has_taken_cannot_be_made_anew) {
    const std::string path = free_path();
    const auto listener = open(at_path(path));
    std::filesystem::remove(path);
    const auto successor = open(at_path(path));

    EXPECT_FALSE(listener->renew_if_lost());

    EXPECT_TRUE(start_connect(*numeric_address({path, 0})));
}

TEST_F(ListenerTest, says_why_an_address_cannot_be_bound) {
    const auto first = open(loopback());
    Listener::Options taken = loopback();
    taken.address.port = first->port();
    Listener::Options name = loopback();
    name.address.host = "localhost";
    Listener::Options too_long = at_path("/" + std::string(200, 'a'));

    EXPECT_EQ(Listener::open(loop, taken, keep()).error().message, "bind: Address already in use");
    EXPECT_EQ(Listener::open(loop, name, keep()).error().message,
              "a host name has to be looked up before it is listened on");
    EXPECT_EQ(Listener::open(loop, too_long, keep()).error().message,
              "the path is too long for a unix socket");
}

TEST_F(ListenerTest, goes_on_after_it_ran_out_of_descriptors) {
    const auto listener = open(loopback());
    const auto address = *numeric_address({"127.0.0.1", listener->port()});
    // The first client also has the sanitizer check the types of all that runs here once: for that
    // it needs descriptors.
    const FileDescriptor first = start_connect(address);
    run();
    const FileDescriptor second = start_connect(address);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    // The lowest free descriptor is the first that may not be used.
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    rlimit exhausted = before;
    exhausted.rlim_cur = static_cast<rlim_t>(lowest_free);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &exhausted), 0);

    EventLoop::Timer watch(loop);
    std::function<void()> restore_after_the_error = [&] {
        if (listener->accept_errors() > 0) {
            ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
            return;
        }
        watch.arm(base::Clock::now() + base::milliseconds{1}, restore_after_the_error);
    };
    restore_after_the_error();
    run();
    ::setrlimit(RLIMIT_NOFILE, &before);

    EXPECT_EQ(accepted.size(), 2U);
    EXPECT_EQ(listener->accept_errors(), 1U);
}

TEST_F(ListenerTest, may_be_closed_from_inside_its_own_callback) {
    std::unique_ptr<Listener> listener;
    auto opened = Listener::open(loop, loopback(), [&](int fd) {
        accepted.emplace_back(fd);
        listener.reset();
        loop.stop();
    });
    ASSERT_TRUE(opened);
    listener = std::move(*opened);

    const auto address = *numeric_address({"127.0.0.1", listener->port()});
    const FileDescriptor first = start_connect(address);
    const FileDescriptor second = start_connect(address);
    run();

    EXPECT_EQ(accepted.size(), 1U);
}

// What the kernel says to who connects there now: 0 or an errno value.
int connect_error(const routing::Address& where) {
    const SocketAddress address = *numeric_address(where);
    const FileDescriptor client(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(client.get(), address.data(), address.size) == 0 ? 0 : errno;
}

TEST_F(ListenerTest, refuses_connections_between_bind_and_listen) {
    for (const Listener::Options& options : {loopback(), at_path(free_path())}) {
        auto bound = Listener::bind(loop, options, keep());
        ASSERT_TRUE(bound) << bound.error().message;
        Listener& listener = **bound;
        const routing::Address where{options.address.host, listener.port()};
        EXPECT_FALSE(listener.is_listening());
        EXPECT_EQ(connect_error(where), ECONNREFUSED);
        listener.accept_waiting();  // nobody does
        EXPECT_EQ(listener.accept_errors(), 0U);

        ASSERT_TRUE(listener.listen());
        ASSERT_TRUE(listener.listen()) << "it does";

        EXPECT_TRUE(listener.is_listening());
        const FileDescriptor client = start_connect(*numeric_address(where));
        accepted.clear();
        run();
        EXPECT_EQ(accepted.size(), 1U);
    }
}

TEST_F(ListenerTest, nobody_gets_an_address_that_is_bound_and_not_listened_on_yet) {
    const auto bound = Listener::bind(loop, loopback(), keep());
    ASSERT_TRUE(bound);
    for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
        Listener::Options same = loopback();
        same.address = {host, (*bound)->port()};

        EXPECT_FALSE(Listener::bind(loop, same, keep())) << host;
        EXPECT_FALSE(Listener::open(loop, same, keep())) << host;
    }

    EXPECT_TRUE((*bound)->listen());
}

TEST_F(ListenerTest, takes_the_last_backlog_that_it_was_given_before_it_listens) {
    const auto bound = Listener::bind(loop, loopback(), keep());
    ASSERT_TRUE(bound);
    Listener::Options other = loopback();
    other.backlog = 7;

    (*bound)->change(other);

    EXPECT_EQ(connect_error({"127.0.0.1", (*bound)->port()}), ECONNREFUSED);
}

TEST_F(ListenerTest, listens_at_its_path_although_that_was_removed_while_it_was_bound) {
    const std::string path = free_path();
    const auto bound = Listener::bind(loop, at_path(path), keep());
    ASSERT_TRUE(bound);
    std::filesystem::remove(path);

    ASSERT_TRUE((*bound)->listen());

    EXPECT_EQ(connect_error({path, 0}), 0);
}

TEST_F(ListenerTest, does_not_take_a_path_back_that_another_one_listens_at_by_now) {
    const std::string path = free_path();
    const auto bound = Listener::bind(loop, at_path(path), keep());
    ASSERT_TRUE(bound);
    const auto other = open(at_path(path));  // takes it for what a dead process has left
    ASSERT_TRUE(other);

    EXPECT_FALSE((*bound)->listen());

    EXPECT_FALSE((*bound)->is_listening());
    EXPECT_EQ(connect_error({path, 0}), 0);
}

TEST_F(ListenerTest, a_unix_socket_has_the_mode_that_was_asked_for) {
    const std::string path = free_path();
    Listener::Options options = at_path(path);
    options.mode = 0620;
    const auto listener = open(options);
    ASSERT_TRUE(listener);

    const FileDescriptor client = start_connect(*numeric_address({path, 0}));
    run();

    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0620U);
    EXPECT_EQ(accepted.size(), 1U);
    EXPECT_EQ(listener->port(), 0);
}

TEST_F(ListenerTest, a_unix_socket_is_removed_when_its_listener_goes) {
    const std::string path = free_path();
    auto listener = open(at_path(path));
    ASSERT_TRUE(std::filesystem::exists(path));

    listener.reset();

    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, a_unix_socket_of_a_successor_is_left_alone) {
    const std::string path = free_path();
    auto listener = open(at_path(path));
    std::filesystem::remove(path);
    const auto successor = open(at_path(path));

    listener.reset();

    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, a_stale_unix_socket_is_replaced) {
    const std::string path = free_path();
    ASSERT_TRUE(listen_on(*numeric_address({path, 0}), 1));  // closed at once; the path stays
    ASSERT_TRUE(std::filesystem::exists(path));

    EXPECT_TRUE(open(at_path(path)));
}

TEST_F(ListenerTest, a_unix_socket_in_use_and_a_plain_file_are_not_replaced) {
    const std::string path = free_path();
    const auto listener = open(at_path(path));
    const std::string file = testing::TempDir() + "listener_" + std::to_string(::getpid()) + ".txt";
    std::ofstream(file) << "precious";

    const auto in_use = Listener::open(loop, at_path(path), keep());
    const auto plain_file = Listener::open(loop, at_path(file), keep());

    EXPECT_FALSE(in_use);
    EXPECT_FALSE(plain_file);
    EXPECT_EQ(std::filesystem::file_size(file), 8U);
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace ringside::io::test
