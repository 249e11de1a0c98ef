// Pods of any shape that Kubernetes takes, some of which cannot have a sidecar: by a seed.
#pragma once

#include "inject/json.h"
#include "inject/template.h"
#include "unit/inject/pods.h"

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace ringside::inject {

class RandomPod {
  public:
    explicit RandomPod(unsigned seed) : random_(seed) {}

    Template injected() {
        constexpr const char* kPools[] = {
            "cache: {port: 11211, env: MEMCACHED, servers: ['10.0.0.1:11211:1']}",
            "{a: {port: 11311, servers: ['10.0.0.1:1:1']}, b: {socket: true, servers: ['h:1:1']}}",
            "k8s: {socket: true, discovery: {kubernetes: {service: memcached, port: memcached}}}",
        };
        Template made = template_with(kPools[below(std::size(kPools))]);
        made.native = one_in(2);
        made.container["image"] = "ringside:" + std::to_string(below(3));
        return made;
    }

    Json pod() {
        Json result = Json::object();
        if (!one_in(8)) {
            result["kind"] = "Pod";
            result["apiVersion"] = "v1";
        }
        const bool is_metadata_last = one_in(3);
        if (!is_metadata_last) {
            add_metadata(result);
        }
        result["spec"] = spec();
        if (is_metadata_last) {
            add_metadata(result);
        }
        if (one_in(3)) {
            result["status"] = Json::object();
        }
        return result;
    }

  private:
    std::size_t below(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }
    bool one_in(std::size_t count) { return below(count) == 0; }

    // Absent, null or empty now and then, else what `make` gives.
    template <typename Make>
    void maybe(Json& owner, const char* name, Json empty, Make make) {
        switch (below(6)) {
            case 0:
                return;
            case 1:
                owner[name] = nullptr;
                return;
            case 2:
                owner[name] = std::move(empty);
                return;
            default:
                owner[name] = make();
        }
    }

    void add_metadata(Json& pod) {
        if (one_in(8)) {
            if (one_in(2)) {
                pod["metadata"] = nullptr;
            }
            return;
        }
        Json& metadata = pod["metadata"] = {{"name", "shop"}, {"creationTimestamp", nullptr}};
        maybe(metadata, "labels", Json::object(), [this] { return labels(); });
        maybe(metadata, "annotations", Json::object(), [this] { return annotations(); });
    }

    Json labels() {
        Json labels{{"app", "shop"}};
        if (one_in(6)) {
            labels["ringside.dev/inject"] = one_in(4) ? "disabled" : "enabled";
        }
        return labels;
    }

    Json annotations() {
        constexpr std::pair<const char*, const char*> kSome[] = {
            {"a/b~c", "d\"\n~1/e"},
            {"note", "\xc3\xa4\xe2\x80\xa8"},
            {"kubectl.kubernetes.io/default-container", "c-0"},
            {"ringside.dev/native", "true"},
            {"ringside.dev/native", "false"},
            {"ringside.dev/env", "disabled"},
            {"ringside.dev/image", "own:1"},
            {"ringside.dev/log-level", "7"},
            {"ringside.dev/cpu-request", "10m"},
            {"ringside.dev/memory-limit", "64Mi"},
            {"ringside.dev/probes-port", "8080"},
            {"ringside.dev/admin-port", "9090"},
            {"ringside.dev/containers", "c-0"},
            {"ringside.dev/pools", "own: {port: 7000, servers: ['h:1:1'], timeout: 400}"},
            {"ringside.dev/pools", "own: {port: 7000}"},
            {"ringside.dev/config-map", "shop-config"},
            {"ringside.dev/config",
             "ringside: {probes: 0.0.0.0:22220}\nx: {listen: 127.0.0.1:1, servers: ['h:1:1']}\n"},
            {"ringside.dev/unknown", "x"},
        };
        Json result = Json::object();
        for (std::size_t i = below(4); i > 0; --i) {
            const auto& [name, value] = kSome[below(std::size(kSome))];
            result[name] = value;
        }
        return result;
    }

    Json spec() {
        Json spec = Json::object();
        containers_ = 0;
        if (one_in(2)) {
            maybe(spec, "volumes", Json::array(), [this] { return volumes(); });
        }
        if (one_in(2)) {
            maybe(spec, "initContainers", Json::array(), [this] { return containers(); });
        }
        spec["containers"] = containers();
        if (one_in(2)) {
            maybe(spec, "volumes", Json::array(), [this] { return volumes(); });
        }
        if (one_in(15)) {
            spec["hostNetwork"] = one_in(2);
        }
        return spec;
    }

    Json volumes() {
        Json volumes = Json::array();
        for (std::size_t i = 0; i < below(3); ++i) {
            volumes.push_back({{"name", "v" + std::to_string(i)}, {"emptyDir", Json::object()}});
        }
        if (one_in(30)) {
            volumes.push_back({{"name", "ringside-config"}, {"emptyDir", Json::object()}});
        }
        return volumes;
    }

    Json containers() {
        Json list = Json::array();
        for (std::size_t i = 1 + below(3); i > 0; --i) {
            list.push_back(container());
        }
        return list;
    }

    Json container() {
        const std::string name = one_in(60) ? "ringside" + std::string(containers_ == 0 ? "" : "-2")
                                            : "c-" + std::to_string(containers_);
        ++containers_;
        Json result{{"name", name}, {"image", "shop:1"}};
        maybe(result, "env", Json::array(), [this] { return env(); });
        maybe(result, "volumeMounts", Json::array(), [this] {
            return one_in(4) ? yaml("[{name: v0, mountPath: /run/ringside}]")
                             : yaml("[{name: v0, mountPath: /data}]");
        });
        if (one_in(5)) {
            result["envFrom"] = yaml("[{configMapRef: {name: shop}}]");
        }
        if (one_in(4)) {
            const unsigned port = one_in(4) ? 11211 : 80;
            result["ports"] = {{{"containerPort", port}, {"protocol", "TCP"}}};
        }
        return result;
    }

    Json env() {
        Json env = Json::array();
        for (const char* const name : {"MEMCACHED_HOST", "A_PORT", "OTHER"}) {
            if (one_in(3)) {
                env.push_back({{"name", name}, {"value", "x"}});
            }
        }
        if (one_in(5)) {
            env.push_back(yaml("{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}"));
        }
        return env;
    }

    std::mt19937 random_;
    unsigned containers_ = 0;
};

}  // namespace ringside::inject
