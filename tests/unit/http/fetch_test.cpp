#include "http/fetch.h"

#include "http/server.h"
#include "io/file_descriptor.h"
#include "io/listener.h"
#include "tls_fixture.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::http {
namespace {

using base::milliseconds;

constexpr milliseconds kPatience{10'000};

struct Outcome {
    unsigned status = 0;
    std::string body;
    std::optional<base::Status> end;

    std::string problem() const {
        if (!end) {
            return "no end";
        }
        return *end ? std::string() : end->error().message;
    }
};

class FetchTest : public ::testing::Test {
  protected:
    // Serves what it was asked for: the path, or the body.
    routing::Address open_server(std::optional<TlsSettings> tls = std::nullopt) {
        Server::Options options;
        options.listener.address = {"127.0.0.1", 0};
        options.tls = std::move(tls);
        Handler handler;
        handler.answer = [this](const Request& request) {
            ++counters_.requests;
            asked_host_ = request.host.value_or("");
            Response response;
            response.status = request.path == "/missing" ? 404 : 200;
            response.body = request.path == "/large" ? std::string(1'000'000, 'x')
                                                     : request.path + request.body;
            return response;
        };
        handler.refusal = [](unsigned status, std::string_view, std::string_view) {
            Response response;
            response.status = status;
            return response;
        };
        auto opened = Server::open(loop_, options, std::move(handler), counters_);
        EXPECT_TRUE(opened) << opened.error().message;
        server_ = std::move(*opened);
        return {"127.0.0.1", server_->port()};
    }

    // A peer that says these bytes to whoever comes, and then nothing.
    routing::Address open_peer(std::string says) {
        io::Listener::Options options;
        options.address = {"127.0.0.1", 0};
        auto opened = io::Listener::open(loop_, options, [this, says = std::move(says)](int fd) {
            ::send(fd, says.data(), says.size(), MSG_NOSIGNAL);
            accepted_.emplace_back(fd);
        });
        EXPECT_TRUE(opened);
        peer_ = std::move(*opened);
        return {"127.0.0.1", peer_->port()};
    }

    Outcome fetch(Fetch::Request request) {
        Outcome outcome;
        fetch_ = std::make_unique<Fetch>(
            loop_, std::move(request),
            Fetch::Events{
                .on_head = [&](const ResponseHead& head) { outcome.status = head.status; },
                .on_body = [&](std::string_view bytes) { outcome.body += bytes; },
                .on_end =
                    [&](base::Status status) {
                        outcome.end.emplace(std::move(status));
                        fetch_.reset();
                        loop_.stop();
                    }});
        EXPECT_FALSE(outcome.end) << "ended inside the constructor";
        run_for(kPatience);
        return outcome;
    }

    void run_for(milliseconds limit) {
        io::EventLoop::Timer patience(loop_);
        patience.arm(base::Clock::now() + limit, [this] { loop_.stop(); });
        loop_.run();
    }

    Fetch::Request request_to(const routing::Address& address, std::string target = "/pools") {
        Fetch::Request request;
        request.addresses = {address};
        request.host = "cache.test";
        request.target = std::move(target);
        return request;
    }

    TlsContext& client_of(const TlsSettings& settings) {
        auto opened = TlsContext::open(TlsContext::Side::client, settings);
        EXPECT_TRUE(opened) << opened.error().message;
        client_ = std::move(*opened);
        return *client_;
    }

    io::EventLoop loop_;
    ServerCounters counters_;
    std::string asked_host_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<io::Listener> peer_;
    std::vector<io::FileDescriptor> accepted_;
    std::unique_ptr<TlsContext> client_;
    std::unique_ptr<Fetch> fetch_;
};

TEST_F(FetchTest, brings_the_answer_in_the_clear) {
    Fetch::Request request = request_to(open_server());
    request.method = Method::post;
    request.body = " with a body";

    const Outcome outcome = fetch(request);

    EXPECT_EQ(outcome.problem(), "");
    EXPECT_EQ(outcome.status, 200U);
    EXPECT_EQ(outcome.body, "/pools with a body");
}

TEST_F(FetchTest, says_whom_it_asks_with_the_port_and_puts_an_ipv6_address_into_brackets) {
    const routing::Address address = open_server();
    Fetch::Request request = request_to(address);

    EXPECT_EQ(fetch(request).problem(), "");
    EXPECT_EQ(asked_host_, "cache.test:" + std::to_string(address.port));
    request.host = "fd00::1";
    EXPECT_EQ(fetch(request).problem(), "");

    EXPECT_EQ(asked_host_, "[fd00::1]:" + std::to_string(address.port));
}

TEST_F(FetchTest, brings_small_and_large_answers_with_tls) {
    const TlsFiles files;
    const routing::Address address = open_server(files.server());
    for (const char* host : {"cache.test", "127.0.0.1"}) {
        for (const char* target : {"/pools", "/large", "/missing"}) {
            Fetch::Request request = request_to(address, target);
            request.host = host;
            request.tls = &client_of(files.client());

            const Outcome outcome = fetch(request);

            EXPECT_EQ(outcome.problem(), "") << host << target;
            EXPECT_EQ(outcome.body.size(),
                      std::string_view(target) == "/large" ? 1'000'000 : outcome.body.size());
            EXPECT_EQ(outcome.status, std::string_view(target) == "/missing" ? 404U : 200U);
        }
    }
}

TEST_F(FetchTest, who_cannot_prove_its_name_is_not_told_anything) {
    const TlsFiles files;
    const TlsFiles strangers;
    const routing::Address address = open_server(files.server());
    Fetch::Request request = request_to(address);

    request.tls = &client_of(strangers.client());
    EXPECT_TRUE(fetch(request).problem().starts_with("tls: certificate of the other side: "));
    request.tls = &client_of(files.client());
    request.host = "other.test";
    EXPECT_EQ(fetch(request).problem(), "tls: certificate of the other side: hostname mismatch");
    request.host = "127.0.0.2";
    EXPECT_EQ(fetch(request).problem(), "tls: certificate of the other side: IP address mismatch");

    EXPECT_EQ(counters_.requests, 0U);
}

// Who may sign a name of a person or a device into the subject may not sign a host by that.
TEST_F(FetchTest, the_subject_of_a_certificate_proves_no_host) {
    const TlsFiles files;
    const routing::Address address = open_server(
        files.write_identity("server", files.authority().sign_without_hosts("cache.test")));
    Fetch::Request request = request_to(address);
    request.tls = &client_of(files.client());

    EXPECT_EQ(fetch(request).problem(), "tls: certificate of the other side: hostname mismatch");
    EXPECT_EQ(counters_.requests, 0U);
}

TEST_F(FetchTest, another_name_can_be_demanded_and_none_as_well) {
    const TlsFiles files;
    const routing::Address address = open_server(files.server("DNS:inside.test"));
    Fetch::Request request = request_to(address);
    TlsSettings renamed = files.client();
    renamed.server_name = "inside.test";
    TlsSettings trusting;
    trusting.verify = false;
    trusting.ca_file = "/nonexistent/ca.pem";

    for (const TlsSettings& settings : {renamed, trusting}) {
        request.tls = &client_of(settings);
        EXPECT_EQ(fetch(request).problem(), "");
    }
}

TEST_F(FetchTest, a_server_that_demands_certificates_takes_only_its_own_clients) {
    const TlsFiles files;
    TlsSettings demanding = files.server();
    demanding.ca_file = files.client().ca_file;
    const routing::Address address = open_server(demanding);
    TlsSettings known = files.write_identity("client", files.authority().sign("DNS:app.test"));
    known.ca_file = files.client().ca_file;
    Fetch::Request request = request_to(address);

    request.tls = &client_of(known);
    EXPECT_EQ(fetch(request).problem(), "");
    request.tls = &client_of(files.client());
    EXPECT_NE(fetch(request).problem(), "");

    EXPECT_EQ(counters_.requests, 1U);
}

TEST_F(FetchTest, a_replaced_certificate_is_the_next_ones_own) {
    const TlsFiles files;
    const routing::Address address = open_server(files.server());
    Fetch::Request request = request_to(address);
    request.host = "renewed.test";
    request.tls = &client_of(files.client());
    ASSERT_NE(fetch(request).problem(), "");

    files.server("DNS:renewed.test");

    EXPECT_EQ(fetch(request).problem(), "");
}

TEST_F(FetchTest, each_thing_that_does_not_come_in_time_is_named) {
    const TlsFiles files;
    Fetch::Request silent = request_to(open_peer(""));
    silent.timeout = milliseconds(30);
    Fetch::Request silent_tls = silent;
    silent_tls.tls = &client_of(files.client());
    for (const Fetch::Request& request : {silent, silent_tls}) {
        const Outcome outcome = fetch(request);
        EXPECT_EQ(outcome.problem(), "no answer within 30 ms");
        EXPECT_EQ(outcome.end->error().code, base::Errc::timed_out);
    }
    Fetch::Request stuck =
        request_to(open_peer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
    stuck.silence_max = milliseconds(30);
    const Outcome outcome = fetch(stuck);
    EXPECT_EQ(outcome.body, "half");
    EXPECT_EQ(outcome.problem(), "no more within 30 ms");
}

TEST_F(FetchTest, an_answer_that_is_too_long_malformed_or_cut_short_is_told) {
    Fetch::Request too_long = request_to(open_server(), "/large");
    too_long.body_bytes_max = 1000;
    EXPECT_EQ(fetch(too_long).problem(), "the answer is longer than 1000 bytes");

    EXPECT_EQ(fetch(request_to(open_peer("SSH-2.0-OpenSSH_9.2\r\n"))).problem().substr(0, 16),
              "no HTTP response");
    Fetch::Request nobody = request_to({"/nonexistent/socket", 0});
    EXPECT_EQ(fetch(nobody).problem(), "connect: No such file or directory");
}

TEST_F(FetchTest, says_nothing_once_it_is_destroyed) {
    const TlsFiles files;
    const routing::Address address = open_server(files.server());
    Fetch::Request request = request_to(address);
    request.tls = &client_of(files.client());
    bool called = false;
    for (int turns = 0; turns < 20; ++turns) {
        auto asked = std::make_unique<Fetch>(
            loop_, request, Fetch::Events{.on_end = [&called](base::Status) { called = true; }});
        // After so many turns of the loop.
        std::function<void(int)> after = [&](int left) {
            if (left == 0) {
                asked.reset();
                loop_.stop();
                return;
            }
            loop_.post([&after, left] { after(left - 1); });
        };
        after(turns % 5);
        run_for(milliseconds(100));
        asked.reset();
    }
    run_for(milliseconds(20));
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace ringside::http
