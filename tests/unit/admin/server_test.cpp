#include "admin/server.h"

#include "admin/http_client.h"
#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/socket.h"
#include "test_process.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace ringside::admin {
namespace {

constexpr base::milliseconds kPatience{10'000};

// A server on a free port, and the thread that runs its loop.
class AdminServerTest : public testing::Test {
  protected:
    void open(const AdminLimits& limits = {}, const std::string& path = {}) {
        config::Listen listen;
        listen.address =
            path.empty() ? routing::Address{"127.0.0.1", 0} : routing::Address{path, 0};
        listen.mode = path.empty() ? std::nullopt : std::optional<std::uint32_t>(0600);
        listen.text = routing::to_string(listen.address);
        auto opened = AdminServer::open(loop_, process_.context(), listen, scope_, limits);
        ASSERT_TRUE(opened) << opened.error().message;
        server_ = std::move(*opened);
        address_ = path.empty() ? routing::Address{"127.0.0.1", server_->port()}
                                : routing::Address{path, 0};
        thread_ = std::thread([this] { loop_.run(); });
    }

    void TearDown() override {
        if (thread_.joinable()) {
            on_loop([this] { server_.reset(); });
            loop_.stop();
            thread_.join();
        }
    }

    void on_loop(const std::function<void()>& task) {
        std::promise<void> done;
        loop_.post([&task, &done] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }

    AdminCounters counters() {
        AdminCounters result;
        on_loop([this, &result] { result = server_->counters(); });
        return result;
    }

    // A connected socket that blocks, for up to kPatience.
    io::FileDescriptor connect() const {
        const auto target = io::numeric_address(address_);
        io::FileDescriptor socket(::socket(target->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(socket.get(), target->data(), target->size), 0);
        const timeval patience{kPatience.count() / 1000, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        return socket;
    }

    static void write(const io::FileDescriptor& socket, std::string_view bytes) {
        EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    // What comes until the other side closes.
    static std::string read_all(const io::FileDescriptor& socket) {
        std::string text;
        std::array<char, 4096> chunk;
        for (;;) {
            const ssize_t size = ::recv(socket.get(), chunk.data(), chunk.size(), 0);
            if (size < 0) {
                ADD_FAILURE() << io::system_message("recv", errno);
            }
            if (size <= 0) {
                return text;
            }
            text.append(chunk.data(), static_cast<std::size_t>(size));
        }
    }

    std::string converse(std::string_view bytes) const {
        const io::FileDescriptor socket = connect();
        write(socket, bytes);
        return read_all(socket);
    }

    AdminScope scope_ = AdminScope::everything;
    TestProcess process_;
    io::EventLoop loop_;
    std::unique_ptr<AdminServer> server_;
    routing::Address address_;
    std::thread thread_;
};

TEST_F(AdminServerTest, answers_request_after_request_on_one_connection) {
    open();
    HttpClient client(address_, kPatience);

    for (int i = 0; i < 100; ++i) {
        const auto response = client.send(HttpMethod::get, "/livez");
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "ok");
    }
    const auto head = client.send(HttpMethod::head, "/pools");
    const auto eject = client.send(HttpMethod::post, "/pools/alpha/nodes/10.0.0.1%3A11212/eject");

    ASSERT_TRUE(head && eject);
    EXPECT_EQ(head->status, 200u);
    EXPECT_EQ(head->body, "");
    EXPECT_EQ(eject->status, 200u);
    EXPECT_EQ(counters().requests, 102u);
}

TEST_F(AdminServerTest, answers_a_pipeline_in_its_order) {
    open();

    const std::string answers = converse(
        "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    const auto first = answers.find("HTTP/1.1 200 OK");
    const auto second = answers.find("HTTP/1.1 404 Not Found");
    const auto third = answers.find("HTTP/1.1 503 Service Unavailable");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
}

TEST_F(AdminServerTest, a_request_may_arrive_in_any_pieces) {
    open();
    constexpr std::string_view kRequest =
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    std::mt19937 random(1);
    for (int round = 0; round < 20; ++round) {
        const io::FileDescriptor socket = connect();
        std::string_view rest = kRequest;
        while (!rest.empty()) {
            const std::size_t size = std::min<std::size_t>(rest.size(), random() % 9 + 1);
            write(socket, rest.substr(0, size));
            rest.remove_prefix(size);
        }
        EXPECT_TRUE(read_all(socket).ends_with("\r\n\r\nok"));
    }
}

TEST_F(AdminServerTest, a_refused_request_is_answered_and_the_connection_closed) {
    open();

    const std::string two_hosts =
        converse("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /livez HTTP/1.1\r\n");
    const std::string large_body =
        converse("POST /pools/alpha/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n" +
                 std::string(50'000, 'x'));
    const std::string large_header = converse("GET /" + std::string(20'000, 'x'));

    EXPECT_TRUE(two_hosts.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_NE(two_hosts.find("\"malformed_request\""), std::string::npos);
    EXPECT_EQ(two_hosts.find("200 OK"), std::string::npos);
    EXPECT_TRUE(large_body.starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(large_header.starts_with("HTTP/1.1 431 "));
    EXPECT_EQ(counters().requests_refused, 3u);
    EXPECT_EQ(counters().requests, 0u);
}

TEST_F(AdminServerTest, a_header_that_does_not_end_is_given_up) {
    open({.request_deadline = base::milliseconds(30)});
    const io::FileDescriptor silent = connect();
    const io::FileDescriptor slow = connect();
    write(slow, "GET /livez HTTP/1.1\r\nHost:");

    EXPECT_EQ(read_all(slow), "");
    EXPECT_EQ(read_all(silent), "");

    EXPECT_EQ(counters().timeouts, 2u);
}

TEST_F(AdminServerTest, an_idle_connection_is_closed_and_the_client_connects_anew) {
    open({.idle_deadline = base::milliseconds(30)});
    HttpClient client(address_, kPatience);
    ASSERT_TRUE(client.send(HttpMethod::get, "/livez"));

    // Its own turn to be idle comes after the client's.
    const std::string answer = converse("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto response = client.send(HttpMethod::get, "/livez");

    EXPECT_TRUE(answer.ends_with("\r\n\r\nok"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(counters().timeouts, 2u);
}

TEST_F(AdminServerTest, a_new_connection_displaces_the_one_that_has_been_idle_the_longest) {
    open({.connections_max = 2});
    const io::FileDescriptor longest = connect();
    write(longest, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    HttpClient other(address_, kPatience);
    HttpClient newcomer(address_, kPatience);
    ASSERT_TRUE(other.send(HttpMethod::get, "/livez"));  // behind the answer to the first

    const auto answer = newcomer.send(HttpMethod::get, "/livez");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_TRUE(read_all(longest).ends_with("\r\n\r\nok"));
    EXPECT_EQ(counters().connections_displaced, 1u);
    EXPECT_EQ(counters().connections_refused, 0u);
}

TEST_F(AdminServerTest, halves_of_requests_keep_nobody_out) {
    open({.connections_max = 2});
    const io::FileDescriptor longest = connect();
    write(longest, "GET /livez HTTP/1.1\r\n");
    const io::FileDescriptor other = connect();
    write(other, "GET /livez HTTP/1.1\r\n");
    HttpClient newcomer(address_, kPatience);

    const auto answer = newcomer.send(HttpMethod::get, "/livez");
    write(other, "Host: localhost\r\nConnection: close\r\n\r\n");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(read_all(longest), "");
    EXPECT_TRUE(read_all(other).ends_with("\r\n\r\nok"));
    EXPECT_EQ(counters().connections_displaced, 1u);
}

TEST_F(AdminServerTest, clients_that_leave_at_any_point_do_no_harm) {
    open();
    constexpr std::string_view kRequest =
        "GET /pools/alpha/ring HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (std::size_t size = 0; size <= kRequest.size(); ++size) {
        const io::FileDescriptor socket = connect();
        write(socket, kRequest.substr(0, size));
        const linger reset{1, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }

    HttpClient client(address_, kPatience);
    const auto response = client.send(HttpMethod::get, "/livez");

    EXPECT_TRUE(response) << response.error().message;
}

TEST_F(AdminServerTest, going_away_closes_what_is_open) {
    open();
    const io::FileDescriptor waiting = connect();
    const io::FileDescriptor half_sent = connect();
    write(half_sent, "GET /li");
    HttpClient client(address_, kPatience);
    ASSERT_TRUE(client.send(HttpMethod::get, "/livez"));

    on_loop([this] { server_.reset(); });

    EXPECT_EQ(read_all(waiting), "");
    EXPECT_EQ(read_all(half_sent), "");
    EXPECT_FALSE(client.send(HttpMethod::get, "/livez"));
}

TEST_F(AdminServerTest, listens_on_a_unix_socket_with_its_mode) {
    const std::string path = testing::TempDir() + "admin_" + std::to_string(::getpid()) + ".sock";
    open({}, path);
    HttpClient client(address_, kPatience);

    const auto response = client.send(HttpMethod::get, "/livez");

    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
    EXPECT_TRUE(response) << response.error().message;
    EXPECT_EQ(server_->port(), 0);
}

TEST_F(AdminServerTest, an_address_that_is_taken_is_an_error) {
    open();
    config::Listen listen;
    listen.address = address_;
    listen.text = routing::to_string(address_);
    io::EventLoop other;

    const auto second =
        AdminServer::open(other, process_.context(), listen, AdminScope::everything);

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::io);
}

// --- the statistics, with and without HTTP ---

class StatsServerTest : public AdminServerTest {
  protected:
    StatsServerTest() { scope_ = AdminScope::stats; }

    // Long enough for a request to come first on any machine.
    static constexpr AdminLimits kPatient{.connections_max = 300, .first_byte_deadline = kPatience};
    // Over at once.
    static constexpr AdminLimits kHasty{.connections_max = 300,
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
    HttpClient client(address_, kPatience);

    for (const char* path : {"/pools", "/pools/alpha", "/pools/alpha/ring", "/snapshot"}) {
        EXPECT_EQ(client.send(HttpMethod::get, path)->status, 404U) << path;
    }
    EXPECT_EQ(client.send(HttpMethod::post, "/pools/alpha/refresh")->status, 404U);
    EXPECT_EQ(client.send(HttpMethod::post, "/stats")->status, 405U);
    EXPECT_EQ(client.send(HttpMethod::get, "/livez")->status, 200U);
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
    HttpClient client(address_, kPatience);
    ASSERT_TRUE(client.send(HttpMethod::get, "/"));

    on_loop([this] { server_.reset(); });

    EXPECT_EQ(read_all(waiting), "");
}

}  // namespace
}  // namespace ringside::admin
