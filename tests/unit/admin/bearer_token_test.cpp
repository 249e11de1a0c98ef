// The token of the admin API, in files as people and Kubernetes write them.
#include "admin/bearer_token.h"

#include "integration/support/temporary_directory.h"
#include "support/captured_log.h"
#include "test_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace ringside::admin {
namespace {

using ringside::testing::TemporaryDirectory;
using ::testing::HasSubstr;

class BearerTokenTest : public ::testing::Test {
  protected:
    std::string write(const std::string& text, mode_t mode = 0600) {
        const std::string path = directory_.write("token", text);
        ::chmod(path.c_str(), mode);
        return path;
    }
    std::string problem_with(const std::string& text, mode_t mode = 0600) {
        const auto token = BearerToken::open(write(text, mode));
        return token ? "" : token.error().message;
    }

    TemporaryDirectory directory_;
};

TEST_F(BearerTokenTest, who_shows_it_is_known_and_nobody_else) {
    BearerToken token = *BearerToken::open(write("s3cret\n"));

    for (const char* shown : {"Bearer s3cret", "bearer s3cret", "BEARER  s3cret"}) {
        EXPECT_TRUE(token.is_shown_by(shown)) << shown;
    }
    for (const char* shown :
         {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret ", "Bearer s3cret2", "s3cret",
          "Bearer S3cret", "Basic s3cret", "Bearers3cret", "Bearer  ", " Bearer s3cret"}) {
        EXPECT_FALSE(token.is_shown_by(shown)) << shown;
    }
}

TEST_F(BearerTokenTest, a_file_that_holds_none_is_refused_with_the_reason) {
    EXPECT_THAT(problem_with(""), HasSubstr("/token: holds no token"));
    EXPECT_THAT(problem_with("\r\n\n"), HasSubstr("holds no token"));
    EXPECT_THAT(problem_with("two words\n"), HasSubstr("holds no token"));
    EXPECT_THAT(problem_with("a\nb\n"), HasSubstr("holds no token"));
    EXPECT_THAT(problem_with("caf\xc3\xa9"), HasSubstr("holds no token"));
    EXPECT_THAT(problem_with(std::string(70'000, 'x')), HasSubstr("holds no token"));
    EXPECT_THAT(problem_with("s3cret", 0602), HasSubstr("everybody may write it; chmod o-w"));
    EXPECT_THAT(BearerToken::open(directory_.file("none")).error().message,
                HasSubstr("No such file"));
    EXPECT_THAT(BearerToken::open(directory_.path()).error().message, HasSubstr("no regular file"));
    EXPECT_EQ(problem_with("s3cret"), "");
}

TEST_F(BearerTokenTest, one_that_everybody_may_read_is_pointed_out) {
    base::CapturedLog log;

    EXPECT_TRUE(BearerToken::open(write("s3cret", 0644)));

    EXPECT_THAT(log.take(), HasSubstr("everybody on this machine may read the token; chmod o-r"));
}

TEST_F(BearerTokenTest, another_token_in_the_file_holds_at_once) {
    BearerToken token = *BearerToken::open(write("before"));
    base::CapturedLog log;

    write("after!");

    EXPECT_FALSE(token.is_shown_by("Bearer before"));
    EXPECT_TRUE(token.is_shown_by("Bearer after!"));
    const std::string said = log.take();
    EXPECT_THAT(said, HasSubstr("/token: a new token"));
    EXPECT_EQ(said.find("after!"), std::string::npos);
}

TEST_F(BearerTokenTest, without_its_file_the_last_token_holds_and_the_log_says_so_once) {
    const std::string path = write("s3cret");
    BearerToken token = *BearerToken::open(path);
    base::CapturedLog log;

    ::unlink(path.c_str());
    EXPECT_TRUE(token.is_shown_by("Bearer s3cret"));
    EXPECT_FALSE(token.is_shown_by("Bearer "));
    write("\n");
    EXPECT_TRUE(token.is_shown_by("Bearer s3cret"));
    write("s3cret");
    EXPECT_TRUE(token.is_shown_by("Bearer s3cret"));

    const std::string said = log.take();
    const std::size_t missing = said.find("No such file");
    EXPECT_NE(missing, std::string::npos);
    EXPECT_EQ(said.find("No such file", missing + 1), std::string::npos) << said;
    EXPECT_THAT(said, HasSubstr("holds no token"));
    EXPECT_THAT(said, HasSubstr("/token: can be read again"));
}

// --- of the routes ---

class TokenOfRoutes : public BearerTokenTest {
  protected:
    TokenOfRoutes() { process_.access = *Access::open({}, write("s3cret")); }

    http::Response ask(http::Method method, std::string_view target,
                       std::optional<std::string> authorization = {}) {
        http::Request request = TestProcess::request(method, target);
        request.authorization = std::move(authorization);
        return process_.send(request);
    }

    TestProcess process_;
};

TEST_F(TokenOfRoutes, without_it_only_what_tells_nothing_and_probes_are_answered) {
    for (const Route& route : routes()) {
        const bool is_open = route.scope == AdminScope::probes || route.path == "/";
        const unsigned status = ask(route.method, route.path).status;
        EXPECT_EQ(status == 401, !is_open) << route.path << " " << status;
    }
    EXPECT_EQ(ask(http::Method::get, "/none").status, 401u);
    EXPECT_EQ(ask(http::Method::options, "/pools").status, 401u);
    EXPECT_EQ(ask(http::Method::other, "/pools").status, 401u);
}

TEST_F(TokenOfRoutes, the_refusal_says_what_is_missing_and_is_counted) {
    const http::Response without = ask(http::Method::get, "/pools");
    const http::Response wrong = ask(http::Method::get, "/pools", "Bearer x");
    const http::Response right = ask(http::Method::get, "/pools", "Bearer s3cret");

    EXPECT_EQ(without.content_type, "application/problem+json");
    EXPECT_EQ(json_of(without).at("code"), "unauthorized");
    EXPECT_EQ(without.headers.at(0),
              std::pair(std::string("WWW-Authenticate"), std::string("Bearer realm=\"ringside\"")));
    EXPECT_THAT(wrong.headers.at(0).second, HasSubstr("invalid_token"));
    EXPECT_EQ(right.status, 200u);
    EXPECT_EQ(process_.site.counters.requests_unauthorized, 2u);
    EXPECT_EQ(process_.site.counters.requests_refused, 2u);
    EXPECT_EQ(process_.site.counters.requests, 1u);
}

TEST_F(TokenOfRoutes, who_tries_often_does_not_fill_the_log) {
    base::CapturedLog log;
    for (int i = 0; i < 1'000; ++i) {
        ask(http::Method::post, "/pools/alpha/refresh");
    }
    process_.now += std::chrono::seconds(1);
    ask(http::Method::post, "/pools/alpha/refresh");

    const std::string said = log.take();
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 31) << said;
    EXPECT_THAT(said, HasSubstr("POST /pools/alpha/refresh: 401; before it 970 others"));
    EXPECT_TRUE(process_.refreshed.empty());
}

TEST_F(TokenOfRoutes, the_listener_of_the_statistics_asks_nobody_for_it) {
    process_.site.scope = AdminScope::stats;

    EXPECT_EQ(ask(http::Method::get, "/stats").status, 200u);
}

}  // namespace
}  // namespace ringside::admin
