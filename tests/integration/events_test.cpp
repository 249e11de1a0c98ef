// GET /events of a running proxy: what happens is told while it happens.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <signal.h>

#include <array>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;

class Listener {
  public:
    explicit Listener(std::uint16_t admin_port) : client_(admin_port) {
        client_.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        header_ = client_.read_until("\r\n\r\n");
    }

    const std::string& header() const { return header_; }
    // The data of the next event of this name; others are passed over.
    Json next(const std::string& name) {
        for (;;) {
            const std::string event = client_.read_until("\n\n");
            if (event.find("event: " + name + "\n") != std::string::npos) {
                return Json::parse(event.substr(event.find("data: ") + 6));
            }
        }
    }
    std::string rest() { return client_.read_to_end(); }

  private:
    Client client_;
    std::string header_;
};

class EventStream : public ::testing::Test {
  protected:
    std::string pools(std::vector<std::string> settings = {}) const {
        return pool_before(nodes_, port_, std::move(settings));
    }

    std::array<MemcachedNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pools(), .settings = "  workers: 2\n"}};
};

TEST_F(EventStream, tells_changes_of_a_ring_reloads_and_the_end) {
    Listener listener(proxy_.admin_port());
    EXPECT_NE(listener.header().find("Content-Type: text/event-stream"), std::string::npos);
    EXPECT_EQ(listener.next("hello"), Json::object());

    ASSERT_EQ(proxy_.post("/pools/pool/nodes/node-1/eject?for=60s").status, 200);
    Json change = listener.next("ring");
    EXPECT_EQ(change["pool"], "pool");
    EXPECT_EQ(change["causes"], Json::array({"ejection by the operator"}));
    EXPECT_EQ(change["ejected"]["names"], Json::array({"node-1"}));
    EXPECT_EQ(change["nodes_in_ring"], 2);
    ASSERT_EQ(proxy_.post("/pools/pool/nodes/node-1/restore").status, 200);
    EXPECT_EQ(listener.next("ring")["returned"]["count"], 1);

    proxy_.reload(pools({"timeout: 300"}));
    const Json load = listener.next("reload");
    EXPECT_EQ(load["last_attempt"]["applied"], true);
    EXPECT_EQ(load["generation"], 2);
    proxy_.write_config("pool: {listen: nonsense}\n");
    EXPECT_EQ(proxy_.post("/config/reload").status, 409);
    EXPECT_EQ(listener.next("reload")["last_attempt"]["applied"], false);

    proxy_.process().signal(SIGTERM);
    EXPECT_TRUE(listener.next("drain").contains("limit_ms"));
    EXPECT_EQ(listener.rest(), "");
    EXPECT_EQ(proxy_.process().wait_for_exit(base::seconds(10)), 0);
}

TEST_F(EventStream, has_room_for_eight_and_for_others_when_they_have_left) {
    {
        std::vector<Listener> listeners;
        for (int i = 0; i < 8; ++i) {
            listeners.emplace_back(proxy_.admin_port());
            listeners.back().next("hello");
        }
        EXPECT_EQ(proxy_.get("/events").status, 503);
        EXPECT_EQ(proxy_.get("/livez").status, 200);
    }
    // Who has left is noticed with the next events.
    proxy_.wait_until(
        [this] {
            proxy_.post("/pools/pool/nodes/node-1/eject");
            proxy_.post("/pools/pool/nodes/node-1/restore");
            Client client(proxy_.admin_port());
            client.send("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return client.read_until("\r\n").find("200") != std::string::npos;
        },
        "room for another listener");
}

}  // namespace
}  // namespace ringside::testing
