#include "admin/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace ringside::admin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<QueryRow, 3> kRows{{
    {"for", "60s", ""},
    {"verbose", "", ""},
    {"key", "K", "", true},
}};

http::Request post(std::string body) {
    http::Request request;
    request.method = http::Method::post;
    request.body = std::move(body);
    return request;
}

std::string judged(std::vector<http::QueryParameter> given) {
    const base::Status status = judge_parameters(kRows, given);
    return status ? "fine" : status.error().message;
}

TEST(Parameters, members_of_a_body_stand_behind_those_of_the_query) {
    http::Request request = post(R"({"for": "60s", "force": true, "verbose": false})");
    request.query = {{"key", "a"}};

    const auto parameters = parameters_of(request);

    ASSERT_TRUE(parameters);
    EXPECT_THAT(*parameters,
                ElementsAre(http::QueryParameter{"key", "a"}, http::QueryParameter{"for", "60s"},
                            http::QueryParameter{"force", "true"},
                            http::QueryParameter{"verbose", "false"}));
}

TEST(Parameters, an_empty_object_says_nothing) {
    const auto parameters = parameters_of(post(" {} "));

    ASSERT_TRUE(parameters);
    EXPECT_TRUE(parameters->empty());
}

TEST(Parameters, a_body_that_is_no_flat_object_is_refused) {
    for (const char* body : {"60s", "for=60s", "[]", "null", "\"for\"", "{", " ", "{\"for\": null}",
                             "{\"for\": [\"60s\"]}", "{\"a\": {\"for\": \"1s\"}}",
                             "{\"for\": \"60s\"} {}", "{\"for\": \"\xff\"}"}) {
        EXPECT_FALSE(parameters_of(post(body))) << body;
    }
}

TEST(Parameters, a_number_in_a_body_is_what_it_is_in_a_query) {
    const auto parameters = parameters_of(post(R"({"for": 60, "key": 1.5})"));

    ASSERT_TRUE(parameters);
    EXPECT_THAT(*parameters,
                ElementsAre(http::QueryParameter{"for", "60"}, http::QueryParameter{"key", "1.5"}));
}

TEST(Parameters, a_member_that_is_repeated_is_not_lost) {
    const auto parameters = parameters_of(post(R"({"for": "60s", "for": "70s"})"));

    ASSERT_TRUE(parameters);
    EXPECT_EQ(judged(*parameters), "parameter 'for' is repeated");
}

TEST(Parameters, a_body_of_a_request_that_reads_is_refused) {
    http::Request request = post("{}");
    request.method = http::Method::get;

    EXPECT_FALSE(parameters_of(request));
}

TEST(Parameters, what_no_row_knows_is_refused_and_the_rows_are_named) {
    EXPECT_EQ(judged({{"for", "60s"}, {"fro", "60s"}}),
              "unknown parameter 'fro': there is 'for', 'verbose', 'key'");
    EXPECT_EQ(judge_parameters({}, std::array{http::QueryParameter{"x", ""}}).error().message,
              "unknown parameter 'x': this path takes none");
}

TEST(Parameters, a_value_is_there_where_the_row_has_one_and_only_there) {
    EXPECT_EQ(judged({{"for", ""}}), "for: a value is missing: 60s");
    EXPECT_EQ(judged({{"verbose", "yes"}}), "verbose: takes no value");
    EXPECT_EQ(judged({{"verbose", ""}, {"for", "1s"}, {"key", ""}}), "fine");
}

TEST(Parameters, one_in_the_query_and_the_same_in_the_body_are_two) {
    http::Request request = post(R"({"for": "60s"})");
    request.query = {{"for", "60s"}};

    EXPECT_THAT(judged(*parameters_of(request)), HasSubstr("repeated"));
}

}  // namespace
}  // namespace ringside::admin
