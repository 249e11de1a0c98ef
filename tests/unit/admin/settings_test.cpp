#include "admin/settings.h"

#include "test_process.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::admin {
namespace {

TEST(Settings, are_those_of_their_owner_by_their_names_within_it) {
    const config::Explanation all{
        {.path = "a.timeout", .value = "400", .source = "f.yml:2"},
        {.path = "a.b.timeout", .value = "500", .source = "default"},
        {.path = "ab.timeout", .value = "600", .source = "default"},
        {.path = "ringside.workers", .value = "2", .source = "option -w"}};
    const std::vector<std::string> pools{"a", "a.b", "ab"};

    EXPECT_EQ(settings_of(all, "a", pools),
              (config::Explanation{{.path = "timeout", .value = "400", .source = "f.yml:2"}}));
    EXPECT_EQ(settings_of(all, "a.b", pools),
              (config::Explanation{{.path = "timeout", .value = "500", .source = "default"}}));
    EXPECT_EQ(settings_of(all, "ringside", pools)[0].path, "workers");
}

TEST(Settings, of_a_pool_are_told_with_who_has_set_them) {
    TestProcess process;
    process.settings = {{.path = "alpha.timeout", .value = "400", .source = "f.yml:2"},
                        {.path = "alpha.redis_auth", .value = "***", .source = "f.yml:3"},
                        {.path = "beta.timeout", .value = "none", .source = "default"},
                        {.path = "ringside.workers", .value = "2", .source = "variable W"}};

    const Json pool = json_of(process.get("/pools/alpha")).at("settings");
    const Json config = json_of(process.get("/config"));

    EXPECT_EQ(pool,
              Json::array({{{"name", "timeout"}, {"value", "400"}, {"set_by", "f.yml:2"}},
                           {{"name", "redis_auth"}, {"value", "***"}, {"set_by", "f.yml:3"}}}));
    EXPECT_EQ(config.at("settings"),
              Json::array({{{"name", "workers"}, {"value", "2"}, {"set_by", "variable W"}}}));
    EXPECT_EQ(config.at("pools")[0], (Json{{"name", "alpha"}, {"settings", pool}}));
    EXPECT_EQ(config.at("pools").size(), 2u);
}

TEST(Sources, have_one_shape_wherever_they_are) {
    TestProcess process;
    process.discover_beta();

    const Json listed = json_of(process.get("/pools")).at("pools")[0];
    const Json pool = json_of(process.get("/pools/beta"));
    const Json discovery = json_of(process.get("/pools/beta/discovery"));
    const Json change = json_of(process.get("/pools/beta/history")).at("changes")[0];

    EXPECT_EQ(listed.at("source"), pool.at("source"));
    EXPECT_EQ(discovery.at("source").at("description"), pool.at("source").at("description"));
    EXPECT_TRUE(change.at("source").at("description").is_string());
}

}  // namespace
}  // namespace ringside::admin
