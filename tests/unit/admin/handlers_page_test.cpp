#include "admin/routes.h"
#include "test_process.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace ringside::admin {
namespace {

TEST(Page, is_for_browsers_and_programs_get_the_list) {
    TestProcess process;
    const auto ask = [&process](const char* accept) {
        http::Request request = TestProcess::request(http::Method::get, "/");
        request.accept = accept;
        return process.send(request);
    };

    const http::Response page = ask("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

    EXPECT_EQ(page.status, 200u);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_TRUE(page.body.starts_with("<!doctype html>"));
    EXPECT_LT(page.body.size(), std::size_t{100} << 10);
    for (const char* accept : {"", "*/*", "application/json", "application/json, text/html;q=0.5",
                               "application/*, text/*", "image/png"}) {
        EXPECT_EQ(ask(accept).content_type, "application/json") << accept;
    }
}

}  // namespace
}  // namespace ringside::admin
