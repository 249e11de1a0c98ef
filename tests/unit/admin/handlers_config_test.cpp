#include "admin/handlers.h"
#include "test_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::admin {
namespace {

TEST(PostReload, answers_with_the_configuration_or_with_why_not) {
    TestProcess process;

    EXPECT_EQ(process.post("/config/reload").status, 200U);

    process.reload_outcome = base::Error{base::Errc::invalid_config, "f.yml:1: wrong"};
    const http::Response refused = process.post("/config/reload");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_THAT(refused.body, testing::HasSubstr("invalid_config"));
    EXPECT_THAT(refused.body, testing::HasSubstr("f.yml:1: wrong"));
}

TEST(PostReload, is_answered_later_if_it_takes_time) {
    TestProcess process;
    process.reload_takes_time = true;
    const http::Response response = process.post("/config/reload");
    ASSERT_NE(response.later, nullptr);
    EXPECT_EQ(response.later->get(), nullptr);
    bool is_told = false;
    response.later->wait([&is_told] { is_told = true; });

    process.reloads_under_way.at(0)(base::Error{base::Errc::timed_out, "host a.test: too late"});

    EXPECT_TRUE(is_told);
    ASSERT_NE(response.later->get(), nullptr);
    EXPECT_EQ(response.later->get()->status, 409U);
    EXPECT_THAT(response.later->get()->body, testing::HasSubstr("host a.test: too late"));
}

}  // namespace
}  // namespace ringside::admin
