#include "app/acceptor_set.h"

#include "support/captured_log.h"
#include "unit/app/app_harness.h"

#include <netinet/in.h>

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

TEST_F(AcceptorSetTest, a_pool_may_listen_on_several_addresses) {
    config::PoolConfig both = pool("a", "one");
    both.also_listen.push_back(pool("a", "two").listen);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, both}}));
    EXPECT_TRUE(is_open(path("one")));
    EXPECT_TRUE(is_open(path("two")));

    std::swap(both.listen, both.also_listen.front());
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, both}}));
    EXPECT_TRUE(is_open(path("one")));
    both.also_listen.clear();
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, both}}));

    EXPECT_FALSE(std::filesystem::exists(path("one")));
    EXPECT_TRUE(is_open(path("two")));
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

TEST_F(AcceptorSetTest, a_pool_that_waits_has_its_address_and_listens_when_it_is_ready) {
    const config::PoolConfig a = pool("a", "one");
    const config::PoolConfig b = pool("b", "two");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a, true}, {1, b, true}}));
    EXPECT_TRUE(std::filesystem::exists(path("one")));
    EXPECT_FALSE(is_open(path("one")));
    EXPECT_TRUE(set_.is_waiting(0));

    set_.listen_where([](routing::PoolId id) { return id == 0; });

    EXPECT_TRUE(is_open(path("one")));
    EXPECT_FALSE(is_open(path("two")));
    EXPECT_FALSE(set_.is_waiting(0));
    EXPECT_TRUE(set_.is_waiting(1));
    EXPECT_THAT(set_.problems(), ::testing::IsEmpty());
}

TEST_F(AcceptorSetTest, a_pool_that_need_not_wait_any_more_listens_at_once) {
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a, true}}));

    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a, false}}));

    EXPECT_TRUE(is_open(path("one")));
}

TEST_F(AcceptorSetTest, a_change_that_is_refused_lets_nobody_listen_who_waits) {
    const config::PoolConfig a = pool("a", "one");
    const config::PoolConfig bad = pool("c", "no/such/folder");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a, true}}));

    EXPECT_FALSE(set_.adopt(std::vector<PlannedPool>{{0, a, false}, {2, bad}}));

    EXPECT_FALSE(is_open(path("one")));
    EXPECT_TRUE(set_.is_waiting(0));
}

TEST_F(AcceptorSetTest, a_pool_that_listens_goes_on_when_it_is_told_to_wait) {
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));

    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a, true}}));

    EXPECT_TRUE(is_open(path("one")));
    EXPECT_FALSE(set_.is_waiting(0));
}

TEST_F(AcceptorSetTest, an_address_that_waits_is_taken_and_can_give_way) {
    const config::PoolConfig any = pool_at("0.0.0.0", 0);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, any, true}}));
    const std::uint16_t port = set_.port(0);
    const config::PoolConfig one = pool_at("127.0.0.1", port);
    EXPECT_FALSE(set_.adopt(std::vector<PlannedPool>{{0, any, true}, {1, one}}));
    EXPECT_FALSE(io::listen_on(*io::numeric_address({"127.0.0.1", port}), 1));

    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{1, one, true}}));
    EXPECT_TRUE(is_refused({"127.0.0.1", port}));
    set_.listen_where([](routing::PoolId) { return true; });

    EXPECT_FALSE(is_refused({"127.0.0.1", port}));
}

TEST_F(AcceptorSetTest, tells_once_why_a_pool_cannot_listen_and_tries_again) {
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a, true}}));
    const auto ready = [](routing::PoolId) { return true; };
    {
        const auto other = io::Listener::open(  // takes it for what a dead process has left
            control_, {.address = {path("one"), 0}, .mode = std::nullopt}, [](int) {});
        ASSERT_TRUE(other);
        base::CapturedLog log;

        set_.listen_where(ready);
        set_.listen_where(ready);

        const std::string problem =
            "pool a: cannot listen on " + path("one") + ": bind: Address already in use";
        EXPECT_THAT(set_.problems(), ::testing::ElementsAre(problem));
        const std::string told = log.take();
        EXPECT_NE(told.find(problem), std::string::npos);
        EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
    }
    set_.listen_where(ready);

    EXPECT_TRUE(is_open(path("one")));
    EXPECT_THAT(set_.problems(), ::testing::IsEmpty());
}

FoundNames found(const std::string& name, std::vector<std::string> ips) {
    return {{name, io::FoundAddresses{std::move(ips), base::seconds(1)}}};
}

// A port of 127.0.0.1 that nobody listens on.
std::uint16_t free_port() {
    const auto socket = io::listen_on(*io::numeric_address({"127.0.0.1", 0}), 1);
    sockaddr_in bound{};
    socklen_t size = sizeof(bound);
    EXPECT_EQ(::getsockname(socket->get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
    return ntohs(bound.sin_port);
}

TEST_F(AcceptorSetTest, a_name_that_still_has_the_address_is_not_touched) {
    const std::uint16_t port = free_port();
    const config::PoolConfig named = pool_at("a.test", port);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, named}}, found("a.test", {"127.0.0.1"})));
    const auto waits = io::start_connect(*io::numeric_address({"127.0.0.1", port}));
    ASSERT_TRUE(waits);
    const config::PoolConfig written_out = pool_at("127.0.0.1", port);

    // In another order, without an answer, and as what it means.
    const FoundNames other_order = found("a.test", {"127.0.0.9", "127.0.0.1"});
    const FoundNames none{{"a.test", io::LookupProblem::server_failure}};
    for (const auto& [pool, names] :
         {std::pair{named, other_order}, {named, none}, {written_out, FoundNames{}}}) {
        const auto adopted = set_.adopt(std::vector<PlannedPool>{{0, pool}}, names);
        ASSERT_TRUE(adopted) << adopted.error().message;
    }

    // It would have been closed with the socket that it waits at.
    control_.post([this] { control_.stop(); });
    control_.run();
    char byte = 0;
    EXPECT_EQ(::recv(waits.get(), &byte, 1, MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_TRUE(io::listen_on(*io::numeric_address({"127.0.0.9", port}), 1));
}

TEST_F(AcceptorSetTest, follows_a_name_to_another_address) {
    const std::uint16_t port = free_port();
    const config::PoolConfig named = pool_at("a.test", port);
    const std::vector<PlannedPool> pools{{0, named}};
    ASSERT_TRUE(set_.adopt(pools, found("a.test", {"127.0.0.1"})));

    ASSERT_TRUE(set_.adopt(pools, found("a.test", {"127.0.0.2"})));

    EXPECT_EQ(io::listen_on(*io::numeric_address({"127.0.0.2", port}), 1).error().message,
              "bind: Address already in use");
    EXPECT_TRUE(io::listen_on(*io::numeric_address({"127.0.0.1", port}), 1));
}

TEST_F(AcceptorSetTest, refuses_a_name_that_nothing_is_known_of) {
    const std::uint16_t port = free_port();
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));
    const config::PoolConfig named = pool_at("b.test", port);

    const auto adopted = set_.adopt(std::vector<PlannedPool>{{1, named}},
                                    {{"b.test", io::LookupProblem::timed_out}});

    ASSERT_FALSE(adopted);
    EXPECT_EQ(adopted.error().message, "pool b.test: cannot listen on " + named.listen.text +
                                           ": host b.test: name lookup timed out");
    EXPECT_TRUE(is_open(path("one")));
}

TEST_F(AcceptorSetTest, two_names_of_one_address_are_not_taken_for_two) {
    const std::uint16_t port = free_port();
    const config::PoolConfig first = pool_at("127.0.0.1", port);
    const config::PoolConfig second = pool_at("b.test", port);
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, first}}));

    const auto adopted = set_.adopt(std::vector<PlannedPool>{{0, first}, {1, second}},
                                    found("b.test", {"127.0.0.1"}));

    ASSERT_FALSE(adopted);
    EXPECT_THAT(adopted.error().message, ::testing::EndsWith(": pool 127.0.0.1 listens on " +
                                                             first.listen.text + " already"));
}

TEST_F(AcceptorSetTest, when_closed_listens_no_more) {
    const config::PoolConfig a = pool("a", "one");
    ASSERT_TRUE(set_.adopt(std::vector<PlannedPool>{{0, a}}));

    set_.close();

    EXPECT_FALSE(std::filesystem::exists(path("one")));
}

}  // namespace
}  // namespace ringside::app::test
