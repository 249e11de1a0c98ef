#include "inject/rendering.h"

#include "unit/inject/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::inject {
namespace {

using ::testing::HasSubstr;

base::Expected<Rendering> try_render(const Wishes& wishes, const Template& injected = memcached()) {
    const auto configuration = make_configuration(injected, wishes);
    EXPECT_TRUE(configuration) << configuration.error().message;
    return render(injected, wishes, *configuration);
}

Rendering rendered(const Wishes& wishes, const Template& injected = memcached()) {
    auto rendering = try_render(wishes, injected);
    EXPECT_TRUE(rendering) << rendering.error().message;
    return rendering ? std::move(*rendering) : Rendering();
}

const Json& volume(const Rendering& rendering, std::string_view name) {
    static const Json none;
    for (const Json& each : rendering.volumes) {
        if (each["name"] == name) {
            return each;
        }
    }
    return none;
}

TEST(Rendering, without_wishes_is_the_template) {
    const Rendering result = rendered({});
    Json expected = memcached().container;
    expected["restartPolicy"] = "Always";

    EXPECT_EQ(result.container, expected);
    EXPECT_EQ(result.volumes, memcached().volumes);
    EXPECT_TRUE(result.mounts.empty());
}

TEST(Rendering, of_a_plain_one_has_a_hook_that_asks_at_the_admin_port) {
    Wishes wishes;
    wishes.native = false;
    wishes.admin_port = 9090;

    const Rendering result = rendered(wishes);

    EXPECT_FALSE(result.is_native);
    EXPECT_FALSE(result.container.contains("restartPolicy"));
    EXPECT_EQ(result.container["lifecycle"]["preStop"]["exec"]["command"],
              yaml("[ringside, drain, --wait, --wait-max=10s, "
                   "--conf-file=/etc/ringside/ringside.yml, \"--admin=127.0.0.1:9090\"]"));
}

TEST(Rendering, wishes_change_what_they_name) {
    Wishes wishes;
    wishes.image = "own:1";
    wishes.image_pull_policy = "Never";
    wishes.log_level = "7";
    wishes.probes_port = 8080;
    wishes.cpu_request = "10m";
    wishes.cpu_limit = "1";
    wishes.memory_request = "16Mi";
    wishes.memory_limit = "64Mi";

    const Json container = rendered(wishes).container;

    EXPECT_EQ(container["image"], "own:1");
    EXPECT_EQ(container["imagePullPolicy"], "Never");
    EXPECT_EQ(container["args"], yaml("[--conf-file=/etc/ringside/ringside.yml, --verbose=7]"));
    EXPECT_EQ(container["ports"],
              yaml("[{name: ringside-probes, containerPort: 8080, protocol: TCP}]"));
    EXPECT_EQ(container["resources"],
              yaml("{requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi, cpu: \"1\"}}"));
}

TEST(Rendering, a_request_above_its_limit_would_have_the_pod_refused) {
    Wishes wishes;
    wishes.memory_request = "1Gi";

    const auto rendering = try_render(wishes);

    ASSERT_FALSE(rendering);
    EXPECT_THAT(
        rendering.error().message,
        HasSubstr("ringside.dev/memory-limit: the request, 1Gi, is above the limit, 128Mi"));
}

TEST(Rendering, the_configuration_may_be_in_an_object) {
    Wishes map;
    map.config_map = "shop";
    Wishes secret;
    secret.config_secret = "shop";

    EXPECT_EQ(volume(rendered(map), "ringside-config"),
              yaml("{name: ringside-config, configMap: {name: shop, defaultMode: 0444}}"));
    EXPECT_EQ(volume(rendered(secret), "ringside-config"),
              yaml("{name: ringside-config, secret: {secretName: shop, defaultMode: 0444}}"));
}

TEST(Rendering, sockets_and_tokens_bring_their_volumes) {
    const Template pools = template_with(
        "{s: {socket: true, discovery: {kubernetes: {service: memcached, port: memcached}}}}");

    const Rendering result = rendered({}, pools);

    EXPECT_EQ(volume(result, "ringside-sockets"),
              yaml("{name: ringside-sockets, emptyDir: {medium: Memory, sizeLimit: 1Mi}}"));
    EXPECT_EQ(volume(result, "ringside-token"), yaml(R"(
name: ringside-token
projected:
  defaultMode: 0444
  sources:
    - serviceAccountToken: {path: token, expirationSeconds: 3607}
    - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
    - downwardAPI:
        items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]
)"));
    EXPECT_EQ(result.container["volumeMounts"], yaml(R"(
- {name: ringside-config, mountPath: /etc/ringside, readOnly: true}
- {name: ringside-state, mountPath: /var/lib/ringside}
- {name: ringside-sockets, mountPath: /run/ringside}
- {name: ringside-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
)"));
    EXPECT_EQ(result.mounts, yaml("[{name: ringside-sockets, mountPath: /run/ringside}]"));
}

}  // namespace
}  // namespace ringside::inject
