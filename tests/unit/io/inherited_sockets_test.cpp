#include "io/inherited_sockets.h"

#include "io/listener.h"
#include "io/socket.h"
#include "unit/io/stream_harness.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ringside::io::test {
namespace {

// A listener of "the process before", and what a process after it makes of its socket.
class InheritedSocketsTest : public testing::Test {
  protected:
    std::unique_ptr<Listener> listen(const routing::Address& address,
                                     InheritedSockets* inherited = nullptr) {
        Listener::Options options;
        options.address = address;
        options.inherited = inherited;
        auto listener = Listener::open(loop_, options, [](int fd) { ::close(fd); });
        EXPECT_TRUE(listener) << listener.error().message;
        return listener ? std::move(*listener) : nullptr;
    }
    static FileDescriptor copy_of(const Listener::Share& share) {
        return FileDescriptor(::dup(share.fd()));
    }

    EventLoop loop_;
    InheritedSockets inherited_;
    const std::string path_ = testing::TempDir() + "inherited_" + std::to_string(::getpid());
};

TEST_F(InheritedSocketsTest, only_the_very_address_is_taken_and_once) {
    const auto listener = listen({"127.0.0.1", 0});
    inherited_.add(copy_of(listener->share()));
    const std::uint16_t port = listener->port();

    EXPECT_FALSE(inherited_.take(*numeric_address({"127.0.0.2", port})));
    EXPECT_FALSE(inherited_.take(*numeric_address({"0.0.0.0", port})));
    EXPECT_FALSE(inherited_.take(*numeric_address({"::1", port})));
    EXPECT_FALSE(inherited_.take(*numeric_address({"127.0.0.1", 0})));
    EXPECT_FALSE(inherited_.take(*numeric_address({path_, 0})));
    EXPECT_EQ(inherited_.taken(), "0");
    EXPECT_TRUE(inherited_.take(*numeric_address({"127.0.0.1", port})));
    EXPECT_FALSE(inherited_.take(*numeric_address({"127.0.0.1", port})));
    EXPECT_EQ(inherited_.taken(), "1");
}

TEST_F(InheritedSocketsTest, a_path_belongs_to_whom_it_is_settled_for) {
    // Given a listener whose socket another one has, too
    auto before = listen({path_, 0});
    Listener::Share left = before->share();
    inherited_.add(copy_of(left));
    auto after = listen({path_, 0}, &inherited_);
    ASSERT_TRUE(after);

    // When the first one leaves it, and the other one keeps it
    left.leave();
    before.reset();
    EXPECT_TRUE(std::filesystem::exists(path_));
    after->share().keep();

    // Then the path goes with the other one.
    after.reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(InheritedSocketsTest, what_gives_up_leaves_the_path_to_the_process_before) {
    auto before = listen({path_, 0});
    Listener::Share kept = before->share();
    inherited_.add(copy_of(kept));

    listen({path_, 0}, &inherited_).reset();

    EXPECT_TRUE(std::filesystem::exists(path_));
    kept.keep();
    before.reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_EQ(kept.fd(), -1);
}

}  // namespace
}  // namespace ringside::io::test
