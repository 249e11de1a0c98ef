#include "inject/sidecar.h"

#include "inject/annotations.h"
#include "inject/pod.h"
#include "inject/rendering.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ringside::inject {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

constexpr std::string_view kVersion = RINGSIDE_VERSION;

// What a parent of something of ours was before there was one: `made` of the record.
constexpr const char* kAbsent = "absent";
constexpr const char* kNull = "null";

const char* list_of(bool is_native) noexcept {
    return is_native ? "initContainers" : "containers";
}

// The member `name` of `owner`, made of `empty` if it is not there; `made` then has it under `key`.
Json& make(Json& owner, const std::string& name, Json empty, Json& made, const std::string& key) {
    const bool is_there = owner.contains(name);
    Json& value = owner[name];
    if (!is_there || value.is_null()) {
        made[key] = is_there ? kNull : kAbsent;
        value = std::move(empty);
    }
    return value;
}

// The reverse, once what was in it has been taken out.
void unmake(Json& owner, const std::string& name, const Json& made, const std::string& key) {
    const std::string_view before = text_member(made, key);
    const auto found = owner.find(name);
    if (before.empty() || found == owner.end() || !found->empty()) {
        return;
    }
    if (before == kNull) {
        *found = nullptr;
    } else {
        owner.erase(found);
    }
}

void insert_front(Json& list, const Json& items) {
    list.insert(list.begin(), items.begin(), items.end());
}

Json names_of(const Json& items) {
    Json names = Json::array();
    for (const Json& item : items) {
        names.push_back(text_member(item, "name"));
    }
    return names;
}

// What was added to a container, for the record.
Json add_to_container(Json& container, const ContainerAddition& addition) {
    Json record = Json::object();
    Json made = Json::object();
    if (!addition.env.empty()) {
        insert_front(make(container, "env", Json::array(), made, "env"), addition.env);
        record["env"] = names_of(addition.env);
    }
    if (!addition.mounts.empty()) {
        Json& mounts = make(container, "volumeMounts", Json::array(), made, "volumeMounts");
        mounts.insert(mounts.end(), addition.mounts.begin(), addition.mounts.end());
        record["mounts"] = names_of(addition.mounts);
    }
    if (!made.empty()) {
        record["made"] = std::move(made);
    }
    return record;
}

// Takes the first or the last item of that name out of a list. False: there is none.
bool take_out(Json* list, std::string_view name, bool is_last, Json* taken = nullptr) {
    if (list == nullptr || !list->is_array()) {
        return false;
    }
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < list->size() && (is_last || !found); ++i) {
        if (text_member((*list)[i], "name") == name) {
            found = i;
        }
    }
    if (found && taken != nullptr) {
        *taken = std::move((*list)[*found]);
    }
    if (found) {
        list->erase(*found);
    }
    return found.has_value();
}

Json* find(Json& owner, const std::string& name) {
    const auto found = owner.is_object() ? owner.find(name) : owner.end();
    return found == owner.end() ? nullptr : &*found;
}

bool is_list_of_texts(const Json* list) {
    return list == nullptr ||
           (list->is_array() && std::all_of(list->begin(), list->end(),
                                            [](const Json& item) { return item.is_string(); }));
}

bool is_map_or_absent(const Json* map) {
    return map == nullptr || map->is_object();
}

// Whether somebody else has written it.
bool is_record(const Json& status) {
    const Json* const containers = member(status, "containers");
    const Json* const native = member(status, "native");
    if (text_member(status, "container") != kContainerName || native == nullptr ||
        !native->is_boolean() || !is_list_of_texts(member(status, "volumes")) ||
        !is_list_of_texts(member(status, "annotations")) ||
        !is_map_or_absent(member(status, "made")) || !is_map_or_absent(containers)) {
        return false;
    }
    const auto count = [](const Json& container, std::string_view list) {
        const Json* const texts = member(container, list);
        return texts != nullptr ? texts->size() : 0;
    };
    std::size_t names = count(status, "volumes") + count(status, "annotations");
    for (const Json& container : containers != nullptr ? *containers : Json::object()) {
        if (!container.is_object() || !is_list_of_texts(member(container, "env")) ||
            !is_list_of_texts(member(container, "mounts")) ||
            !is_map_or_absent(member(container, "made"))) {
            return false;
        }
        names += count(container, "env") + count(container, "mounts");
    }
    return names <= kNamesMax;
}

// The texts of a list of the record, or none.
std::vector<std::string> texts(const Json& record, std::string_view name) {
    const Json* const list = member(record, name);
    return list != nullptr ? list->get<std::vector<std::string>>() : std::vector<std::string>();
}

const Json& map_of(const Json& record, std::string_view name) {
    static const Json empty = Json::object();
    const Json* const map = member(record, name);
    return map != nullptr ? *map : empty;
}

bool take_out_of_container(Json& container, const Json& record) {
    bool is_complete = true;
    for (const std::string& name : texts(record, "env")) {
        is_complete = take_out(find(container, "env"), name, false) && is_complete;
    }
    for (const std::string& name : texts(record, "mounts")) {
        is_complete = take_out(find(container, "volumeMounts"), name, true) && is_complete;
    }
    // In the reverse order of making, though neither is in the other.
    unmake(container, "volumeMounts", map_of(record, "made"), "volumeMounts");
    unmake(container, "env", map_of(record, "made"), "env");
    return is_complete;
}

bool take_out_of_containers(Json& spec, const Json& records) {
    bool is_complete = true;
    for (const auto& [name, record] : records.items()) {
        bool is_there = false;
        for (const char* const list : {"initContainers", "containers"}) {
            Json* const containers = find(spec, list);
            if (containers == nullptr || !containers->is_array()) {
                continue;
            }
            for (Json& container : *containers) {
                if (text_member(container, "name") == name) {
                    is_there = true;
                    is_complete = take_out_of_container(container, record) && is_complete;
                }
            }
        }
        is_complete = is_complete && is_there;
    }
    return is_complete;
}

}  // namespace

Json add_sidecar(const Json& pod, const Addition& addition) {
    Json result = pod;
    Json made = Json::object();
    Json records = Json::object();
    Json& spec = result["spec"];
    for (const char* const list : {"initContainers", "containers"}) {
        Json* const containers = find(spec, list);
        for (std::size_t i = 0; containers != nullptr && i < containers->size(); ++i) {
            Json& container = (*containers)[i];
            const std::string name(text_member(container, "name"));
            const auto wanted = addition.containers.find(name);
            if (wanted == addition.containers.end()) {
                continue;
            }
            if (Json record = add_to_container(container, wanted->second); !record.empty()) {
                records[name] = std::move(record);
            }
        }
    }
    const std::string list = list_of(addition.is_native);
    insert_front(make(spec, list, Json::array(), made, "/spec/" + list),
                 Json::array({addition.container}));
    if (!addition.volumes.empty()) {
        Json& volumes = make(spec, "volumes", Json::array(), made, "/spec/volumes");
        volumes.insert(volumes.end(), addition.volumes.begin(), addition.volumes.end());
    }
    Json& metadata = make(result, "metadata", Json::object(), made, "/metadata");
    Json& annotations =
        make(metadata, "annotations", Json::object(), made, "/metadata/annotations");
    Json names = Json::array();
    for (const auto& [name, text] : addition.annotations) {
        annotations[name] = text;
        names.push_back(name);
    }
    Json status{{"version", kVersion},
                {"checksum", addition.checksum},
                {"native", addition.is_native},
                {"container", kContainerName},
                {"volumes", names_of(addition.volumes)},
                {"containers", std::move(records)},
                {"annotations", std::move(names)},
                {"made", std::move(made)}};
    annotations[std::string(kStatusAnnotation)] = json_text(status);
    return result;
}

Expected<std::optional<Removed>> remove_sidecar(const Json& pod) {
    const Json* const text = member(metadata_map(pod, "annotations"), kStatusAnnotation);
    if (text == nullptr) {
        return std::optional<Removed>();
    }
    auto status = parse_json(text->get_ref<const std::string&>());
    if (!status || !is_record(*status)) {
        return Error{Errc::malformed,
                     "ringside.dev/status: is not what Ringside has written; take it away"};
    }
    Removed result{.pod = pod, .status = std::move(*status), .container = nullptr};
    const Json& made = map_of(result.status, "made");
    Json& metadata = result.pod["metadata"];
    Json& annotations = metadata["annotations"];
    annotations.erase(std::string(kStatusAnnotation));
    for (const std::string& name : texts(result.status, "annotations")) {
        result.is_complete = annotations.erase(name) != 0 && result.is_complete;
    }
    unmake(metadata, "annotations", made, "/metadata/annotations");
    unmake(result.pod, "metadata", made, "/metadata");
    Json& spec = result.pod["spec"];
    for (const std::string& name : texts(result.status, "volumes")) {
        Json volume;
        const bool is_there = take_out(find(spec, "volumes"), name, true, &volume);
        result.is_complete = is_there && result.is_complete;
        if (is_there) {
            result.volumes.push_back(std::move(volume));
        }
    }
    unmake(spec, "volumes", made, "/spec/volumes");
    const std::string list = list_of(result.status["native"].get<bool>());
    result.is_complete =
        take_out(find(spec, list), kContainerName, false, &result.container) && result.is_complete;
    unmake(spec, list, made, "/spec/" + list);
    result.is_complete =
        take_out_of_containers(spec, map_of(result.status, "containers")) && result.is_complete;
    return std::optional<Removed>(std::move(result));
}

}  // namespace ringside::inject
