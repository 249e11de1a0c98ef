// Templates and pods for tests of the injector.
#pragma once

#include "base/check.h"
#include "inject/inject.h"
#include "inject/yaml.h"

#include <string>
#include <string_view>

namespace ringside::inject {

// YAML that is right.
inline Json yaml(std::string_view text) {
    auto document = json_of_yaml(text, "test");
    CHECK(document);
    return std::move(*document);
}

// The built-in template with these pools.
inline Template template_with(std::string_view pools) {
    static const auto builtin = parse_template(builtin_template(), "template");
    CHECK(builtin);
    Template made = *builtin;
    made.pools = yaml(pools);
    return made;
}

inline const Template& memcached() {
    static const Template made =
        template_with("cache: {port: 11211, env: MEMCACHED, servers: [10.0.0.1:11211:1]}");
    return made;
}

// A pod of one container, `app`.
inline Json small_pod() {
    return yaml(R"(
metadata: {name: shop, labels: {app: shop}}
spec:
  containers:
    - {name: app, image: "shop:1"}
)");
}

// The same with one annotation.
inline Json annotated(std::string_view name, std::string_view value) {
    Json pod = small_pod();
    pod["metadata"]["annotations"] = {{std::string(name), value}};
    return pod;
}

// Of `list` in `spec`, the item of that name.
inline const Json& item(const Json& pod, std::string_view list, std::string_view name) {
    for (const Json& each : pod["spec"][std::string(list)]) {
        if (each["name"] == name) {
            return each;
        }
    }
    static const Json none;
    return none;
}

}  // namespace ringside::inject
