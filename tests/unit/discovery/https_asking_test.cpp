#include "discovery/https_asking.h"

#include "http/server.h"
#include "integration/support/temporary_directory.h"
#include "io/file_descriptor.h"
#include "io/listener.h"
#include "loop_harness.h"
#include "support/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HttpsAskingTest : public ::testing::Test, public LoopHarness {
  protected:
    HttpsAskingTest() {
        const testing::Authority authority;
        const testing::Identity identity = authority.sign("DNS:api.test");
        http::Server::Options options;
        options.listener.address = {"127.0.0.1", 0};
        options.tls.emplace();
        options.tls->cert_file = folder.write("server.crt", identity.certificate);
        options.tls->key_file = folder.write("server.key", identity.key);
        folder.write("ca.crt", authority.certificate());
        folder.write("token", "secret\n");
        http::Handler handler;
        handler.answer = [this](const http::Request& request) {
            asked.push_back(request.path);
            http::Response response;
            response.status = status;
            response.body = body;
            return response;
        };
        handler.refusal = [](unsigned code, std::string_view, std::string_view) {
            http::Response response;
            response.status = code;
            return response;
        };
        auto opened = http::Server::open(loop, options, std::move(handler), counters);
        EXPECT_TRUE(opened) << opened.error().message;
        server = std::move(*opened);
    }

    HttpsQuestion question(bool stays = false) const {
        return {.addresses = {{"127.0.0.1", server->port()}},
                .host = "api.test",
                .target = "/slices?watch=1",
                .token_file = folder.file("token"),
                .tls = {.ca_file = folder.file("ca.crt")},
                .timeout = milliseconds(10'000),
                .body_bytes_max = 1000,
                .stays = stays};
    }
    void ask(HttpsQuestion about) {
        end.reset();
        asking.emplace(
            loop, std::move(about),
            HttpsAsking::Events{.on_part = [this](PartCame part) { parts.push_back(part.bytes); },
                                .on_end =
                                    [this](Answered answer) {
                                        end = std::move(answer);
                                        asking.reset();
                                        happened();
                                    }});
        EXPECT_FALSE(end) << "ended inside the constructor";
        run_until_happened();
    }
    std::string problem() const { return end->bytes ? "" : end->bytes.error().message; }

    testing::TemporaryDirectory folder;
    http::ServerCounters counters;
    std::unique_ptr<http::Server> server;
    unsigned status = 200;
    std::string body = "an answer";
    std::vector<std::string> asked;
    std::vector<std::string> parts;
    std::optional<Answered> end;
    std::optional<HttpsAsking> asking;
};

TEST_F(HttpsAskingTest, brings_a_whole_answer_with_its_status) {
    ask(question());
    EXPECT_EQ(*end->bytes, "an answer");
    EXPECT_EQ(end->status, 200U);

    status = 403;
    ask(question());
    EXPECT_EQ(*end->bytes, "an answer");
    EXPECT_EQ(end->status, 403U);

    EXPECT_THAT(parts, IsEmpty());
    EXPECT_THAT(asked, ElementsAre("/slices", "/slices"));
}

TEST_F(HttpsAskingTest, an_answer_that_stays_comes_in_parts_and_a_refusal_as_a_whole) {
    ask(question(true));
    std::string all;
    for (const std::string& part : parts) {
        all += part;
    }
    EXPECT_EQ(all, "an answer");
    EXPECT_EQ(*end->bytes, "");
    parts.clear();

    status = 410;
    ask(question(true));
    EXPECT_EQ(*end->bytes, "an answer");
    EXPECT_EQ(end->status, 410U);
    EXPECT_THAT(parts, IsEmpty());
}

TEST_F(HttpsAskingTest, nobody_is_asked_without_a_token_or_an_authority) {
    HttpsQuestion without_token = question();
    without_token.token_file = folder.file("none");
    ask(without_token);
    EXPECT_THAT(problem(), EndsWith("none: cannot be read: No such file or directory"));

    HttpsQuestion pipe = question();
    pipe.token_file = folder.file("pipe");
    ASSERT_EQ(::mkfifo(pipe.token_file.c_str(), 0600), 0);
    ask(pipe);
    EXPECT_THAT(problem(), EndsWith("pipe: cannot be read: it is no regular file"));

    folder.write("token", "two\nlines\n");
    ask(question());
    EXPECT_THAT(problem(), EndsWith("token: holds no token"));

    HttpsQuestion without_authority = question();
    without_authority.tls.ca_file = folder.file("none");
    ask(without_authority);
    EXPECT_THAT(problem(), HasSubstr("ca_file"));

    EXPECT_THAT(asked, IsEmpty());
}

TEST_F(HttpsAskingTest, who_cannot_prove_to_be_the_host_is_told_nothing) {
    HttpsQuestion other = question();
    other.host = "other.test";

    ask(other);

    EXPECT_THAT(problem(), HasSubstr("tls: certificate of the other side: hostname mismatch"));
    EXPECT_EQ(end->status, 0U);
    EXPECT_THAT(asked, IsEmpty());
}

TEST_F(HttpsAskingTest, an_answer_that_is_too_long_is_refused) {
    body = std::string(1001, 'x');

    ask(question());

    EXPECT_THAT(problem(), EndsWith("the answer is longer than 1000 bytes"));
}

TEST_F(HttpsAskingTest, a_silent_server_is_given_up) {
    io::Listener::Options options;
    options.address = {"127.0.0.1", 0};
    std::vector<io::FileDescriptor> accepted;
    auto silent =
        io::Listener::open(loop, options, [&accepted](int fd) { accepted.emplace_back(fd); });
    ASSERT_TRUE(silent);
    for (const bool stays : {false, true}) {
        HttpsQuestion about = question(stays);
        about.addresses = {{"127.0.0.1", (*silent)->port()}};
        about.timeout = milliseconds(50);

        ask(about);

        EXPECT_THAT(problem(), EndsWith("answer within 50 ms"));
    }
}

TEST_F(HttpsAskingTest, nothing_is_told_after_its_end) {
    asking.emplace(
        loop, question(true),
        HttpsAsking::Events{.on_part =
                                [this](const PartCame& part) {
                                    parts.push_back(part.bytes);
                                    asking.reset();  // in its own call
                                    happened();
                                },
                            .on_end = [this](Answered answer) { end = std::move(answer); }});
    run_until_happened();
    run_for(milliseconds(50));

    EXPECT_EQ(parts.size(), 1U);
    EXPECT_FALSE(end);
}

}  // namespace
}  // namespace ringside::discovery
