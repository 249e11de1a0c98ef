#include "workloads.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace ringside::injector {
namespace {

using inject::Json;

constexpr auto kWorkloads = std::to_array<WorkloadRow>({
    {"Pod", "", ""},
    {"ReplicationController", "", "/spec/template"},
    {"Deployment", "apps", "/spec/template"},
    {"StatefulSet", "apps", "/spec/template"},
    {"DaemonSet", "apps", "/spec/template"},
    {"ReplicaSet", "apps", "/spec/template"},
    {"Job", "batch", "/spec/template"},
    {"CronJob", "batch", "/spec/jobTemplate/spec/template"},
});

// Lists of lists are nothing that anybody writes.
constexpr int kListDepthMax = 4;

std::string text_at(const Json& object, std::string_view name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const WorkloadRow* row_of(const Json& document) {
    const std::string version = text_at(document, "apiVersion");
    const std::size_t slash = version.find('/');
    const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
    const std::string kind = text_at(document, "kind");
    const auto row = std::find_if(kWorkloads.begin(), kWorkloads.end(), [&](const auto& each) {
        return each.kind == kind && each.group == group;
    });
    return row == kWorkloads.end() ? nullptr : &*row;
}

// As kubectl tells it.
std::string name_of(const WorkloadRow& row, const Json& document) {
    std::string kind(row.kind);
    std::transform(kind.begin(), kind.end(), kind.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto metadata = document.find("metadata");
    std::string name;
    if (metadata != document.end() && metadata->is_object()) {
        name = text_at(*metadata, "name");
        name = name.empty() ? text_at(*metadata, "generateName") : name;
    }
    return fmt::format("{}/{}", kind, name.empty() ? "(without a name)" : name);
}

using Visit = std::function<void(Json& pod, const std::string& name)>;

void visit_in(Json& document, const Visit& visit, int depth) {
    if (!document.is_object()) {
        return;
    }
    if (text_at(document, "kind") == "List" && document.contains("items") &&
        document["items"].is_array() && depth < kListDepthMax) {
        for (Json& item : document["items"]) {
            visit_in(item, visit, depth + 1);
        }
        return;
    }
    const WorkloadRow* const row = row_of(document);
    const Json::json_pointer place(row == nullptr ? "" : std::string(row->pod_at));
    if (row != nullptr && document.contains(place)) {
        visit(document[place], name_of(*row, document));
    }
}

}  // namespace

std::span<const WorkloadRow> workload_rows() noexcept {
    return kWorkloads;
}

void visit_pods(Json& document, const Visit& visit) {
    visit_in(document, visit, 0);
}

}  // namespace ringside::injector
