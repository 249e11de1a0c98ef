#include "inject/template.h"

#include "config/text.h"
#include "inject/configuration.h"
#include "inject/pod.h"
#include "inject/rendering.h"
#include "inject/yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::inject {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;
using config::in_quotes;

enum class Form : std::uint8_t { text, boolean, number, map, texts, maps };

std::string_view to_string(Form form) noexcept {
    switch (form) {
        case Form::text:
            return "a text";
        case Form::boolean:
            return "true or false";
        case Form::number:
            return "a number";
        case Form::map:
            return "a map";
        case Form::texts:
            return "a list of texts";
        case Form::maps:
            return "a list of maps";
    }
    return {};
}

struct Field {
    std::string_view name;
    Form form;
};

constexpr std::array kTemplate{
    Field{"native", Form::boolean}, Field{"process", Form::map},  Field{"pools", Form::map},
    Field{"container", Form::map},  Field{"volumes", Form::maps}, Field{"plain", Form::map},
};
constexpr std::array kPlain{Field{"process", Form::map}, Field{"container", Form::map}};

// Of Kubernetes' Container (api/core/v1/types.go). A field of another form would have every pod
// refused, and one that does not exist be lost.
constexpr std::array kContainer{
    Field{"name", Form::text},
    Field{"image", Form::text},
    Field{"command", Form::texts},
    Field{"args", Form::texts},
    Field{"workingDir", Form::text},
    Field{"ports", Form::maps},
    Field{"envFrom", Form::maps},
    Field{"env", Form::maps},
    Field{"resources", Form::map},
    Field{"resizePolicy", Form::maps},
    Field{"restartPolicy", Form::text},
    Field{"volumeMounts", Form::maps},
    Field{"volumeDevices", Form::maps},
    Field{"livenessProbe", Form::map},
    Field{"readinessProbe", Form::map},
    Field{"startupProbe", Form::map},
    Field{"lifecycle", Form::map},
    Field{"terminationMessagePath", Form::text},
    Field{"terminationMessagePolicy", Form::text},
    Field{"imagePullPolicy", Form::text},
    Field{"securityContext", Form::map},
    Field{"stdin", Form::boolean},
    Field{"stdinOnce", Form::boolean},
    Field{"tty", Form::boolean},
};
constexpr std::array kVariable{Field{"name", Form::text}, Field{"value", Form::text},
                               Field{"valueFrom", Form::map}};
constexpr std::array kMount{
    Field{"name", Form::text},        Field{"readOnly", Form::boolean},
    Field{"mountPath", Form::text},   Field{"recursiveReadOnly", Form::text},
    Field{"subPath", Form::text},     Field{"mountPropagation", Form::text},
    Field{"subPathExpr", Form::text},
};
constexpr std::array kPort{
    Field{"name", Form::text},     Field{"containerPort", Form::number},
    Field{"protocol", Form::text}, Field{"hostPort", Form::number},
    Field{"hostIP", Form::text},
};

Error invalid(std::string reason) {
    return Error{Errc::invalid_config, std::move(reason)};
}

bool has_form(const Json& value, Form form) {
    const auto all = [&value](auto&& is_good) {
        return value.is_array() && std::all_of(value.begin(), value.end(), is_good);
    };
    switch (form) {
        case Form::text:
            return value.is_string();
        case Form::boolean:
            return value.is_boolean();
        case Form::number:
            return value.is_number_integer();
        case Form::map:
            return value.is_object();
        case Form::texts:
            return all([](const Json& item) { return item.is_string(); });
        case Form::maps:
            return all([](const Json& item) { return item.is_object(); });
    }
    return false;
}

Status check_fields(const Json& map, std::span<const Field> fields, std::string_view path) {
    for (const auto& [name, value] : map.items()) {
        const auto field =
            std::find_if(fields.begin(), fields.end(),
                         [&name = name](const Field& each) { return each.name == name; });
        const std::string place = path.empty() ? name : fmt::format("{}.{}", path, name);
        if (field == fields.end()) {
            std::vector<std::string_view> names;
            for (const Field& each : fields) {
                names.push_back(each.name);
            }
            return invalid(
                fmt::format("{}: is no key{}", place, config::did_you_mean(name, names)));
        }
        if (!has_form(value, field->form)) {
            return invalid(fmt::format("{}: is not {}", place, to_string(field->form)));
        }
    }
    return Done{};
}

Status check_items(const Json& container, std::string_view list, std::span<const Field> fields,
                   std::string_view path) {
    const Json* const items = member(container, list);
    for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
        const Status item =
            check_fields((*items)[i], fields, fmt::format("{}.{}[{}]", path, list, i));
        if (!item) {
            return item;
        }
    }
    return Done{};
}

Status check_container(const Json& container, std::string_view path) {
    Status status = check_fields(container, kContainer, path);
    if (status) {
        status = check_items(container, "env", kVariable, path);
    }
    if (status) {
        status = check_items(container, "volumeMounts", kMount, path);
    }
    return status ? check_items(container, "ports", kPort, path) : status;
}

// What annotations, probes and reports go by.
Status check_names(const Template& made) {
    if (text_member(made.container, "name") != kContainerName) {
        return invalid(fmt::format("container.name: is not \"{}\"", kContainerName));
    }
    if (text_member(made.container, "image").empty()) {
        return invalid("container.image: is missing");
    }
    const Json* const ports = member(made.container, "ports");
    if (ports == nullptr || named(*ports, kProbesPortName) == nullptr) {
        return invalid(fmt::format("container.ports: none is named \"{}\"", kProbesPortName));
    }
    if (named(made.volumes, kConfigVolume) == nullptr) {
        return invalid(fmt::format("volumes: none is named \"{}\"", kConfigVolume));
    }
    for (const Json& volume : made.volumes) {
        if (text_member(volume, "name").empty() || volume.size() != 2) {
            return invalid("volumes: one has no name, or not one kind");
        }
    }
    return Done{};
}

// Native and plain, with the pools that are there, or with none.
Status check_use(const Template& made) {
    for (const bool is_native : {true, false}) {
        Wishes wishes;
        wishes.native = is_native;
        if (made.pools.empty()) {
            wishes.config_map = "stand-in";
        }
        const auto configuration = make_configuration(made, wishes);
        if (!configuration) {
            return configuration.error();
        }
        if (const auto rendering = render(made, wishes, *configuration); !rendering) {
            return rendering.error();
        }
    }
    return Done{};
}

Expected<Template> make_template(const Json& document) {
    if (!document.is_object()) {
        return invalid("is not a map with process, container and volumes");
    }
    if (const Status fields = check_fields(document, kTemplate, ""); !fields) {
        return fields.error();
    }
    for (const std::string_view name : {"process", "container", "volumes"}) {
        if (member(document, name) == nullptr) {
            return invalid(fmt::format("{}: is missing", name));
        }
    }
    const auto take = [&document](std::string_view name, Json otherwise) {
        const Json* const value = member(document, name);
        return value != nullptr ? *value : std::move(otherwise);
    };
    Template made{.native = take("native", true).get<bool>(),
                  .process = take("process", nullptr),
                  .pools = take("pools", Json::object()),
                  .container = take("container", nullptr),
                  .volumes = take("volumes", nullptr),
                  .plain = take("plain", Json::object())};
    Status status = check_fields(made.plain, kPlain, "plain");
    if (status) {
        status = check_container(made.container, "container");
    }
    if (const Json* const plain = member(made.plain, "container"); status && plain != nullptr) {
        status = check_container(*plain, "plain.container");
    }
    if (status) {
        status = check_names(made);
    }
    if (status) {
        status = check_use(made);
    }
    return status ? Expected<Template>(std::move(made)) : status.error();
}

}  // namespace

Expected<Template> parse_template(std::string_view yaml, std::string_view name) {
    const auto document = json_of_yaml(yaml, name);
    if (!document) {
        return document.error();
    }
    auto made = make_template(*document);
    return made ? made : made.error().in(name);
}

}  // namespace ringside::inject
