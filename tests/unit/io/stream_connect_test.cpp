// Connecting through StreamLoop.

#include "io/stream_loop.h"
#include "unit/io/stream_harness.h"

#include <sys/un.h>

#include <filesystem>
#include <string>

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

TEST_F(StreamConnectTest, a_unix_path_without_a_listener_is_refused) {
    streams.connect({"/nonexistent/ringside.sock", 0}, cookie(1));
    streams.connect({"/" + std::string(200, 'a'), 0}, cookie(2));

    ASSERT_TRUE(run_until_logged(2));

    EXPECT_THAT(events.log, ElementsAre("refused 1", "refused 2"));
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
