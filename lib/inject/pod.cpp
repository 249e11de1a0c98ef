#include "inject/pod.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

namespace ringside::inject {
namespace {

const Json& member_or_null(const Json& document, std::string_view name) {
    static const Json null;
    const Json* const value = member(document, name);
    return value != nullptr ? *value : null;
}

constexpr std::array<std::string_view, 4> kContainerLists{"env", "envFrom", "ports",
                                                          "volumeMounts"};

bool is_list_of_maps(const Json& list) {
    return list.is_null() ||
           (list.is_array() && std::all_of(list.begin(), list.end(),
                                           [](const Json& item) { return item.is_object(); }));
}

std::string problem_of_containers(const Json& list, std::string_view path,
                                  std::set<std::string, std::less<>>& names) {
    if (!is_list_of_maps(list)) {
        return fmt::format("{}: is no list of containers", path);
    }
    for (const Json& container : list) {
        const std::string_view name = text_member(container, "name");
        if (name.empty() || !names.emplace(name).second) {
            return fmt::format("{}: a container has no name, or that of another one", path);
        }
        for (const std::string_view each : kContainerLists) {
            if (!is_list_of_maps(member_or_null(container, each))) {
                return fmt::format("{}: {}.{} is no list", path, name, each);
            }
        }
    }
    return {};
}

std::string problem_of_metadata(const Json& metadata) {
    if (!metadata.is_null() && !metadata.is_object()) {
        return "metadata: is no map";
    }
    for (const std::string_view name : {"labels", "annotations"}) {
        const Json& map = member_or_null(metadata, name);
        const bool is_good =
            map.is_null() ||
            (map.is_object() && std::all_of(map.begin(), map.end(),
                                            [](const Json& value) { return value.is_string(); }));
        if (!is_good) {
            return fmt::format("metadata.{}: is no map of texts", name);
        }
    }
    return {};
}

}  // namespace

std::string problem_of_pod(const Json& pod) {
    if (!pod.is_object()) {
        return "is no map";
    }
    if (std::string problem = problem_of_metadata(member_or_null(pod, "metadata"));
        !problem.empty()) {
        return problem;
    }
    const Json& spec = member_or_null(pod, "spec");
    if (!spec.is_object()) {
        return "spec: is no map";
    }
    std::set<std::string, std::less<>> names;
    for (const std::string_view list : {"initContainers", "containers"}) {
        if (std::string problem = problem_of_containers(member_or_null(spec, list),
                                                        fmt::format("spec.{}", list), names);
            !problem.empty()) {
            return problem;
        }
    }
    if (member_or_null(spec, "containers").empty()) {
        return "spec.containers: there is none";
    }
    const Json& volumes = member_or_null(spec, "volumes");
    return is_list_of_maps(volumes) ? std::string() : "spec.volumes: is no list";
}

const Json& metadata_map(const Json& pod, std::string_view name) {
    return member_or_null(member_or_null(pod, "metadata"), name);
}

const Json& spec_list(const Json& pod, std::string_view name) {
    return member_or_null(member_or_null(pod, "spec"), name);
}

const Json* named(const Json& list, std::string_view name) noexcept {
    if (list.is_array()) {
        for (const Json& item : list) {
            if (text_member(item, "name") == name) {
                return &item;
            }
        }
    }
    return nullptr;
}

std::size_t annotations_bytes(const Json& pod) {
    std::size_t bytes = 0;
    for (const auto& [name, text] : metadata_map(pod, "annotations").items()) {
        bytes += name.size() + text.get_ref<const std::string&>().size();
    }
    return bytes;
}

}  // namespace ringside::inject
