#include "admin/audit.h"

#include "test_process.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::admin {
namespace {

constexpr base::TimePoint kStart{std::chrono::hours(1)};

http::Response answer_with(unsigned status) {
    http::Response response;
    response.status = status;
    return response;
}

TEST(Audit, a_line_tells_what_was_asked_for_and_what_became_of_it) {
    Audit audit;
    const http::Request request = TestProcess::request(
        http::Method::post, "/pools/a/nodes/n/eject?for=60s&reason=new%20kernel");

    EXPECT_EQ(audit.line(request, answer_with(200), kStart),
              "admin: POST /pools/a/nodes/n/eject for=60s reason=new kernel: 200");
}

TEST(Audit, a_line_tells_who_has_asked) {
    Audit audit;
    http::Request request = TestProcess::request(http::Method::post, "/config/reload");
    request.peer = "unix, process 1234";

    EXPECT_EQ(audit.line(request, answer_with(409), kStart),
              "admin: POST /config/reload: 409, asked by unix, process 1234");
}

TEST(Audit, of_many_changes_only_some_have_a_line_and_the_others_are_counted) {
    Audit audit;
    const http::Request request = TestProcess::request(http::Method::post, "/config/reload");
    std::size_t lines = 0;
    for (int i = 0; i < 1'000; ++i) {
        lines += audit.line(request, answer_with(409), kStart) ? 1 : 0;
    }

    EXPECT_EQ(lines, Audit::kBurst);
    EXPECT_EQ(audit.line(request, answer_with(200), kStart + Audit::kInterval),
              "admin: POST /config/reload: 200; before it 970 others without a line");
    EXPECT_FALSE(audit.line(request, answer_with(200), kStart + Audit::kInterval));
    EXPECT_EQ(audit.line(request, answer_with(200), kStart + std::chrono::hours(1)),
              "admin: POST /config/reload: 200; before it 1 others without a line");
}

TEST(Audit, what_is_long_is_cut) {
    Audit audit;
    const auto line = audit.line(
        TestProcess::request(http::Method::post,
                             "/" + std::string(5'000, 'p') + "?reason=" + std::string(5'000, 'r')),
        answer_with(404), kStart);

    EXPECT_LT(line->size(), 600U);
}

}  // namespace
}  // namespace ringside::admin
