#include "inject/inject.h"

#include "inject/patch.h"
#include "inject/skip_reason.h"
#include "unit/inject/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringside::inject {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Outcome inject_by_hand(const Json& pod, const Template& injected = memcached()) {
    return inject(pod, injected, OptIn::by_hand);
}

// The name of the reason, or the empty text.
std::string_view skip_of(const Outcome& outcome) {
    return outcome.skip ? skip_row(*outcome.skip).name : std::string_view();
}

TEST(Inject, a_pod_gets_a_native_sidecar_as_its_first_init_container) {
    Json pod = small_pod();
    pod["spec"]["initContainers"] = yaml("[{name: migrate, image: shop:1}]");

    const Outcome outcome = inject_by_hand(pod);

    const Json& spec = outcome.pod["spec"];
    EXPECT_EQ(skip_of(outcome), "");
    EXPECT_EQ(spec["initContainers"][0]["name"], "ringside");
    EXPECT_EQ(spec["initContainers"][0]["restartPolicy"], "Always");
    EXPECT_EQ(spec["initContainers"][1]["name"], "migrate");
    EXPECT_EQ(spec["containers"].size(), 1u);
    EXPECT_EQ(outcome.summary, "native sidecar, pools cache; env of app, migrate");
    EXPECT_THAT(outcome.warnings, IsEmpty());
    EXPECT_FALSE(outcome.is_update);
}

TEST(Inject, the_patch_adds_what_is_not_there_and_nothing_else) {
    const Json pod = small_pod();

    const Outcome outcome = inject_by_hand(pod);

    std::vector<std::string> said;
    for (const Json& each : outcome.patch) {
        said.push_back(each["op"].get<std::string>() + " " + each["path"].get<std::string>());
    }
    EXPECT_THAT(said, ElementsAre("add /metadata/annotations", "add /spec/containers/0/env",
                                  "add /spec/initContainers", "add /spec/volumes"));
    EXPECT_EQ(with_patch(pod, outcome.patch), outcome.pod);
}

TEST(Inject, a_plain_sidecar_is_the_first_of_the_containers) {
    Json pod = annotated("ringside.dev/native", "false");
    pod["spec"]["initContainers"] = yaml("[{name: migrate, image: shop:1}]");

    const Outcome outcome = inject_by_hand(pod);

    const Json& sidecar = outcome.pod["spec"]["containers"][0];
    EXPECT_EQ(sidecar["name"], "ringside");
    EXPECT_FALSE(sidecar.contains("restartPolicy"));
    EXPECT_EQ(sidecar["lifecycle"]["preStop"]["exec"]["command"][1], "drain");
    EXPECT_THAT(outcome.pod["metadata"]["annotations"]["ringside.dev/config"].get<std::string>(),
                HasSubstr("grace: 5s"));
    // It runs before the sidecar does.
    EXPECT_FALSE(item(outcome.pod, "initContainers", "migrate").contains("env"));
    EXPECT_TRUE(item(outcome.pod, "containers", "app").contains("env"));
}

TEST(Inject, the_application_is_told_where_the_pools_are) {
    const Template pools = template_with(R"({
      cache: {port: 11211, env: MEMCACHED, servers: ["10.0.0.1:11211:1"]},
      old-sessions: {socket: true, redis: true, servers: ["10.0.0.1:6379:1"]}})");
    Json pod = small_pod();
    pod["spec"]["containers"][0]["env"] = yaml("[{name: URL, value: $(MEMCACHED_HOST)}]");

    const Outcome outcome = inject_by_hand(pod, pools);

    const Json& app = item(outcome.pod, "containers", "app");
    EXPECT_EQ(app["env"], yaml(R"(
- {name: MEMCACHED_HOST, value: 127.0.0.1}
- {name: MEMCACHED_PORT, value: "11211"}
- {name: OLD_SESSIONS_SOCKET, value: /run/ringside/old-sessions.sock}
- {name: URL, value: $(MEMCACHED_HOST)}
)"));
    EXPECT_EQ(app["volumeMounts"], yaml("[{name: ringside-sockets, mountPath: /run/ringside}]"));
    EXPECT_FALSE(item(outcome.pod, "volumes", "ringside-sockets").is_null());
}

TEST(Inject, a_variable_that_is_there_stays) {
    Json pod = small_pod();
    pod["spec"]["containers"][0]["env"] = yaml("[{name: MEMCACHED_HOST, value: elsewhere}]");

    const Outcome outcome = inject_by_hand(pod);

    EXPECT_EQ(item(outcome.pod, "containers", "app")["env"], yaml(R"(
- {name: MEMCACHED_PORT, value: "11211"}
- {name: MEMCACHED_HOST, value: elsewhere}
)"));
    EXPECT_THAT(outcome.warnings,
                ElementsAre("ringside: container app has a variable MEMCACHED_HOST of its own, "
                            "which stays"));
}

TEST(Inject, env_beats_envFrom_and_a_warning_says_so) {
    Json pod = small_pod();
    pod["spec"]["containers"][0]["envFrom"] = yaml("[{configMapRef: {name: shop}}]");

    EXPECT_THAT(inject_by_hand(pod).warnings, ElementsAre(HasSubstr("app has envFrom")));
}

TEST(Inject, a_folder_that_is_taken_is_not_mounted_over) {
    const Template pools = template_with("s: {socket: true, servers: [\"10.0.0.1:11211:1\"]}");
    Json pod = small_pod();
    pod["spec"]["containers"][0]["volumeMounts"] = yaml("[{name: run, mountPath: /run/ringside}]");
    pod["spec"]["volumes"] = yaml("[{name: run, emptyDir: {}}]");

    const Outcome outcome = inject_by_hand(pod, pools);

    EXPECT_EQ(item(outcome.pod, "containers", "app")["volumeMounts"].size(), 1u);
    EXPECT_THAT(outcome.warnings, ElementsAre(HasSubstr("does not see the sockets")));
}

TEST(Inject, kubectl_talks_to_the_application_by_default) {
    Json pod = small_pod();
    const Json fresh = inject_by_hand(pod).pod["metadata"]["annotations"];
    pod["metadata"]["annotations"] = {{"kubectl.kubernetes.io/default-container", "other"}};
    const Json set = inject_by_hand(pod).pod["metadata"]["annotations"];

    EXPECT_EQ(fresh["kubectl.kubernetes.io/default-container"], "app");
    EXPECT_EQ(fresh["kubectl.kubernetes.io/default-logs-container"], "app");
    EXPECT_EQ(set["kubectl.kubernetes.io/default-container"], "other");
}

TEST(Inject, twice_is_once) {
    const Outcome once = inject_by_hand(small_pod());
    const Outcome twice = inject_by_hand(once.pod);

    EXPECT_EQ(skip_of(twice), "already_injected");
    EXPECT_THAT(twice.patch, IsEmpty());
    EXPECT_EQ(twice.pod, once.pod);
    EXPECT_THAT(twice.warnings, IsEmpty());
}

TEST(Inject, what_others_add_to_the_sidecar_since_is_not_taken_for_a_change) {
    Json pod = inject_by_hand(small_pod()).pod;
    pod["spec"]["initContainers"][0]["volumeMounts"].push_back(
        yaml("{name: kube-api-access-x, mountPath: /var/run/secrets/kubernetes.io}"));

    EXPECT_EQ(skip_of(inject_by_hand(pod)), "already_injected");
}

TEST(Inject, a_container_that_has_come_since_gets_its_variables) {
    Json pod = inject_by_hand(small_pod()).pod;
    pod["spec"]["containers"].push_back(yaml("{name: late, image: other}"));
    pod["spec"]["initContainers"][0]["volumeMounts"].push_back(
        yaml("{name: token, mountPath: /var/run/secrets/kubernetes.io}"));

    const Outcome outcome = inject_by_hand(pod);

    EXPECT_EQ(skip_of(outcome), "");
    EXPECT_TRUE(outcome.is_update);
    EXPECT_EQ(item(outcome.pod, "containers", "late")["env"].size(), 2u);
    EXPECT_EQ(item(outcome.pod, "containers", "app")["env"].size(), 2u);
    EXPECT_EQ(outcome.pod["spec"]["initContainers"][0]["volumeMounts"].size(), 3u);
}

TEST(Inject, another_template_brings_the_sidecar_up_to_date) {
    const Json before = inject_by_hand(small_pod()).pod;
    Template newer = template_with("other: {socket: true, servers: [\"10.0.0.2:11211:1\"]}");
    newer.container["image"] = "ringside:2";

    const Outcome outcome = inject_by_hand(before, newer);

    EXPECT_TRUE(outcome.is_update);
    EXPECT_EQ(outcome.pod, inject_by_hand(small_pod(), newer).pod);
    EXPECT_EQ(with_patch(before, outcome.patch), outcome.pod);
    EXPECT_EQ(uninject(outcome.pod).pod, small_pod());
}

TEST(Inject, one_that_somebody_has_taken_half_away_is_made_whole) {
    Json pod = inject_by_hand(small_pod()).pod;
    pod["spec"].erase("initContainers");

    const Outcome outcome = inject_by_hand(pod);

    EXPECT_EQ(skip_of(outcome), "");
    EXPECT_EQ(outcome.pod["spec"]["initContainers"][0]["name"], "ringside");
}

TEST(Inject, who_asks_by_which_label_is_obeyed) {
    struct Row {
        OptIn opt_in;
        const char* label;  // null: none
        std::string_view reason;
    };
    constexpr OptIn kPod = OptIn::by_pod;
    constexpr OptIn kNamespace = OptIn::by_namespace;
    for (const Row& row : {
             Row{kPod, nullptr, "not_enabled"},
             Row{kPod, "enabled", ""},
             Row{kPod, "disabled", "disabled"},
             Row{kPod, "true", "unknown_value"},
             Row{kNamespace, nullptr, ""},
             Row{kNamespace, "enabled", ""},
             Row{kNamespace, "disabled", "disabled"},
             Row{kNamespace, "Enabled", "unknown_value"},
             Row{OptIn::by_hand, nullptr, ""},
             Row{OptIn::by_hand, "disabled", "disabled"},
         }) {
        Json pod = small_pod();
        if (row.label != nullptr) {
            pod["metadata"]["labels"]["ringside.dev/inject"] = row.label;
        }

        const Outcome outcome = inject(pod, memcached(), row.opt_in);

        EXPECT_EQ(skip_of(outcome), row.reason) << (row.label ? row.label : "-");
        EXPECT_EQ(outcome.patch.empty(), !row.reason.empty());
        EXPECT_EQ(outcome.warnings.size(), row.reason == "unknown_value" ? 1u : 0u);
    }
}

// A pod, why it is left as it is, and what the warning says.
struct Skipped {
    std::string_view pod;
    std::string_view reason;
    std::string_view warning;
};

TEST(Inject, a_pod_that_cannot_have_it_is_left_as_it_is_and_told_why) {
    for (const Skipped& row : {
             Skipped{"spec: {hostNetwork: true, containers: [{name: a}]}", "host_network",
                     "the pod is in its host's network"},
             Skipped{"spec: {containers: [{name: ringside}]}", "name_taken",
                     "there is a container \"ringside\""},
             Skipped{"spec: {containers: [{name: a}], initContainers: [{name: ringside}]}",
                     "name_taken", "there is a container"},
             Skipped{"spec: {containers: [{name: a}], volumes: [{name: ringside-state}]}",
                     "name_taken", "there is a volume \"ringside-state\""},
             Skipped{"spec: {containers: [{name: a, ports: [{containerPort: 11211}]}]}",
                     "port_taken", "container a listens on port 11211"},
             Skipped{"spec: {containers: [{name: a, ports: [{containerPort: 22220}]}]}",
                     "port_taken", "22220"},
             Skipped{"spec: {containers: [{name: a, ports: [{containerPort: 22221}]}]}",
                     "port_taken", "22221"},
             Skipped{"{}", "pod_invalid", "spec: is no map"},
             Skipped{"[]", "pod_invalid", "is no map"},
             Skipped{"spec: {containers: []}", "pod_invalid", "there is none"},
             Skipped{"spec: {containers: [{name: a}, {name: a}]}", "pod_invalid", "another one"},
             Skipped{"metadata: {annotations: {ringside.dev/native: 'yes'}}\n"
                     "spec: {containers: [{name: a}]}",
                     "annotation_invalid",
                     "ringside.dev/native: \"yes\" is not one of true, false"},
             Skipped{"metadata: {annotations: {ringside.dev/containers: b}}\n"
                     "spec: {containers: [{name: a}]}",
                     "annotation_invalid", "there is no container b"},
             Skipped{"metadata: {annotations: {ringside.dev/status: '{}'}}\n"
                     "spec: {containers: [{name: a}]}",
                     "annotation_invalid", "is not what Ringside has written"},
             Skipped{"metadata: {annotations: {ringside.dev/pools: 'c: {port: 1, timeout: x, "
                     "servers: [h:1:1]}'}}\nspec: {containers: [{name: a}]}",
                     "config_invalid", "ringside.dev/pools: c.timeout: \"x\""},
         }) {
        const Json pod = yaml(row.pod);

        const Outcome outcome = inject_by_hand(pod);

        EXPECT_EQ(skip_of(outcome), row.reason) << row.pod;
        EXPECT_THAT(outcome.patch, IsEmpty());
        EXPECT_EQ(outcome.pod, pod);
        ASSERT_EQ(outcome.warnings.size(), 1u) << row.pod;
        EXPECT_THAT(outcome.warnings.front(), HasSubstr("ringside: not injected: "));
        EXPECT_THAT(outcome.warnings.front(), HasSubstr(std::string(row.warning)));
    }
}

TEST(Inject, without_a_pool_there_is_nothing_to_do) {
    EXPECT_EQ(skip_of(inject_by_hand(small_pod(), template_with("{}"))), "no_pools");
}

TEST(Inject, annotations_stay_below_what_kubernetes_allows) {
    const std::string rest(262'000, 'x');

    const Outcome outcome = inject_by_hand(annotated("note", rest));

    EXPECT_EQ(skip_of(outcome), "too_large");
}

TEST(Inject, annotations_that_are_too_large_already_are_not_looked_at) {
    const Outcome outcome =
        inject_by_hand(annotated("ringside.dev/pools", std::string(300'000, '[')));

    EXPECT_EQ(skip_of(outcome), "too_large");
}

TEST(Inject, no_pod_grows_beyond_measure) {
    std::string pools = "{";
    for (int i = 0; i < 200; ++i) {
        pools += "p" + std::to_string(i) + ": {port: " + std::to_string(1000 + i) +
                 ", servers: ['h:1:1']}, ";
    }
    Json pod = annotated("ringside.dev/pools", pools + "}");
    for (int i = 0; i < 30; ++i) {
        pod["spec"]["containers"].push_back({{"name", "c-" + std::to_string(i)}});
    }
    const Outcome all = inject_by_hand(pod);
    pod["metadata"]["annotations"]["ringside.dev/containers"] = "app";

    EXPECT_EQ(skip_of(all), "too_large");
    EXPECT_THAT(all.warnings, ElementsAre(HasSubstr("31 containers would get 400 variables")));
    EXPECT_EQ(skip_of(inject_by_hand(pod)), "");
}

TEST(Inject, udp_and_other_ports_are_no_conflict) {
    Json pod = small_pod();
    pod["spec"]["containers"][0]["ports"] =
        yaml("[{containerPort: 11211, protocol: UDP}, {containerPort: 80}]");

    EXPECT_EQ(skip_of(inject_by_hand(pod)), "");
}

TEST(Inject, an_unknown_annotation_is_told_and_does_no_harm) {
    const Outcome outcome = inject_by_hand(annotated("ringside.dev/imagee", "x"));

    EXPECT_EQ(skip_of(outcome), "");
    EXPECT_THAT(
        outcome.warnings,
        ElementsAre("ringside: ringside.dev/imagee is no annotation of Ringside, and has no "
                    "effect (did you mean \"image\"?)"));
}

TEST(Inject, a_warning_is_one_line_that_kubernetes_does_not_cut) {
    const Outcome outcome =
        inject_by_hand(annotated("ringside.dev/" + std::string(300, 'y') + "\n", "x"));

    ASSERT_EQ(outcome.warnings.size(), 1u);
    EXPECT_LE(outcome.warnings.front().size(), kWarningBytesMax);
    EXPECT_EQ(outcome.warnings.front().find('\n'), std::string::npos);
}

TEST(Uninject, a_pod_without_a_record_stays_as_it_is) {
    const Removal removal = uninject(small_pod());

    EXPECT_FALSE(removal.was_injected);
    EXPECT_EQ(removal.pod, small_pod());
    EXPECT_EQ(removal.problem, "");
}

TEST(Uninject, what_is_no_pod_or_no_record_is_told) {
    EXPECT_EQ(uninject(Json(1)).problem, "is no map");
    EXPECT_THAT(uninject(annotated("ringside.dev/status", "{")).problem,
                HasSubstr("ringside.dev/status"));
}

TEST(Uninject, gives_back_what_was_there) {
    for (const char* const native : {"true", "false"}) {
        const Json pod = annotated("ringside.dev/native", native);

        const Removal removal = uninject(inject_by_hand(pod).pod);

        EXPECT_TRUE(removal.was_injected);
        EXPECT_EQ(removal.pod.dump(), pod.dump());
    }
}

}  // namespace
}  // namespace ringside::inject
