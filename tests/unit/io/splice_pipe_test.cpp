#include "io/splice_pipe.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace ringside::io::test {
namespace {

// Two sockets that are connected to each other; ours does not block.
struct Wire {
    FileDescriptor ours;
    FileDescriptor theirs;

    Wire() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
        ours.reset(ends[0]);
        theirs.reset(ends[1]);
        EXPECT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    }
    void send(const std::string& bytes) const {
        EXPECT_EQ(::send(theirs.get(), bytes.data(), bytes.size(), 0),
                  static_cast<ssize_t>(bytes.size()));
    }
    std::string received(std::size_t size) const {
        std::string bytes(size, '\0');
        const ssize_t got = ::recv(theirs.get(), bytes.data(), size, MSG_WAITALL);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
};

class SplicePipeTest : public testing::Test {
  protected:
    SplicePipe::Moved move(std::size_t bytes_max) {
        return pipe_.move(node_.ours.get(), client_.ours.get(), bytes_max);
    }

    Wire node_;
    Wire client_;
    SplicePipe pipe_;
};

TEST_F(SplicePipeTest, moves_what_waits_and_no_more_than_allowed) {
    node_.send("0123456789");

    const auto moved = move(4);

    EXPECT_EQ(moved.sent, 4U);
    EXPECT_EQ(moved.rest, "");
    EXPECT_EQ(client_.received(4), "0123");
    EXPECT_EQ(move(100).sent, 6U);
    EXPECT_EQ(client_.received(6), "456789");
}

TEST_F(SplicePipeTest, moves_nothing_if_nothing_waits_and_at_the_end_of_the_stream) {
    EXPECT_EQ(move(100).sent, 0U);
    node_.send("last");
    ::shutdown(node_.theirs.get(), SHUT_WR);

    EXPECT_EQ(move(100).sent, 4U);
    EXPECT_EQ(move(100).sent, 0U);
}

TEST_F(SplicePipeTest, hands_over_what_the_other_side_does_not_take) {
    const std::string filler(1024, 'f');
    while (::send(client_.ours.get(), filler.data(), filler.size(), MSG_DONTWAIT) > 0) {
    }
    node_.send("0123456789");

    const auto moved = move(100);

    EXPECT_EQ(moved.sent, 0U);
    EXPECT_EQ(moved.rest, "0123456789");
}

TEST_F(SplicePipeTest, hands_over_what_was_meant_for_one_who_has_gone) {
    ::signal(SIGPIPE, SIG_IGN);
    client_.theirs.reset();
    node_.send("0123456789");

    EXPECT_EQ(move(100).rest, "0123456789");
}

TEST_F(SplicePipeTest, leaves_alone_what_cannot_be_spliced) {
    const FileDescriptor directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    EXPECT_EQ(pipe_.move(directory.get(), client_.ours.get(), 100).sent, 0U);
    node_.send("0123456789");

    EXPECT_EQ(move(100).sent, 0U) << "and does not try again";
    EXPECT_EQ(::send(client_.ours.get(), "x", 1, 0), 1);
}

}  // namespace
}  // namespace ringside::io::test
