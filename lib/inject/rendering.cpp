#include "inject/rendering.h"

#include "config/text.h"
#include "inject/merge.h"
#include "inject/pod.h"
#include "inject/quantity.h"

#include <fmt/core.h>

#include <array>
#include <string>
#include <utility>

namespace ringside::inject {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;

constexpr std::string_view kAdminOption = "--admin=";
constexpr std::string_view kVerboseOption = "--verbose=";

// As in the templates of the chart, helm/ringside/templates/_container.tpl.
Json socket_mount() {
    return {{"name", "ringside-sockets"}, {"mountPath", "/run/ringside"}};
}
Json socket_volume() {
    return {{"name", "ringside-sockets"},
            {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", "1Mi"}}}};
}
Json token_mount() {
    return {{"name", "ringside-token"},
            {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"},
            {"readOnly", true}};
}
// Its own token: the pod may well have automountServiceAccountToken: false.
Json token_volume() {
    constexpr int kReadableByAll = 0444;
    constexpr int kHourAndASpell = 3607;  // what the API server takes for the usual token
    const Json token{
        {"serviceAccountToken", {{"path", "token"}, {"expirationSeconds", kHourAndASpell}}}};
    const Json authority{{"configMap",
                          {{"name", "kube-root-ca.crt"},
                           {"items", Json::array({{{"key", "ca.crt"}, {"path", "ca.crt"}}})}}}};
    const Json name_space{
        {"downwardAPI",
         {{"items",
           Json::array(
               {{{"path", "namespace"},
                 {"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}}}}})}}}};
    return {{"name", "ringside-token"},
            {"projected",
             {{"defaultMode", kReadableByAll},
              {"sources", Json::array({token, authority, name_space})}}}};
}

// The volume with the configuration, if that is in an object of the namespace.
void replace_config_volume(Json& volumes, const Wishes& wishes) {
    constexpr int kReadableByAll = 0444;
    for (Json& volume : volumes) {
        if (text_member(volume, "name") != kConfigVolume) {
            continue;
        }
        if (!wishes.config_map.empty()) {
            volume = {
                {"name", kConfigVolume},
                {"configMap", {{"name", wishes.config_map}, {"defaultMode", kReadableByAll}}}};
        } else if (!wishes.config_secret.empty()) {
            volume = {{"name", kConfigVolume},
                      {"secret",
                       {{"secretName", wishes.config_secret}, {"defaultMode", kReadableByAll}}}};
        }
    }
}

// Every text of the container that begins with the option.
void replace_option(Json& value, std::string_view option, const std::string& argument) {
    if (value.is_string() && value.get_ref<const std::string&>().starts_with(option)) {
        value = std::string(option) + argument;
    } else if (value.is_structured()) {
        for (Json& inner : value) {
            replace_option(inner, option, argument);
        }
    }
}

void replace_probes_port(Json& container, std::uint16_t port) {
    for (Json& each : container["ports"]) {
        if (text_member(each, "name") == kProbesPortName) {
            each["containerPort"] = port;
        }
    }
}

// An annotation of resources, and where it goes.
struct Amount {
    std::string_view annotation;
    std::string_view list;  // of `resources`
    std::string_view resource;
    std::string Wishes::*text;
};
constexpr std::array kAmounts{
    Amount{"cpu-request", "requests", "cpu", &Wishes::cpu_request},
    Amount{"cpu-limit", "limits", "cpu", &Wishes::cpu_limit},
    Amount{"memory-request", "requests", "memory", &Wishes::memory_request},
    Amount{"memory-limit", "limits", "memory", &Wishes::memory_limit},
};

void set_resources(Json& container, const Wishes& wishes) {
    for (const Amount& amount : kAmounts) {
        if (const std::string& text = wishes.*amount.text; !text.empty()) {
            container["resources"][std::string(amount.list)][std::string(amount.resource)] = text;
        }
    }
}

// The API server would refuse the pod.
Status check_resources(const Json& container) {
    const Json* const resources = member(container, "resources");
    const auto amount_of = [resources](std::string_view list, std::string_view resource) {
        const Json* const amounts = resources != nullptr ? member(*resources, list) : nullptr;
        return amounts != nullptr ? text_member(*amounts, resource) : std::string_view();
    };
    for (const std::string_view resource : {"cpu", "memory"}) {
        const auto request = parse_quantity(amount_of("requests", resource));
        const auto limit = parse_quantity(amount_of("limits", resource));
        if (request && limit && *request > *limit) {
            return Error{Errc::invalid_argument,
                         fmt::format("ringside.dev/{}-request, ringside.dev/{}-limit: the request, "
                                     "{}, is above the limit, {}",
                                     resource, resource, amount_of("requests", resource),
                                     amount_of("limits", resource))};
        }
    }
    return Done{};
}

void add_unless_named(Json& list, Json item) {
    if (named(list, text_member(item, "name")) == nullptr) {
        list.push_back(std::move(item));
    }
}

}  // namespace

Expected<Rendering> render(const Template& injected, const Wishes& wishes,
                           const Configuration& configuration) {
    Rendering result{.is_native = wishes.native.value_or(injected.native),
                     .container = injected.container,
                     .volumes = injected.volumes};
    Json& container = result.container;
    if (const Json* const plain = member(injected.plain, "container");
        !result.is_native && plain != nullptr) {
        container = merged(std::move(container), *plain);
    }
    if (result.is_native) {
        container["restartPolicy"] = "Always";
    }
    if (!wishes.image.empty()) {
        container["image"] = wishes.image;
    }
    if (!wishes.image_pull_policy.empty()) {
        container["imagePullPolicy"] = wishes.image_pull_policy;
    }
    if (!wishes.log_level.empty()) {
        replace_option(container["args"], kVerboseOption, wishes.log_level);
    }
    replace_option(container, kAdminOption, configuration.admin);
    replace_probes_port(container, configuration.probes_port);
    set_resources(container, wishes);
    if (const Status resources = check_resources(container); !resources) {
        return resources.error();
    }
    replace_config_volume(result.volumes, wishes);
    if (configuration.has_socket) {
        add_unless_named(result.volumes, socket_volume());
        add_unless_named(container["volumeMounts"], socket_mount());
        result.mounts.push_back(socket_mount());
    }
    if (configuration.watches_kubernetes) {
        add_unless_named(result.volumes, token_volume());
        add_unless_named(container["volumeMounts"], token_mount());
    }
    return result;
}

}  // namespace ringside::inject
