#include "inject/sidecar.h"

#include "inject/annotations.h"
#include "unit/inject/pods.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::inject {
namespace {

Addition addition(bool is_native) {
    Addition result;
    result.is_native = is_native;
    result.container = yaml("{name: ringside, image: r}");
    result.volumes = yaml("[{name: own, emptyDir: {}}]");
    result.containers["app"] = {yaml("[{name: A, value: x}]"),
                                yaml("[{name: own, mountPath: /o}]")};
    result.annotations = {{"note", "text"}};
    result.checksum = "0123";
    return result;
}

Removed removed(const Json& pod) {
    auto result = remove_sidecar(pod);
    EXPECT_TRUE(result && *result);
    return std::move(**result);
}

TEST(Sidecar, is_recorded_with_what_had_to_be_made_for_it) {
    Json pod = yaml("{spec: {initContainers: null, containers: [{name: app, env: [{name: B}]}]}}");

    const Json result = add_sidecar(pod, addition(true));

    EXPECT_EQ(result["spec"], yaml(R"(
initContainers: [{name: ringside, image: r}]
containers:
- name: app
  env: [{name: A, value: x}, {name: B}]
  volumeMounts: [{name: own, mountPath: /o}]
volumes: [{name: own, emptyDir: {}}]
)"));
    EXPECT_EQ(result["metadata"]["annotations"]["note"], "text");
    EXPECT_EQ(yaml(result["metadata"]["annotations"]["ringside.dev/status"].get<std::string>()),
              yaml(R"(
version: )" RINGSIDE_VERSION R"(
checksum: "0123"
native: true
container: ringside
volumes: [own]
containers: {app: {env: [A], mounts: [own], made: {volumeMounts: absent}}}
annotations: [note]
made:
  /spec/initContainers: "null"
  /spec/volumes: absent
  /metadata: absent
  /metadata/annotations: absent
)"));
}

TEST(Sidecar, is_taken_out_without_a_trace) {
    for (const std::string_view text : {
             "{spec: {containers: [{name: app}]}}",
             "{metadata: null, spec: {volumes: null, containers: [{name: app, env: null}]}}",
             "{metadata: {annotations: null, name: z}, spec: {containers: [{env: [], name: app}], "
             "initContainers: []}}",
             "{metadata: {annotations: {a: b}}, spec: {volumes: [{name: v}], containers: [{name: "
             "app, volumeMounts: [{name: v, mountPath: /v}]}, {name: b}]}}",
         }) {
        for (const bool is_native : {true, false}) {
            const Json pod = yaml(text);

            const Removed result = removed(add_sidecar(pod, addition(is_native)));

            EXPECT_EQ(result.pod.dump(), pod.dump());
            EXPECT_TRUE(result.is_complete);
            EXPECT_EQ(result.container, yaml("{name: ringside, image: r}"));
            EXPECT_EQ(result.volumes, yaml("[{name: own, emptyDir: {}}]"));
        }
    }
}

TEST(Sidecar, what_others_have_done_since_stays) {
    Json pod = add_sidecar(small_pod(), addition(true));
    pod["metadata"]["annotations"]["late"] = "x";
    pod["spec"]["volumes"].push_back(yaml("{name: late}"));
    pod["spec"]["initContainers"].push_back(yaml("{name: late}"));
    pod["spec"]["containers"][0]["env"].push_back(yaml("{name: LATE}"));

    const Removed result = removed(pod);

    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(result.pod, yaml(R"(
metadata: {name: shop, labels: {app: shop}, annotations: {late: x}}
spec:
  containers:
    - {name: app, image: "shop:1", env: [{name: LATE}]}
  initContainers: [{name: late}]
  volumes: [{name: late}]
)"));
}

TEST(Sidecar, what_others_have_taken_away_is_noticed) {
    for (const char* const path :
         {"/metadata/annotations/note", "/spec/volumes/0", "/spec/initContainers/0",
          "/spec/containers/0/env", "/spec/containers/0/volumeMounts/0"}) {
        const Json patch = Json::array({{{"op", "remove"}, {"path", path}}});

        const Removed result = removed(add_sidecar(small_pod(), addition(true)).patch(patch));

        EXPECT_FALSE(result.is_complete) << path;
    }
}

TEST(Sidecar, without_a_record_there_is_nothing_to_take_out) {
    const auto result = remove_sidecar(small_pod());

    ASSERT_TRUE(result);
    EXPECT_FALSE(*result);
}

TEST(Sidecar, a_record_that_another_has_written_is_refused) {
    for (const char* const status : {
             "",
             "1",
             "{}",
             "{\"container\":\"app\",\"native\":true}",
             "{\"container\":\"ringside\"}",
             "{\"container\":\"ringside\",\"native\":1}",
             "{\"container\":\"ringside\",\"native\":true,\"volumes\":[1]}",
             "{\"container\":\"ringside\",\"native\":true,\"annotations\":{}}",
             "{\"container\":\"ringside\",\"native\":true,\"made\":[]}",
             "{\"container\":\"ringside\",\"native\":true,\"containers\":{\"app\":1}}",
             "{\"container\":\"ringside\",\"native\":true,\"containers\":{\"app\":{\"env\":1}}}",
         }) {
        EXPECT_FALSE(remove_sidecar(annotated(kStatusAnnotation, status))) << status;
    }
}

}  // namespace
}  // namespace ringside::inject
