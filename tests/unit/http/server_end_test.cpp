// How a server that is about to end gets rid of its clients without losing a request.
#include "http/server.h"
#include "server_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class EndingServer : public ServerFixture {
  protected:
    void open() {
        Server::Options options;
        options.listener.address = {"127.0.0.1", 0};
        auto opened = Server::open(loop_, options, handler(), counters_);
        ASSERT_TRUE(opened) << opened.error().message;
        server_ = std::move(*opened);
        start({"127.0.0.1", server_->port()});
    }
    Handler handler() {
        return {.answer =
                    [this](const Request&) {
                        Response response;
                        response.body = "{}";
                        response.is_last = ends_;
                        return response;
                    },
                .refusal =
                    [](unsigned status, std::string_view, std::string_view) {
                        Response response;
                        response.status = status;
                        return response;
                    }};
    }
    void close_server() override { server_.reset(); }

    bool is_quiet() {
        bool quiet = false;
        on_loop([this, &quiet] { quiet = server_->is_quiet(); });
        return quiet;
    }
    void wait_until_quiet(bool wanted) {
        const base::TimePoint end = base::Clock::now() + kPatience;
        while (is_quiet() != wanted && base::Clock::now() < end) {
        }
        EXPECT_EQ(is_quiet(), wanted);
    }

    bool ends_ = false;
    ServerCounters counters_;
    std::unique_ptr<Server> server_;
};

TEST_F(EndingServer, an_answer_that_is_the_last_says_so_and_ends_its_connection) {
    ends_ = true;
    open();

    const std::string text = converse(std::string(kGet) + std::string(kGet));

    EXPECT_NE(text.find("Connection: close\r\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("HTTP/1.1 200", 1), std::string::npos) << text;
}

TEST_F(EndingServer, it_is_quiet_unless_a_request_has_begun) {
    open();
    EXPECT_TRUE(is_quiet());
    const auto client = connect();
    write(client, kGet.substr(0, 10));
    wait_until_quiet(false);

    write(client, kGet.substr(10));

    wait_until_quiet(true);  // though the connection is there
}

}  // namespace
}  // namespace ringside::http
