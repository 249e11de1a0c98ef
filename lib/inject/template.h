// What the injector gives to pods, as a document of YAML: checked once, used for each pod.
#pragma once

#include "base/expected.h"
#include "inject/json.h"

#include <string_view>

namespace ringside::inject {

// What pods are given. Made by parse_template() alone, which has checked it; does not change.
struct Template {
    bool native = true;           // an init container that stays, else one of the containers
    Json process;                 // the map `ringside:` of the configuration
    Json pools;                   // NAME: {port or socket, env, keys of docs/CONFIG.md}; may be {}
    Json container;               // Kubernetes' Container, named `ringside`
    Json volumes;                 // a list of Kubernetes' Volume
    Json plain = Json::object();  // {container, process}: merged over those if not native
};

// `name` stands for the file in messages: "NAME:LINE:COLUMN: reason", or "NAME: container: reason".
// What is no template is refused as a whole.
base::Expected<Template> parse_template(std::string_view yaml, std::string_view name);

// The text of the one that is built in: lib/inject/template.yaml. parse_template() takes it.
std::string_view builtin_template() noexcept;

}  // namespace ringside::inject
