#include "app/drain_driver.h"

#include "unit/app/app_harness.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ringside::app::test {
namespace {

// One worker with one client, on a socket pair, and one acceptor on a unix socket.
class DrainDriverTest : public testing::Test {
  protected:
    DrainDriverTest() : path_(testing::TempDir() + "ringside_drain." + std::to_string(::getpid())) {
        workers_.push_back(
            std::make_unique<WorkerThread>(control_, registry_, WorkerThread::Options{}));
        workers_[0]->start();
        workers_[0]->adopt(snapshot_of({"/nonexistent/node.sock", 0}, 1));
        config::PoolConfig pool;
        pool.listen.address = {path_, 0};
        pool.listen.text = path_;
        EXPECT_TRUE(acceptors_.adopt(std::vector<PlannedPool>{{0, pool}}));
    }
    ~DrainDriverTest() override { std::filesystem::remove(path_); }

    bool is_open() const {
        return static_cast<bool>(io::start_connect(*io::numeric_address({path_, 0})));
    }
    Client connect() {
        std::array<int, 2> fds{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
        EXPECT_EQ(::fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
        workers_[0]->hand_over(io::FileDescriptor(fds[0]), 0, clients_);
        return Client(io::FileDescriptor(fds[1]));
    }

    const std::string path_;
    metrics::Registry registry_;
    io::EventLoop control_;
    const ClientRoom room_{0, 1};
    ClientCounts counts_;
    ClientCount clients_;
    WorkerThreads workers_;
    AcceptorSet acceptors_{{control_, registry_, workers_, counts_, room_}};
    DrainDriver drain_{control_, acceptors_, workers_};
};

TEST_F(DrainDriverTest, stops_the_loop_when_nobody_is_there) {
    EXPECT_FALSE(drain_.has_begun());
    EXPECT_TRUE(is_open());

    drain_.begin({.grace = base::milliseconds(0), .limit = kPatience});
    EXPECT_TRUE(drain_.has_begun());
    const base::TimePoint begun = base::Clock::now();
    control_.run();

    EXPECT_LT(base::Clock::now() - begun, kPatience);
    EXPECT_FALSE(is_open());
}

TEST_F(DrainDriverTest, tells_its_clients_the_end_and_waits_for_them) {
    Client client = connect();
    drain_.begin({.grace = base::milliseconds(0), .limit = kPatience});

    std::thread leaving([&client] {
        EXPECT_TRUE(client.is_closed());
        client.close();
    });
    control_.run();
    leaving.join();

    EXPECT_EQ(session_count(workers_), 0U);
}

TEST_F(DrainDriverTest, cuts_off_who_does_not_leave_within_the_limit) {
    const Client client = connect();

    drain_.begin({.grace = base::milliseconds(0), .limit = base::milliseconds(0)});
    control_.run();

    EXPECT_TRUE(drain_.has_begun());
}

}  // namespace
}  // namespace ringside::app::test
