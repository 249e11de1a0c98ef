#include "http/server.h"

#include "http/client.h"
#include "server_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace ringside::http {
namespace {

constexpr std::size_t kLargeBytes = 1'000'000;

Response text_response(unsigned status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

// More than the buffers of two sockets hold.
const std::string kManyLarge = [] {
    std::string requests;
    for (int i = 0; i < 30; ++i) {
        requests += "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    return requests;
}();
constexpr std::string_view kLastLivez =
    "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

// A server that knows three paths.
class HttpServer : public ServerFixture {
  protected:
    void open(const ServerLimits& limits = {}, const std::string& path = {}) {
        Server::Options options;
        options.limits = limits;
        options.listener.address =
            path.empty() ? routing::Address{"127.0.0.1", 0} : routing::Address{path, 0};
        options.listener.mode = path.empty() ? std::nullopt : std::optional<std::uint32_t>(0600);
        auto opened = Server::open(loop_, options, handler(), counters_);
        ASSERT_TRUE(opened) << opened.error().message;
        server_ = std::move(*opened);
        start(path.empty() ? routing::Address{"127.0.0.1", server_->port()}
                           : routing::Address{path, 0});
    }

    Handler handler() {
        return {
            .answer =
                [this](const Request& request) {
                    ++counters_.requests;
                    if (request.path == "/later") {
                        Response response;
                        response.later = later_;
                        return response;
                    }
                    if (request.path == "/stream") {
                        Response response;
                        response.content_type = "text/event-stream";
                        response.stream = stream_;
                        return response;
                    }
                    if (request.path == "/large") {
                        return text_response(200, std::string(kLargeBytes, 'x'));
                    }
                    return request.path == "/livez" ? text_response(200, "ok")
                                                    : text_response(404, request.path);
                },
            .refusal = [](unsigned status, std::string_view code,
                          std::string_view) { return text_response(status, std::string(code)); },
            .on_later = [this](const Request& request,
                               const Response& response) { told_ = request.path + response.body; }};
    }
    // Until so many requests have reached the handler.
    void wait_for_requests(std::uint64_t count) {
        for (bool have_come = false; !have_come;) {
            on_loop([&] { have_come = counters_.requests >= count; });
        }
    }

    void close_server() override { server_.reset(); }

    const std::shared_ptr<LaterResponse> later_ = std::make_shared<LaterResponse>();
    const std::shared_ptr<BodyStream> stream_ = std::make_shared<BodyStream>();
    std::string told_;  // of an answer that has taken time

    ServerCounters counters() {
        ServerCounters result;
        on_loop([this, &result] { result = counters_; });
        return result;
    }

    ServerCounters counters_;
    std::unique_ptr<Server> server_;
};

TEST_F(HttpServer, an_answer_that_takes_time_holds_up_nobody_else) {
    open({.request_deadline = base::milliseconds(50), .idle_deadline = base::milliseconds(50)});
    const io::FileDescriptor waits = connect();
    write(waits,
          "POST /later HTTP/1.1\r\nHost: a\r\n\r\n"
          "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    wait_for_requests(1);

    EXPECT_THAT(converse("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                testing::EndsWith("ok"));
    EXPECT_EQ(converse(""), "") << "a connection that is idle ends meanwhile";
    on_loop([this] { later_->give(text_response(200, "at last")); });

    const std::string answers = read_all(waits);
    EXPECT_THAT(answers, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answers, testing::HasSubstr("\r\n\r\nat last"));
    EXPECT_THAT(answers, testing::EndsWith("ok")) << "the next request of the connection";
    EXPECT_EQ(told_, "/laterat last");
}

TEST_F(HttpServer, can_end_while_an_answer_takes_time) {
    open();
    const io::FileDescriptor waits = connect();
    write(waits, "POST /later HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for_requests(1);

    on_loop([this] { server_.reset(); });
    EXPECT_EQ(read_all(waits), "");
    on_loop([this] { later_->give(text_response(200, "too late")); });
}

TEST_F(HttpServer, a_body_may_come_piece_by_piece_until_its_writer_ends_it) {
    open({.request_deadline = base::milliseconds(50), .idle_deadline = base::milliseconds(50)});
    const io::FileDescriptor reader = connect();
    write(reader, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for_requests(1);

    on_loop([this] { stream_->give("one "); });
    EXPECT_THAT(converse("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                testing::EndsWith("ok"));
    EXPECT_EQ(converse(""), "") << "a connection that is idle ends meanwhile";
    on_loop([this] {
        stream_->give("two ");
        stream_->give("three");
        stream_->end();
    });

    const std::string answer = read_all(reader);
    EXPECT_THAT(answer, testing::HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_THAT(answer, testing::HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, testing::Not(testing::HasSubstr("Content-Length")));
    EXPECT_THAT(answer, testing::EndsWith("\r\n\r\none two three"));
}

TEST_F(HttpServer, who_leaves_ends_his_stream) {
    open();
    {
        const io::FileDescriptor reader = connect();
        write(reader, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        wait_for_requests(1);
    }

    for (bool has_ended = false; !has_ended;) {  // the second write at the latest finds out
        on_loop([&] {
            stream_->give("anybody there?");
            has_ended = stream_->is_ended();
        });
    }
}

TEST_F(HttpServer, can_end_while_a_body_goes_on) {
    open();
    const io::FileDescriptor reader = connect();
    write(reader, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for_requests(1);

    on_loop([this] { server_.reset(); });
    EXPECT_THAT(read_all(reader), testing::EndsWith("\r\n\r\n"));
    on_loop([this] { stream_->give("too late"); });
}

TEST_F(HttpServer, answers_request_after_request_on_one_connection) {
    open();
    Client client(address_, kPatience);

    for (int i = 0; i < 100; ++i) {
        const auto response = client.send(Method::get, "/livez");
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "ok");
    }
    const auto head = client.send(Method::head, "/livez");
    const auto large = client.send(Method::post, "/large");

    ASSERT_TRUE(head && large);
    EXPECT_EQ(head->status, 200u);
    EXPECT_EQ(head->body, "");
    EXPECT_EQ(large->body.size(), 1'000'000u);
    EXPECT_EQ(counters().requests, 102u);
}

TEST_F(HttpServer, answers_a_pipeline_in_its_order) {
    open();

    const std::string answers = converse(
        "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    const auto first = answers.find("HTTP/1.1 200 OK");
    const auto second = answers.find("HTTP/1.1 404 Not Found");
    const auto third = answers.find("Content-Length: 1000000");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
}

TEST_F(HttpServer, a_request_may_arrive_in_any_pieces) {
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

TEST_F(HttpServer, a_refused_request_is_answered_and_the_connection_closed) {
    open();

    const std::string two_hosts =
        converse("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /livez HTTP/1.1\r\n");
    const std::string large_body =
        converse("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n" +
                 std::string(50'000, 'x'));
    const std::string large_header = converse("GET /" + std::string(20'000, 'x'));

    EXPECT_TRUE(two_hosts.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_NE(two_hosts.find("malformed_request"), std::string::npos);
    EXPECT_EQ(two_hosts.find("200 OK"), std::string::npos);
    EXPECT_TRUE(large_body.starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(large_header.starts_with("HTTP/1.1 431 "));
    EXPECT_EQ(counters().requests_refused, 3u);
    EXPECT_EQ(counters().requests, 0u);
}

TEST_F(HttpServer, a_header_that_does_not_end_is_given_up) {
    open({.request_deadline = base::milliseconds(30)});
    const io::FileDescriptor silent = connect();
    const io::FileDescriptor slow = connect();
    write(slow, "GET /livez HTTP/1.1\r\nHost:");

    EXPECT_EQ(read_all(slow), "");
    EXPECT_EQ(read_all(silent), "");

    EXPECT_EQ(counters().timeouts, 2u);
}

TEST_F(HttpServer, an_idle_connection_is_closed_and_the_client_connects_anew) {
    open({.idle_deadline = base::milliseconds(30)});
    Client client(address_, kPatience);
    ASSERT_TRUE(client.send(Method::get, "/livez"));

    // Its own turn to be idle comes after the client's.
    const std::string answer = converse("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto response = client.send(Method::get, "/livez");

    EXPECT_TRUE(answer.ends_with("\r\n\r\nok"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(counters().timeouts, 2u);
}

TEST_F(HttpServer, a_new_connection_displaces_the_one_that_has_been_idle_the_longest) {
    open({.connections_max = 2});
    const io::FileDescriptor longest = connect();
    write(longest, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    Client other(address_, kPatience);
    Client newcomer(address_, kPatience);
    ASSERT_TRUE(other.send(Method::get, "/livez"));  // behind the answer to the first

    const auto answer = newcomer.send(Method::get, "/livez");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_TRUE(read_all(longest).ends_with("\r\n\r\nok"));
    EXPECT_EQ(counters().connections_displaced, 1u);
    EXPECT_EQ(counters().connections_refused, 0u);
}

TEST_F(HttpServer, halves_of_requests_keep_nobody_out) {
    open({.connections_max = 2});
    const io::FileDescriptor longest = connect();
    write(longest, "GET /livez HTTP/1.1\r\n");
    const io::FileDescriptor other = connect();
    write(other, "GET /livez HTTP/1.1\r\n");
    Client newcomer(address_, kPatience);

    const auto answer = newcomer.send(Method::get, "/livez");
    write(other, "Host: localhost\r\nConnection: close\r\n\r\n");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(read_all(longest), "");
    EXPECT_TRUE(read_all(other).ends_with("\r\n\r\nok"));
    EXPECT_EQ(counters().connections_displaced, 1u);
}

TEST_F(HttpServer, clients_that_never_read_keep_nobody_out) {
    open({.connections_max = 2, .displaceable_lag = base::milliseconds(20)});
    const std::array<io::FileDescriptor, 2> silent{connect(), connect()};
    for (const io::FileDescriptor& each : silent) {
        write(each, kManyLarge);
    }
    wait_for_requests(2);

    bool answered = false;
    for (const auto end = base::Clock::now() + kPatience; !answered && base::Clock::now() < end;) {
        const io::FileDescriptor newcomer = connect();
        write(newcomer, kLastLivez);
        std::array<char, 15> begin{};
        ::recv(newcomer.get(), begin.data(), begin.size(), MSG_WAITALL);
        answered = std::string_view(begin.data(), begin.size()) == "HTTP/1.1 200 OK";
    }

    EXPECT_TRUE(answered);
    EXPECT_GE(counters().connections_displaced, 1u);
    EXPECT_EQ(counters().timeouts, 0u);
}

TEST_F(HttpServer, who_has_just_come_is_not_displaced_before_who_never_reads) {
    open({.connections_max = 3, .displaceable_lag = base::milliseconds(20)});
    const std::array<io::FileDescriptor, 3> silent{connect(), connect(), connect()};
    for (const io::FileDescriptor& each : silent) {
        write(each, kManyLarge);
    }
    wait_for_requests(3);
    // One of them goes, so the others, which came with it, lag by now, too.
    for (const auto end = base::Clock::now() + kPatience;
         counters().connections_displaced == 0 && base::Clock::now() < end;) {
        const io::FileDescriptor newcomer = connect();
        write(newcomer, kLastLivez);
        std::array<char, 15> begin{};
        ::recv(newcomer.get(), begin.data(), begin.size(), MSG_WAITALL);
    }

    const io::FileDescriptor fresh = connect();
    const io::FileDescriptor next = connect();
    write(next, kLastLivez);
    read_all(next);
    write(fresh, kLastLivez);

    EXPECT_THAT(read_all(fresh), testing::StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServer, what_slow_readers_hold_is_limited_and_they_make_room) {
    open({.connections_max = 8,
          .held_bytes_max = 2 * kLargeBytes,
          .displaceable_lag = base::milliseconds(20)});
    std::vector<io::FileDescriptor> slow;
    for (int i = 0; i < 3; ++i) {
        slow.push_back(connect());
        write(slow.back(), "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
        wait_for_requests(static_cast<std::uint64_t>(i) + 1);
    }

    bool answered = false;
    for (const auto end = base::Clock::now() + kPatience; !answered && base::Clock::now() < end;) {
        const io::FileDescriptor newcomer = connect();
        write(newcomer, "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        answered = read_all(newcomer).size() > kLargeBytes;
    }

    EXPECT_TRUE(answered);
    EXPECT_GE(counters().connections_displaced + counters().requests_refused, 1u);
    EXPECT_TRUE(Client(address_, kPatience).send(Method::get, "/livez"));
}

TEST_F(HttpServer, what_others_read_refuses_no_small_answer) {
    open({.held_bytes_max = kLargeBytes / 2});  // a body that is alone may be larger
    const io::FileDescriptor slow = connect();
    write(slow, kManyLarge);
    wait_for_requests(1);

    for (int i = 0; i < 3; ++i) {
        const auto answer = Client(address_, kPatience).send(Method::get, "/livez");
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200u);
    }
    const auto refused = Client(address_, kPatience).send(Method::get, "/large");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503u);
}

TEST_F(HttpServer, who_owes_half_a_request_goes_before_who_has_just_come) {
    open({.connections_max = 2, .displaceable_lag = base::milliseconds(0)});
    const io::FileDescriptor half = connect();
    write(half, "GET /livez HTTP/1.1\r\n");
    std::this_thread::sleep_for(base::milliseconds(50));  // it is read by then
    const io::FileDescriptor fresh = connect();
    write(half, "A: b\r\n");
    Client newcomer(address_, kPatience);

    ASSERT_TRUE(newcomer.send(Method::get, "/livez"));
    write(fresh, kLastLivez);

    EXPECT_TRUE(read_all(fresh).ends_with("\r\n\r\nok"));
}

TEST_F(HttpServer, nobody_is_displaced_whose_answer_is_in_the_making_or_on_its_way) {
    open({.connections_max = 2, .displaceable_lag = kPatience});
    const io::FileDescriptor waits = connect();
    write(waits, "POST /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const io::FileDescriptor reads = connect();
    write(reads, kManyLarge + std::string(kLastLivez));
    wait_for_requests(2);

    const std::string newcomer = converse("");
    on_loop([this] { later_->give(text_response(200, "at last")); });

    EXPECT_THAT(newcomer, testing::StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(read_all(waits), testing::EndsWith("at last"));
    EXPECT_THAT(read_all(reads), testing::EndsWith("ok"));
    EXPECT_EQ(counters().connections_displaced, 0u);
}

// The rest of one that came behind another is not waited for any longer than a first one's.
TEST_F(HttpServer, the_next_of_a_pipeline_that_does_not_end_is_given_up) {
    open({.request_deadline = base::milliseconds(30), .idle_deadline = kPatience});
    const io::FileDescriptor slow = connect();
    write(slow, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /");

    EXPECT_TRUE(read_all(slow).ends_with("\r\n\r\nok"));

    EXPECT_EQ(counters().timeouts, 1u);
}

TEST_F(HttpServer, refused_connections_that_stay_keep_nobody_out) {
    open({.connections_max = 2});
    std::array<io::FileDescriptor, 2> refused{connect(), connect()};
    for (const io::FileDescriptor& each : refused) {
        write(each, "x\r\n\r\n");
        std::array<char, 4096> answer;
        EXPECT_GT(::recv(each.get(), answer.data(), answer.size(), 0), 0);
    }
    Client newcomer(address_, kPatience);

    const auto answer = newcomer.send(Method::get, "/livez");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(counters().connections_displaced, 1u);
}

TEST_F(HttpServer, clients_that_leave_at_any_point_do_no_harm) {
    open();
    constexpr std::string_view kRequest = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (std::size_t size = 0; size <= kRequest.size(); ++size) {
        const io::FileDescriptor socket = connect();
        write(socket, kRequest.substr(0, size));
        const linger reset{1, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }

    Client client(address_, kPatience);
    const auto response = client.send(Method::get, "/livez");

    EXPECT_TRUE(response) << response.error().message;
}

TEST_F(HttpServer, going_away_closes_what_is_open) {
    open();
    const io::FileDescriptor waiting = connect();
    const io::FileDescriptor half_sent = connect();
    write(half_sent, "GET /li");
    Client client(address_, kPatience);
    ASSERT_TRUE(client.send(Method::get, "/livez"));

    on_loop([this] { server_.reset(); });

    EXPECT_EQ(read_all(waiting), "");
    EXPECT_EQ(read_all(half_sent), "");
    EXPECT_FALSE(client.send(Method::get, "/livez"));
}

TEST_F(HttpServer, listens_on_a_unix_socket_with_its_mode) {
    const std::string path = testing::TempDir() + "http_" + std::to_string(::getpid()) + ".sock";
    open({}, path);
    Client client(address_, kPatience);

    const auto response = client.send(Method::get, "/livez");

    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
    EXPECT_TRUE(response) << response.error().message;
    EXPECT_EQ(server_->port(), 0);
}

TEST_F(HttpServer, an_address_that_is_taken_is_an_error) {
    open();
    io::EventLoop other;
    ServerCounters counters;

    Server::Options options;
    options.listener.address = address_;

    const auto second = Server::open(other, options, handler(), counters);

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::io);
}

}  // namespace
}  // namespace ringside::http
