#include "app/service_manager.h"

#include "io/file_descriptor.h"
#include "support/captured_log.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

// In the abstract namespace, so that no file is left behind.
class Manager {
  public:
    Manager() {
        sockaddr_un place{};
        place.sun_family = AF_UNIX;
        address_.copy(place.sun_path, address_.size());
        place.sun_path[0] = '\0';
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&place),
                         static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size())),
                  0);
    }

    const std::string& address() const { return address_; }

    // What it was told since the last call, a datagram each.
    std::vector<std::string> told() const {
        std::vector<std::string> datagrams;
        std::array<char, 4096> block{};
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), block.data(), block.size(), 0);
            if (size < 0) {
                return datagrams;
            }
            datagrams.emplace_back(block.data(), static_cast<std::size_t>(size));
        }
    }

  private:
    const std::string address_ = fmt::format("@ringside-manager-{}", ::getpid());
    const io::FileDescriptor socket_{
        ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

// Until its queue has no room for anybody: what one socket may have under way is less.
void fill(const std::string& address) {
    std::vector<io::NotifySocket> others;
    for (bool is_full = false; !is_full && others.size() < 1000;) {
        auto other = io::NotifySocket::open(address);
        ASSERT_TRUE(other);
        is_full = other->send("from others") != 0;
        while (other->send("from others") == 0) {
        }
        others.push_back(std::move(*other));
    }
}

class ServiceManagerTest : public testing::Test {
  protected:
    // `watchdog`: as ServiceManager::Contact has it.
    ServiceManager service(base::microseconds watchdog = base::microseconds(0)) {
        return {loop_, {.socket = manager_.address(), .watchdog = watchdog}, [this] {
                    return summary_;
                }};
    }

    io::EventLoop loop_;
    const Manager manager_;
    std::string summary_ = "2 pools, all is well";
};

TEST_F(ServiceManagerTest, is_told_how_the_process_fares_and_that_it_is_ready_once) {
    ServiceManager service = this->service();
    EXPECT_THAT(manager_.told(), IsEmpty());

    service.on_serving();
    EXPECT_THAT(manager_.told(), ElementsAre("STATUS=2 pools, all is well"));

    service.on_ready();
    service.on_ready();
    EXPECT_THAT(manager_.told(), ElementsAre("READY=1"));

    service.look(base::Clock::now());
    EXPECT_THAT(manager_.told(), IsEmpty());
    summary_ = "pool cache down: no node\nis in the ring";
    service.look(base::Clock::now());
    EXPECT_THAT(manager_.told(), ElementsAre("STATUS=pool cache down: no node is in the ring"));
}

TEST_F(ServiceManagerTest, waits_for_nodes_no_longer_than_the_limit) {
    ServiceManager service = this->service();
    service.on_serving();
    manager_.told();

    service.look(base::Clock::now() + ServiceManager::kReadyMax - base::seconds(1));
    EXPECT_THAT(manager_.told(), IsEmpty());

    service.look(base::Clock::now() + ServiceManager::kReadyMax);
    service.on_ready();
    EXPECT_THAT(manager_.told(), ElementsAre("READY=1"));
}

TEST_F(ServiceManagerTest, a_reload_has_a_beginning_and_an_end) {
    ServiceManager service = this->service();
    service.on_serving();
    service.on_ready();
    manager_.told();

    service.on_reload_begun();
    summary_ = "configuration not loaded: ringside.yml:1:1: wrong";
    service.on_reload_done();

    EXPECT_THAT(manager_.told(),
                ElementsAre(MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"), "READY=1",
                            "STATUS=configuration not loaded: ringside.yml:1:1: wrong"));
}

TEST_F(ServiceManagerTest, the_end_of_a_reload_does_not_make_it_ready) {
    ServiceManager service = this->service();
    service.on_serving();
    manager_.told();

    service.on_reload_begun();
    service.on_reload_done();

    EXPECT_THAT(manager_.told(), IsEmpty());
}

TEST_F(ServiceManagerTest, at_the_end_it_is_asked_for_the_time_of_the_drain) {
    ServiceManager service = this->service();
    service.on_serving();
    service.on_ready();
    manager_.told();

    service.on_stopping(base::milliseconds(90'500));
    service.on_stopping(base::milliseconds(1));
    service.on_reload_begun();
    service.on_reload_done();
    service.look(base::Clock::now());

    EXPECT_THAT(
        manager_.told(),
        ElementsAre("STOPPING=1\nEXTEND_TIMEOUT_USEC=95500000\nSTATUS=told to stop: clients "
                    "are served for up to 91 s more"));
}

TEST_F(ServiceManagerTest, is_told_who_follows_and_nothing_more) {
    ServiceManager service = this->service();
    service.on_serving();
    service.on_ready();
    manager_.told();

    service.on_handed_over(4711);
    service.on_stopping(base::milliseconds(1));
    service.on_reload_done();
    service.look(base::Clock::now() + ServiceManager::kReadyMax);

    EXPECT_THAT(manager_.told(), ElementsAre("MAINPID=4711"));
}

TEST_F(ServiceManagerTest, one_that_never_was_ready_is_not_told_so_at_the_end) {
    ServiceManager service = this->service();
    service.on_serving();
    service.on_stopping(base::milliseconds(1));
    manager_.told();

    service.on_ready();
    service.look(base::Clock::now() + ServiceManager::kReadyMax);

    EXPECT_THAT(manager_.told(), IsEmpty());
}

TEST_F(ServiceManagerTest, signs_of_life_come_twice_as_often_as_wanted_also_at_the_end) {
    ServiceManager service = this->service(base::seconds(20));
    const base::TimePoint start = base::Clock::now();
    service.on_serving();
    EXPECT_THAT(manager_.told(), ElementsAre("WATCHDOG=1", testing::_));

    service.look(start + base::seconds(9));
    EXPECT_THAT(manager_.told(), IsEmpty());
    service.on_stopping(base::milliseconds(1));
    manager_.told();
    service.look(start + base::seconds(11));
    EXPECT_THAT(manager_.told(), ElementsAre("WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, its_timer_looks_by_itself) {
    ServiceManager service = this->service(base::milliseconds(20));
    service.on_serving();
    io::EventLoop::Timer stop(loop_);
    stop.arm(base::Clock::now() + base::milliseconds(200), [this] { loop_.stop(); });

    loop_.run();

    EXPECT_GE(manager_.told().size(), 4U);
}

TEST_F(ServiceManagerTest, what_there_was_no_room_for_comes_later_and_in_order) {
    ServiceManager service = this->service();
    service.on_serving();
    fill(manager_.address());

    service.on_ready();
    service.on_reload_begun();
    service.on_reload_done();
    EXPECT_THAT(manager_.told(), Not(testing::Contains("READY=1")));
    service.look(base::Clock::now());

    EXPECT_THAT(manager_.told(), ElementsAre("READY=1", HasSubstr("RELOADING=1"), "READY=1"));
}

TEST_F(ServiceManagerTest, a_long_line_is_cut_between_characters) {
    summary_ = std::string(999, 'x') + "\u00e4\u00e4";
    ServiceManager service = this->service();

    service.on_serving();

    EXPECT_THAT(manager_.told(), ElementsAre("STATUS=" + std::string(999, 'x')));
}

TEST_F(ServiceManagerTest, that_nobody_is_there_is_logged_once) {
    base::CapturedLog log;
    ServiceManager service(loop_, {.socket = "/nowhere/notify"}, [] { return "well"; });

    service.on_serving();
    service.on_ready();
    service.look(base::Clock::now());

    const std::string text = log.take();
    EXPECT_THAT(text,
                HasSubstr("the service manager cannot be told how the process fares: No such"));
    EXPECT_EQ(text.find("service manager"), text.rfind("service manager"));
}

TEST_F(ServiceManagerTest, without_one_nothing_is_done) {
    base::CapturedLog log;
    bool is_asked = false;
    ServiceManager service(loop_, {}, [&is_asked] {
        is_asked = true;
        return "well";
    });

    service.on_serving();
    service.on_ready();
    service.on_stopping(base::milliseconds(1));

    EXPECT_FALSE(is_asked);
    EXPECT_EQ(log.take(), "");
}

// --- the environment ---

ServiceManager::Contact contact_with(const char* usec, const char* pid) {
    static const char* usec_;
    static const char* pid_;
    usec_ = usec;
    pid_ = pid;
    return ServiceManager::contact(
        [](const char* name) -> const char* {
            const std::string_view variable = name;
            return variable == "NOTIFY_SOCKET"   ? "/run/systemd/notify"
                   : variable == "WATCHDOG_USEC" ? usec_
                   : variable == "WATCHDOG_PID"  ? pid_
                                                 : nullptr;
        },
        4711);
}

TEST(ServiceManagerContact, the_watchdog_counts_if_it_is_meant_for_this_process) {
    EXPECT_EQ(contact_with("30000000", "4711").watchdog, base::seconds(30));
    EXPECT_EQ(contact_with("30000000", nullptr).watchdog, base::seconds(30));
    EXPECT_EQ(contact_with("30000000", "4712").watchdog, base::seconds(0));
    EXPECT_EQ(contact_with("soon", "4711").watchdog, base::seconds(0));
    EXPECT_EQ(contact_with(nullptr, nullptr).watchdog, base::seconds(0));
    EXPECT_EQ(contact_with("18446744073709551615", nullptr).watchdog, base::seconds(86'400));
    EXPECT_EQ(contact_with(nullptr, nullptr).socket, "/run/systemd/notify");
}

}  // namespace
}  // namespace ringside::app
