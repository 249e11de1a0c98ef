#include "admin/server.h"

#include "http/client.h"
#include "test_process.h"
#include "unit/http/server_fixture.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {
namespace {

using http::kPatience;

// A server on a free port.
class AdminServerTest : public http::ServerFixture {
  protected:
    void open(const http::ServerLimits& limits = {}) {
        config::Listen listen;
        listen.address = {"127.0.0.1", 0};
        auto opened = AdminServer::open(loop_, process_.context(), listen, scope_, {limits});
        ASSERT_TRUE(opened) << opened.error().message;
        server_ = std::move(*opened);
        start({"127.0.0.1", server_->port()});
    }

    void close_server() override { server_.reset(); }

    AdminCounters counters() {
        AdminCounters result;
        on_loop([this, &result] { result = server_->counters(); });
        return result;
    }

    AdminScope scope_ = AdminScope::everything;
    TestProcess process_;
    std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, answers_and_counts_what_the_routes_have) {
    open();
    http::Client client(address_, kPatience);

    const auto head = client.send(http::Method::head, "/pools");
    const auto eject = client.send(http::Method::post, "/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    const auto nowhere = client.send(http::Method::get, "/nowhere");
    const std::string malformed = converse("GET / HTTP/1.1\r\n\r\n");

    ASSERT_TRUE(head && eject && nowhere);
    EXPECT_EQ(head->status, 200U);
    EXPECT_EQ(eject->status, 200U);
    EXPECT_EQ(nowhere->status, 404U);
    EXPECT_TRUE(malformed.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_NE(malformed.find("\"malformed_request\""), std::string::npos);
    EXPECT_EQ(counters().requests, 3U);
    EXPECT_EQ(counters().requests_refused, 1U);
}

TEST_F(AdminServerTest, a_body_that_is_too_large_has_one_code_wherever_that_is_seen) {
    open();
    const auto post = [this](std::string_view path, std::size_t bytes) {
        return converse(
            fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                        path, bytes, std::string(bytes, ' ')));
    };

    for (const std::string& answer :
         {post("/log", kParametersBytesMax + 1), post("/pools/alpha/locate", kKeysBytesMax + 1)}) {
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
        EXPECT_NE(answer.find("\"code\": \"too_large\""), std::string::npos) << answer;
    }
}

TEST_F(AdminServerTest, a_304_varies_by_what_its_200_does) {
    open();
    const auto get = [this](std::string_view more) {
        return converse(
            fmt::format("GET /config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n", more));
    };

    const std::string full = get("");
    const std::string unchanged = get("If-None-Match: *\r\n");

    EXPECT_TRUE(full.starts_with("HTTP/1.1 200 ")) << full;
    EXPECT_TRUE(unchanged.starts_with("HTTP/1.1 304 ")) << unchanged;
    EXPECT_NE(full.find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
    EXPECT_NE(unchanged.find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
}

// --- the statistics, with and without HTTP ---

class StatsServerTest : public AdminServerTest {
  protected:
    StatsServerTest() { scope_ = AdminScope::stats; }

    // Long enough for a request to come first on any machine.
    static constexpr http::ServerLimits kPatient{.connections_max = 300,
                                                 .first_byte_deadline = kPatience};
    // Over at once.
    static constexpr http::ServerLimits kHasty{.connections_max = 300,
                                               .first_byte_deadline = base::milliseconds(1)};

    static void expect_raw(const std::string& text) {
        EXPECT_TRUE(text.starts_with("{\"service\":\"nutcracker\", \"source\":\"")) << text;
        EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    }
};

TEST_F(StatsServerTest, who_sends_nothing_gets_one_line_and_the_end) {
    open(kHasty);

    expect_raw(read_all(connect()));

    EXPECT_EQ(counters().raw_reads, 1U);
    EXPECT_EQ(counters().timeouts, 0U);
}

TEST_F(StatsServerTest, who_sends_a_request_gets_http) {
    open(kPatient);

    for (const char* path : {"/", "/stats", "/?pretty"}) {
        const std::string answer = converse("GET " + std::string(path) +
                                            " HTTP/1.1\r\nHost: cache.example\r\n"
                                            "Connection: close\r\n\r\n");

        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
        const std::size_t body = answer.find("\r\n\r\n");
        ASSERT_NE(body, std::string::npos);
        expect_raw(answer.substr(body + 4));
    }
    EXPECT_EQ(counters().raw_reads, 0U);
}

TEST_F(StatsServerTest, a_request_that_comes_byte_by_byte_is_waited_for) {
    open(kPatient);
    const io::FileDescriptor socket = connect();

    for (const char c :
         std::string_view("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) {
        write(socket, {&c, 1});
    }

    EXPECT_TRUE(read_all(socket).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(StatsServerTest, who_ends_his_side_or_sends_no_http_is_not_waited_for) {
    open(kPatient);
    const io::FileDescriptor ended = connect();
    ::shutdown(ended.get(), SHUT_WR);  // nc -N </dev/null

    expect_raw(read_all(ended));
    for (const char* bytes : {"\n", "stats\r\n", "\x16\x03\x01"}) {
        const io::FileDescriptor socket = connect();
        write(socket, bytes);
        ::shutdown(socket.get(), SHUT_WR);
        expect_raw(read_all(socket));
    }

    EXPECT_EQ(counters().raw_reads, 4U);
}

TEST_F(StatsServerTest, nothing_can_be_changed_and_nothing_else_be_read) {
    open(kPatient);
    http::Client client(address_, kPatience);

    for (const char* path : {"/pools", "/pools/alpha", "/pools/alpha/ring", "/snapshot"}) {
        EXPECT_EQ(client.send(http::Method::get, path)->status, 404U) << path;
    }
    EXPECT_EQ(client.send(http::Method::post, "/pools/alpha/refresh")->status, 404U);
    EXPECT_EQ(client.send(http::Method::post, "/stats")->status, 405U);
    EXPECT_EQ(client.send(http::Method::get, "/livez")->status, 200U);
}

TEST_F(StatsServerTest, one_connection_too_many_is_told_so) {
    open({.connections_max = 1, .first_byte_deadline = kPatience});
    const io::FileDescriptor waits = connect();  // for its raw statistics

    EXPECT_TRUE(read_all(connect()).starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(counters().connections_refused, 1U);
}

TEST_F(StatsServerTest, two_hundred_raw_readers_at_a_time_all_get_the_line) {
    open(kHasty);
    std::vector<io::FileDescriptor> sockets;
    for (int i = 0; i < 200; ++i) {
        sockets.push_back(connect());
    }

    for (const io::FileDescriptor& socket : sockets) {
        expect_raw(read_all(socket));
    }
    EXPECT_EQ(counters().raw_reads, 200U);
}

TEST_F(StatsServerTest, going_away_ends_those_who_wait_without_an_answer) {
    open(kPatient);
    const io::FileDescriptor waiting = connect();
    http::Client client(address_, kPatience);
    ASSERT_TRUE(client.send(http::Method::get, "/"));

    on_loop([this] { server_.reset(); });

    EXPECT_EQ(read_all(waiting), "");
}

}  // namespace
}  // namespace ringside::admin
