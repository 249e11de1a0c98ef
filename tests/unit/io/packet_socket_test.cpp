#include "io/packet_socket.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ringside::io {
namespace {

using testing::HasSubstr;

// Both ends of a connection.
class PacketSocket : public testing::Test {
  protected:
    void SetUp() override {
        const std::string name = fmt::format("@ringside-packets-{}", ::getpid());
        auto door = listen_for_packets(name);
        ASSERT_TRUE(door) << door.error().message;
        auto connected = connect_for_packets(name);
        ASSERT_TRUE(connected) << connected.error().message;
        near_ = std::move(*connected);
        far_ = accept_packets(door->get());
        ASSERT_TRUE(far_);
    }

    FileDescriptor near_;
    FileDescriptor far_;
};

TEST_F(PacketSocket, packets_stay_apart_and_carry_descriptors) {
    auto file = memory_file("the state");
    ASSERT_TRUE(file);
    const std::array<int, 2> descriptors{file->get(), file->get()};

    ASSERT_TRUE(send_packet(near_.get(), "one", descriptors));
    ASSERT_TRUE(send_packet(near_.get(), "two"));

    auto one = receive_packet(far_.get());
    ASSERT_TRUE(one && *one);
    EXPECT_EQ((*one)->text, "one");
    ASSERT_EQ((*one)->descriptors.size(), 2U);
    EXPECT_EQ(read_memory_file((*one)->descriptors[1].get(), 100), "the state");
    EXPECT_EQ(read_memory_file((*one)->descriptors[1].get(), 3), std::nullopt);
    auto two = receive_packet(far_.get());
    ASSERT_TRUE(two && *two);
    EXPECT_EQ((*two)->text, "two");
    EXPECT_TRUE((*two)->descriptors.empty());
}

TEST_F(PacketSocket, nothing_is_not_the_end) {
    const auto none = receive_packet(far_.get());
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);

    near_.reset();

    const auto end = receive_packet(far_.get());
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().message, "the connection was closed");
    EXPECT_FALSE(send_packet(far_.get(), "late"));
}

TEST_F(PacketSocket, as_many_descriptors_as_a_packet_takes_arrive) {
    const std::vector<int> many(kPacketDescriptorsMax, near_.get());
    ASSERT_TRUE(send_packet(near_.get(), "many", many));
    const auto packet = receive_packet(far_.get());
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ((*packet)->descriptors.size(), kPacketDescriptorsMax);
}

TEST_F(PacketSocket, tells_who_is_at_the_other_end) {
    const auto peer = peer_process(far_.get());
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->pid, ::getpid());
    EXPECT_EQ(peer->uid, ::geteuid());
}

TEST(PacketSocketName, that_nobody_waits_at_is_refused) {
    const auto connected = connect_for_packets(fmt::format("@ringside-nobody-{}", ::getpid()));
    ASSERT_FALSE(connected);
    EXPECT_THAT(connected.error().message, HasSubstr("refused"));
}

}  // namespace
}  // namespace ringside::io
