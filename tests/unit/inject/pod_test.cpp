#include "inject/pod.h"

#include "unit/inject/pods.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace ringside::inject {
namespace {

TEST(Pod, what_kubernetes_takes_has_no_problem) {
    for (const std::string_view text : {
             "{spec: {containers: [{name: a}]}}",
             "{metadata: null, spec: {containers: [{name: a, env: null}], initContainers: null, "
             "volumes: null}}",
             "{metadata: {labels: {a: b}, annotations: {}}, spec: {containers: [{name: a, ports: "
             "[{containerPort: 1}]}], initContainers: [{name: b}], volumes: [{name: v}]}}",
         }) {
        EXPECT_EQ(problem_of_pod(yaml(text)), "") << text;
    }
}

TEST(Pod, what_it_does_not_take_is_told_where) {
    for (const auto& [text, problem] : {
             std::pair{"[]", "is no map"},
             {"{metadata: []}", "metadata: is no map"},
             {"{metadata: {labels: {a: 1}}}", "metadata.labels: is no map of texts"},
             {"{metadata: {annotations: x}}", "metadata.annotations: is no map of texts"},
             {"{}", "spec: is no map"},
             {"{spec: {}}", "spec.containers: there is none"},
             {"{spec: {containers: x}}", "spec.containers: is no list of containers"},
             {"{spec: {containers: [x]}}", "spec.containers: is no list of containers"},
             {"{spec: {containers: [{image: x}]}}",
              "spec.containers: a container has no name, or that of another one"},
             {"{spec: {initContainers: [{name: a}], containers: [{name: a}]}}",
              "spec.containers: a container has no name, or that of another one"},
             {"{spec: {containers: [{name: a, env: {}}]}}", "spec.containers: a.env is no list"},
             {"{spec: {containers: [{name: a, volumeMounts: [1]}]}}",
              "spec.containers: a.volumeMounts is no list"},
             {"{spec: {containers: [{name: a}], volumes: {}}}", "spec.volumes: is no list"},
         }) {
        EXPECT_EQ(problem_of_pod(yaml(text)), problem) << text;
    }
}

TEST(Pod, what_is_absent_is_null) {
    const Json pod = small_pod();

    EXPECT_EQ(metadata_map(pod, "labels"), yaml("{app: shop}"));
    EXPECT_TRUE(metadata_map(pod, "annotations").is_null());
    EXPECT_TRUE(spec_list(pod, "volumes").is_null());
    EXPECT_EQ((*named(spec_list(pod, "containers"), "app"))["image"], "shop:1");
    EXPECT_EQ(named(spec_list(pod, "containers"), "b"), nullptr);
    EXPECT_EQ(named(Json(), "b"), nullptr);
}

TEST(Pod, annotations_count_with_their_names) {
    EXPECT_EQ(annotations_bytes(small_pod()), 0u);
    EXPECT_EQ(annotations_bytes(annotated("name", "text")), 8u);
}

}  // namespace
}  // namespace ringside::inject
