// POST /pools/{pool}/locate: the answer to GET, of many keys.
#include "admin/json_location.h"

#include "test_process.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ringside::admin {
namespace {

http::Response locate(TestProcess& process, std::string body) {
    http::Request request = TestProcess::request(http::Method::post, "/pools/alpha/locate");
    request.content_type = "application/json";
    request.body = std::move(body);
    return process.send(request);
}

TEST(LocateMany, says_of_each_key_what_get_says_of_it) {
    TestProcess process;

    const http::Response response = locate(process, R"(["a", "user:1", "a"])");

    ASSERT_EQ(response.status, 200u) << response.body;
    const Json list = json_of(response);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0], json_of(process.get("/pools/alpha/locate?key=a")));
    EXPECT_EQ(list[1], json_of(process.get("/pools/alpha/locate?key=user:1")));
    EXPECT_EQ(list[2], list[0]);
}

TEST(LocateMany, a_key_that_the_proxy_refuses_spoils_no_other) {
    TestProcess process;

    const Json list = json_of(locate(process, R"(["a b", "a", ""])"));

    EXPECT_EQ(list[0].at("node"), nullptr);
    EXPECT_EQ(list[0].at("problem"), "1 to 250 bytes without blanks and control characters");
    EXPECT_EQ(list[1].at("problem"), nullptr);
    EXPECT_FALSE(list[2].at("problem").is_null());
    EXPECT_EQ(process.get("/pools/alpha/locate?key=a%20b").status, 400u);
}

TEST(LocateMany, what_is_no_list_of_keys_or_too_long_is_refused) {
    TestProcess process;
    for (const char* body : {"", "{}", "[1]", "[\"a\",]", "[[\"a\"]]", "\"a\"", "[\"\xff\"]"}) {
        EXPECT_EQ(locate(process, body).status, 400u) << body;
    }
    std::string many = "[\"a\"";
    for (int i = 1; i < 1'000; ++i) {
        many += ",\"a\"";
    }
    EXPECT_EQ(locate(process, many + "]").status, 200u);
    EXPECT_EQ(locate(process, many + ",\"a\"]").status, 400u);
    http::Request eject =
        TestProcess::request(http::Method::post, "/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    eject.content_type = "application/json";
    eject.body = "{\"for\": \"60s\"}" + std::string(kParametersBytesMax, ' ');
    EXPECT_EQ(process.send(eject).status, 413u) << "which only that path takes";
}

}  // namespace
}  // namespace ringside::admin
