#include "inject/annotations.h"

#include "unit/inject/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace ringside::inject {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

base::Expected<Asked> read_one(std::string_view name, std::string_view value) {
    return read_annotations(Json{{"ringside.dev/" + std::string(name), value}});
}

Wishes wishes_of(std::string_view name, std::string_view value) {
    const auto asked = read_one(name, value);
    EXPECT_TRUE(asked) << name << ": " << value;
    return asked ? asked->wishes : Wishes();
}

std::string error_of(std::string_view name, std::string_view value) {
    const auto asked = read_one(name, value);
    return asked ? "taken" : asked.error().message;
}

TEST(Annotations, each_row_is_documented_and_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (const AnnotationRow& row : annotation_rows()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.value.empty());
        EXPECT_TRUE(row.doc.ends_with('.')) << row.name;
    }
}

TEST(Annotations, each_says_what_it_says) {
    EXPECT_EQ(*wishes_of("pools", "a: {port: 1}").pools, yaml("{a: {port: 1}}"));
    EXPECT_THAT(wishes_of("pools", "a, b").pool_names, ElementsAre("a", "b"));
    EXPECT_EQ(wishes_of("config", "x: y").config, "x: y");
    EXPECT_EQ(wishes_of("config-map", "shop.config-1").config_map, "shop.config-1");
    EXPECT_EQ(wishes_of("config-secret", "s").config_secret, "s");
    EXPECT_EQ(wishes_of("image", "r.example:5000/ringside@sha256:0").image,
              "r.example:5000/ringside@sha256:0");
    EXPECT_EQ(wishes_of("image-pull-policy", "Always").image_pull_policy, "Always");
    EXPECT_EQ(wishes_of("cpu-request", "50m").cpu_request, "50m");
    EXPECT_EQ(wishes_of("cpu-limit", "1").cpu_limit, "1");
    EXPECT_EQ(wishes_of("memory-request", "32Mi").memory_request, "32Mi");
    EXPECT_EQ(wishes_of("memory-limit", "1Gi").memory_limit, "1Gi");
    EXPECT_EQ(wishes_of("native", "false").native, false);
    EXPECT_EQ(wishes_of("native", "true").native, true);
    EXPECT_EQ(wishes_of("probes-port", "65535").probes_port, 65535);
    EXPECT_EQ(wishes_of("admin-port", "1").admin_port, 1);
    EXPECT_EQ(wishes_of("log-level", "11").log_level, "11");
    EXPECT_FALSE(wishes_of("env", "disabled").has_env);
    EXPECT_TRUE(wishes_of("env", "enabled").has_env);
    EXPECT_THAT(wishes_of("containers", " a,b ,,").containers, ElementsAre("a", "b"));
}

TEST(Annotations, a_wrong_value_is_told_with_the_rule) {
    struct Row {
        std::string_view name;
        std::string_view value;
        std::string_view error;
    };
    for (const Row& row : {
             Row{"pools", "[a]", "ringside.dev/pools: is neither a map of pools"},
             Row{"pools", "", "ringside.dev/pools: is neither"},
             Row{"pools", "a: {port: 1\nb: x", "ringside.dev/pools: 2:2: "},
             Row{"config-map", "A", "\"A\" is no name of an object"},
             Row{"config-map", "", "is no name of an object"},
             Row{"config-map", "a..b", "is no name of an object"},
             Row{"config-map", "a.-b", "is no name of an object"},
             Row{"config-map", "-a", "is no name of an object"},
             Row{"config-secret", "a.", "is no name of an object"},
             Row{"image", "", "is no image"},
             Row{"image", "a b", "is no image"},
             Row{"image-pull-policy", "always", "is not one of Always, IfNotPresent, Never"},
             Row{"cpu-request", "1 core", "is no amount"},
             Row{"cpu-limit", "0", "is no amount"},
             Row{"memory-request", "32MB", "is no amount"},
             Row{"memory-limit", "-1", "is no amount"},
             Row{"native", "1", "is not one of true, false"},
             Row{"probes-port", "0", "is no port"},
             Row{"admin-port", "65536", "is no port"},
             Row{"log-level", "12", "is no number from 0 to 11"},
             Row{"env", "off", "is not one of enabled, disabled"},
             Row{"containers", " , ", "names no container"},
         }) {
        EXPECT_THAT(error_of(row.name, row.value), HasSubstr(std::string(row.error)));
        EXPECT_THAT(error_of(row.name, row.value),
                    HasSubstr("ringside.dev/" + std::string(row.name)));
    }
}

TEST(Annotations, two_that_say_one_thing_are_refused) {
    const auto error = [](std::string_view annotations) {
        const auto asked = read_annotations(yaml(annotations));
        return asked ? "taken" : asked.error().message;
    };

    EXPECT_THAT(error("{ringside.dev/config: a, ringside.dev/config-map: b}"),
                HasSubstr("write one of them"));
    EXPECT_THAT(error("{ringside.dev/config-secret: a, ringside.dev/config-map: b}"),
                HasSubstr("write one of them"));
    EXPECT_THAT(error("{ringside.dev/config: a, ringside.dev/pools: b}"),
                HasSubstr("would be ignored"));
    EXPECT_THAT(error("{ringside.dev/config-map: a, ringside.dev/pools: b}"),
                HasSubstr("write their ports as a map"));
}

TEST(Annotations, what_is_unknown_is_told_with_a_hint_and_what_is_others_is_not) {
    const auto asked = read_annotations(
        yaml("{ringside.dev/pool: x, ringside.dev/inject: enabled, other.dev/x: z, "
             "ringside.dev/status: z}"));

    ASSERT_TRUE(asked);
    EXPECT_THAT(
        asked->warnings,
        ElementsAre("ringside.dev/pool is no annotation of Ringside, and has no effect (did "
                    "you mean \"pools\"?)",
                    "ringside.dev/inject is a label, and has no effect as an annotation"));
    EXPECT_THAT(read_annotations(Json())->warnings, IsEmpty());
}

}  // namespace
}  // namespace ringside::inject
