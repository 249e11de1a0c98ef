#include "inject/template.h"

#include "inject/yaml.h"
#include "unit/inject/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::inject {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The built-in one with a value at a path; "delete" takes it away.
std::string error_with(const char* path, std::string_view value) {
    Json document = yaml(builtin_template());
    const bool is_removal = value == "delete";
    document = document.patch(Json::array(
        {Json{{"op", is_removal ? "remove" : "add"}, {"path", path}, {"value", yaml(value)}}}));
    const auto made = parse_template(yaml_of_json(document), "t.yml");
    return made ? "made" : made.error().message;
}

TEST(Template, the_one_that_is_built_in_is_right) {
    const auto made = parse_template(builtin_template(), "template");

    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->native);
    EXPECT_TRUE(made->pools.empty());
    EXPECT_EQ(made->container["image"], "ringside:" RINGSIDE_VERSION);
}

TEST(Template, pools_may_be_there_from_the_start) {
    EXPECT_EQ(error_with("/pools", "{a: {port: 1, servers: ['h:1:1']}}"), "made");
}

TEST(Template, what_is_wrong_is_told_where) {
    for (const auto& [path, value, error] : {
             std::tuple{"/natve", "true", "natve: is no key (did you mean \"native\"?)"},
             {"/native", "1", "native: is not true or false"},
             {"/process", "delete", "process: is missing"},
             {"/container", "delete", "container: is missing"},
             {"/volumes", "delete", "volumes: is missing"},
             {"/volumes", "[1]", "volumes: is not a list of maps"},
             {"/volumes/0", "{emptyDir: {}}", "volumes: one has no name, or not one kind"},
             {"/volumes/0/name", "other", "volumes: none is named \"ringside-config\""},
             {"/container/name", "x", "container.name: is not \"ringside\""},
             {"/container/image", "delete", "container.image: is missing"},
             {"/container/imagePulPolicy", "Always",
              "container.imagePulPolicy: is no key (did you mean \"imagePullPolicy\"?)"},
             {"/container/args", "x", "container.args: is not a list of texts"},
             {"/container/args/0", "1", "container.args: is not a list of texts"},
             {"/container/env", "[{name: A, value: 1}]", "container.env[0].value: is not a text"},
             {"/container/ports/0/containerPort", "x",
              "container.ports[0].containerPort: is not a"},
             {"/container/ports", "[]", "container.ports: none is named \"ringside-probes\""},
             {"/container/volumeMounts/0/readonly", "true", "container.volumeMounts[0].readonly"},
             {"/container/resources/requests/memory", "1Gi", "is above the limit"},
             {"/plain/containers", "[]", "plain.containers: is no key"},
             {"/plain/container/args", "1", "plain.container.args: is not"},
             {"/process/log_fromat", "json",
              "the injector's template: ringside: \"log_fromat\" is not a key"},
             {"/process/probes", "127.0.0.1:1", "ringside.probes: the kubelet asks"},
             {"/plain/process/drain/grace", "x", "ringside.drain.grace"},
             {"/pools", "{a: {port: 1}}", "the injector's template: a: neither"},
         }) {
        EXPECT_THAT(error_with(path, value), StartsWith("t.yml: ")) << path;
        EXPECT_THAT(error_with(path, value), HasSubstr(error)) << path;
    }
}

TEST(Template, what_is_no_yaml_says_where) {
    EXPECT_THAT(parse_template("a: [", "t.yml").error().message, StartsWith("t.yml:1:"));
    EXPECT_EQ(parse_template("", "t.yml").error().message,
              "t.yml: is not a map with process, container and volumes");
}

}  // namespace
}  // namespace ringside::inject
