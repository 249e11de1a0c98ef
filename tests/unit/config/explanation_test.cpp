#include "config/explanation.h"

#include "config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace ringside::config {
namespace {

EffectiveSetting setting_of(const Config& config, std::string_view path) {
    const auto found = std::find_if(config.explanation.begin(), config.explanation.end(),
                                    [path](const auto& setting) { return setting.path == path; });
    return found == config.explanation.end() ? EffectiveSetting{} : *found;
}

TEST(Explanation, names_the_line_or_the_default_of_every_setting) {
    const auto config = load_text(
        "a:\n"
        "  listen: 127.0.0.1:1\n"
        "  timeout: 2s\n"
        "  servers:\n"
        "   - b:1:1 one\n"
        "   - b:2:1 two\n"
        "ringside:\n"
        "  workers: 3\n",
        "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(setting_of(*config, "a.timeout"), (EffectiveSetting{"a.timeout", "2s", "f.yml:3"}));
    EXPECT_EQ(setting_of(*config, "a.servers[1]"),
              (EffectiveSetting{"a.servers[1]", "b:2:1 two", "f.yml:6"}));
    EXPECT_EQ(setting_of(*config, "a.hash"), (EffectiveSetting{"a.hash", "fnv1a_64", "default"}));
    EXPECT_EQ(setting_of(*config, "a.redis_auth"),
              (EffectiveSetting{"a.redis_auth", "none", "default"}));
    EXPECT_EQ(setting_of(*config, "ringside.workers"),
              (EffectiveSetting{"ringside.workers", "3", "f.yml:8", true}));
    EXPECT_EQ(setting_of(*config, "ringside.admin"),
              (EffectiveSetting{"ringside.admin", "127.0.0.1:22221", "default", true}));
}

TEST(Explanation, has_the_process_also_if_the_file_does_not_speak_of_it) {
    const auto config = load_text("a: {listen: 127.0.0.1:1, servers: [b:1:1]}\n", "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(setting_of(*config, "ringside.workers").value, "auto");
}

TEST(Explanation, shows_no_secret) {
    const auto config = load_text(
        "a: {listen: 127.0.0.1:1, redis: true, redis_auth: s3cret, servers: [b:1:1]}\n", "f.yml");

    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(setting_of(*config, "a.redis_auth").value, "***");
    EXPECT_EQ(explanation_text(config->explanation).find("s3cret"), std::string::npos);
}

TEST(Explanation, is_printed_in_columns) {
    EXPECT_EQ(explanation_text({{"a.listen", "127.0.0.1:1", "f.yml:1"}, {"a.hash", "md5", "f:2"}}),
              "a.listen  127.0.0.1:1  f.yml:1\n"
              "a.hash    md5          f:2\n");
}

TEST(Explanation, tells_what_waits_for_a_restart) {
    const Explanation running = {{"ringside.workers", "1", "default", true},
                                 {"ringside.admin", "a:1", "default", true},
                                 {"a.timeout", "1", "default", false}};
    const Explanation wanted = {{"ringside.workers", "2", "f.yml:1", true},
                                {"ringside.admin", "a:1", "f.yml:2", true},
                                {"a.timeout", "2", "f.yml:3", false}};

    EXPECT_EQ(waiting_for_restart(running, wanted), std::vector<std::string>{"ringside.workers"});
    EXPECT_TRUE(waiting_for_restart(running, running).empty());
}

}  // namespace
}  // namespace ringside::config
