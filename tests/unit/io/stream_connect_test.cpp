// Connecting through StreamLoop.

#include "io/stream_loop.h"
#include "unit/io/stream_harness.h"

#include <sys/un.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ringside::io::test {
namespace {

using testing::ElementsAre;

using StreamConnectTest = StreamTest;

// A loopback port on which nobody listens.
std::uint16_t silent_port() {
    return port_of(listening_socket().get());
}

TEST_F(StreamConnectTest, connects_to_an_ip_and_exchanges_bytes) {
    const FileDescriptor node = listening_socket();
    const StreamId stream = streams.connect({"127.0.0.1", port_of(node.get())}, cookie(1));
    EXPECT_EQ(streams.write(stream, "early"), 0U);
    events.when_connected = [&](Cookie) { EXPECT_EQ(streams.write(stream, "get a\r\n"), 7U); };

    ASSERT_TRUE(run_until_logged(1));
    const FileDescriptor accepted(::accept4(node.get(), nullptr, nullptr, 0));
    std::array<char, 16> received{};
    const ssize_t size = ::recv(accepted.get(), received.data(), received.size(), 0);
    send_all(accepted, "END\r\n");
    ASSERT_TRUE(run_until_logged(2));

    EXPECT_EQ(std::string_view(received.data(), static_cast<std::size_t>(size)), "get a\r\n");
    EXPECT_THAT(events.log, ElementsAre("connected 1", "bytes 1: END\r\n"));
}

TEST_F(StreamConnectTest, connects_to_a_unix_socket) {
    const std::string path =
        testing::TempDir() + "stream_connect_" + std::to_string(::getpid()) + ".sock";
    std::filesystem::remove(path);
    const auto node = listen_on(*numeric_address({path, 0}), 4);
    ASSERT_TRUE(node);

    streams.connect({path, 0}, cookie(1));
    ASSERT_TRUE(run_until_logged(1));
    std::filesystem::remove(path);

    EXPECT_THAT(events.log, ElementsAre("connected 1"));
}

TEST_F(StreamConnectTest, a_refused_attempt_is_told_in_a_later_event) {
    const StreamId stream = streams.connect({"127.0.0.1", silent_port()}, cookie(1));
    EXPECT_THAT(events.log, ElementsAre());

    ASSERT_TRUE(run_until_logged(1));
    EXPECT_THAT(events.log, ElementsAre("refused 1"));
    EXPECT_EQ(streams.write(stream, "x"), 1U);
    streams.close(stream);
}

TEST_F(StreamConnectTest, a_unix_path_that_leads_nowhere_is_told_with_its_errno) {
    streams.connect({"/nonexistent/ringside.sock", 0}, cookie(1));
    ASSERT_TRUE(run_until_logged(1));
    EXPECT_EQ(events.last_error, ENOENT);
    streams.connect({"/" + std::string(200, 'a'), 0}, cookie(2));
    ASSERT_TRUE(run_until_logged(2));
    EXPECT_EQ(events.last_error, ENAMETOOLONG);

    EXPECT_THAT(events.log, ElementsAre("no_connection 1", "no_connection 2"));
}

// A listening unix socket with room for one client, which has come.
class FullBacklog : public StreamTest {
  protected:
    FullBacklog() {
        std::filesystem::remove(path_);
        node_ = std::move(*listen_on(*numeric_address({path_, 0}), 0));
        FileDescriptor waiting = start_connect(*numeric_address({path_, 0}));
        EXPECT_TRUE(waiting);
        clients_.push_back(std::move(waiting));
    }
    ~FullBacklog() override { std::filesystem::remove(path_); }

    std::string path_ = testing::TempDir() + "full_backlog_" + std::to_string(::getpid()) + ".sock";
    FileDescriptor node_;
    std::vector<FileDescriptor> clients_;
};

TEST_F(FullBacklog, is_waited_for) {
    streams.connect({path_, 0}, cookie(1));
    run_for(base::milliseconds{20});
    EXPECT_THAT(events.log, ElementsAre());

    const FileDescriptor accepted(::accept4(node_.get(), nullptr, nullptr, 0));
    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("connected 1"));
}

// Nothing else wakes the loop: it has to look again by itself, and again.
TEST_F(FullBacklog, is_waited_for_when_nothing_else_happens) {
    FileDescriptor accepted;
    events.when_turn_ends = [&] {
        if (events.turns == 4) {
            accepted.reset(::accept4(node_.get(), nullptr, nullptr, 0));
        }
    };

    streams.connect({path_, 0}, cookie(1));

    ASSERT_TRUE(run_until_logged(1));
    EXPECT_THAT(events.log, ElementsAre("connected 1"));
}

TEST_F(FullBacklog, is_not_waited_for_any_longer_once_the_stream_is_closed) {
    const StreamId stream = streams.connect({path_, 0}, cookie(1));
    streams.close(stream);

    const FileDescriptor accepted(::accept4(node_.get(), nullptr, nullptr, 0));
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre());
}

TEST_F(FullBacklog, that_goes_away_is_told_as_what_has_become_of_it) {
    streams.connect({path_, 0}, cookie(1));
    std::filesystem::remove(path_);

    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("no_connection 1"));
    EXPECT_EQ(events.last_error, ENOENT);
}

TEST_F(StreamConnectTest, a_name_is_refused_and_nobody_is_asked_for_it) {
    streams.connect({"localhost", 11211}, cookie(1));

    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("refused 1"));
}

TEST_F(StreamConnectTest, closing_during_a_connection_attempt_silences_it) {
    const FileDescriptor node = listening_socket();
    const StreamId stream = streams.connect({"127.0.0.1", port_of(node.get())}, cookie(1));

    streams.close(stream);
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre());
}

TEST_F(StreamConnectTest, a_stream_paused_before_it_is_connected_stays_paused) {
    const FileDescriptor node = listening_socket();
    const StreamId stream = streams.connect({"127.0.0.1", port_of(node.get())}, cookie(1));
    streams.pause_reading(stream);
    ASSERT_TRUE(run_until_logged(1));
    const FileDescriptor accepted(::accept4(node.get(), nullptr, nullptr, 0));
    send_all(accepted, "x");

    run_for(base::milliseconds{20});
    EXPECT_THAT(events.log, ElementsAre("connected 1"));
    streams.resume_reading(stream);
    ASSERT_TRUE(run_until_logged(2));

    EXPECT_THAT(events.log, ElementsAre("connected 1", "bytes 1: x"));
}

}  // namespace
}  // namespace ringside::io::test
