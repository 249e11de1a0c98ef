#include "app/acceptor_set.h"

#include "unit/app/app_harness.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ringside::app::test {
namespace {

class AcceptorSetTest : public ::testing::Test {
  protected:
    AcceptorSetTest()
        : folder_(::testing::TempDir() + "ringside_acceptor_set." + std::to_string(::getpid())) {
        std::filesystem::create_directory(folder_);
        workers_.push_back(
            std::make_unique<WorkerThread>(control_, registry_, WorkerThread::Options{}));
    }
    ~AcceptorSetTest() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    config::PoolConfig pool(const std::string& name, const std::string& socket) const {
        config::PoolConfig result;
        result.name = name;
        result.listen.address = {path(socket), 0};
        result.listen.text = path(socket);
        return result;
    }
    static bool is_open(const std::string& socket_path) {
        return static_cast<bool>(io::start_connect(*io::numeric_address({socket_path, 0})));
    }

    const std::string folder_;
    metrics::Registry registry_;
    io::EventLoop control_;
    const ClientRoom room_{0, 1};
    ClientCounts counts_;
    WorkerThreads workers_;
    AcceptorSet set_{{control_, registry_, workers_, counts_, room_}};
};

TEST_F(AcceptorSetTest, listens_where_the_pools_do_and_nowhere_else) {
    const config::PoolConfig a = pool("a", "one");
    const config::PoolConfig moved = pool("a", "two");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));
    EXPECT_TRUE(is_open(path("one")));

    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, moved}}));

    EXPECT_FALSE(std::filesystem::exists(path("one")));
    EXPECT_TRUE(is_open(path("two")));
}

TEST_F(AcceptorSetTest, makes_a_socket_anew_that_a_cleaner_has_removed) {
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));
    std::filesystem::remove(path("one"));

    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));

    EXPECT_TRUE(is_open(path("one")));
}

TEST_F(AcceptorSetTest, changes_nothing_if_one_address_cannot_be_had) {
    const config::PoolConfig a = pool("a", "one");
    const config::PoolConfig b = pool("b", "two");
    const config::PoolConfig bad = pool("c", "no/such/folder");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));

    const auto adopted = set_.adopt(std::vector<PlannedPool>{{1, b}, {2, bad}});

    ASSERT_FALSE(adopted);
    EXPECT_THAT(adopted.error().message, ::testing::StartsWith("pool c: cannot listen on "));
    EXPECT_TRUE(is_open(path("one")));
    EXPECT_FALSE(std::filesystem::exists(path("two")));
}

TEST_F(AcceptorSetTest, pools_can_swap_their_addresses) {
    const config::PoolConfig a = pool("a", "one");
    const config::PoolConfig b = pool("b", "two");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}, {1, b}}));
    const config::PoolConfig a_then = pool("a", "two");
    const config::PoolConfig b_then = pool("b", "one");

    const auto adopted = set_.adopt(std::vector<PlannedPool>{{0, a_then}, {1, b_then}});

    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_TRUE(is_open(path("one")));
    EXPECT_TRUE(is_open(path("two")));
}

config::PoolConfig pool_at(const std::string& host, std::uint16_t port) {
    config::PoolConfig result;
    result.name = host;
    result.listen.address = {host, port};
    result.listen.text = routing::to_string(result.listen.address);
    return result;
}

TEST_F(AcceptorSetTest, an_address_can_give_way_to_one_that_overlaps_it) {
    const config::PoolConfig any = pool_at("0.0.0.0", 0);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, any}}));
    const std::uint16_t port = set_.port(0);
    for (const char* host : {"127.0.0.1", "0.0.0.0", "127.0.0.1"}) {
        const config::PoolConfig next = pool_at(host, port);

        const auto adopted = set_.adopt(std::vector<PlannedPool>{{0, next}});

        ASSERT_TRUE(adopted) << adopted.error().message;
        EXPECT_EQ(set_.port(0), port);
        EXPECT_TRUE(io::start_connect(*io::numeric_address({"127.0.0.1", port}))) << host;
    }
}

TEST_F(AcceptorSetTest, of_two_that_overlap_the_second_is_refused_and_nothing_has_changed) {
    const config::PoolConfig all = pool_at("0.0.0.0", 0);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, all}}));
    const std::uint16_t port = set_.port(0);
    const config::PoolConfig one = pool_at("127.0.0.1", port);

    EXPECT_FALSE(set_.adopt(std::vector<PlannedPool>{{0, all}, {1, one}}));

    EXPECT_EQ(set_.port(0), port);
    EXPECT_EQ(set_.port(1), 0);
}

TEST_F(AcceptorSetTest, another_process_cannot_slip_in_beside_what_was_handed_over) {
    const config::PoolConfig all = pool_at("0.0.0.0", 0);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, all}}));
    const std::uint16_t port = set_.port(0);
    const config::PoolConfig one = pool_at("127.0.0.1", port);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, one}}));

    EXPECT_FALSE(io::listen_on(*io::numeric_address({"127.0.0.1", port}), 1));
}

TEST_F(AcceptorSetTest, when_closed_listens_no_more) {
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));

    set_.close();

    EXPECT_FALSE(std::filesystem::exists(path("one")));
}

}  // namespace
}  // namespace ringside::app::test
