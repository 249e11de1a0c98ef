#include "slices.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::lab {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kEventsMax = 1000;

Json slice_object(const std::string& name, const ListedNode& node, std::uint64_t version) {
    const std::string pod = node.host.substr(0, node.host.find('.'));
    return {{"kind", "EndpointSlice"},
            {"apiVersion", "discovery.k8s.io/v1"},
            {"metadata",
             {{"name", name},
              {"namespace", "ringlab"},
              {"resourceVersion", std::to_string(version)},
              {"labels", {{"kubernetes.io/service-name", "cache"}}}}},
            {"addressType", "IPv4"},
            {"endpoints",
             {{{"addresses", {node.ip}},
               {"conditions", {{"ready", true}, {"serving", true}, {"terminating", false}}},
               {"hostname", pod},
               {"targetRef", {{"kind", "Pod"}, {"namespace", "ringlab"}, {"name", pod}}}}}},
            {"ports", {{{"name", "memcached"}, {"protocol", "TCP"}, {"port", node.port}}}}};
}

bool is_same(const ListedNode& a, const ListedNode& b) {
    return a.host == b.host && a.ip == b.ip && a.port == b.port;
}

std::string event_line(std::string_view type, const Json& object) {
    return Json{{"type", type}, {"object", object}}.dump() + "\n";
}

Json status_object(unsigned code, std::string_view reason, std::string_view message) {
    return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
            {"status", "Failure"}, {"message", message}, {"reason", reason},
            {"code", code}};
}

}  // namespace

void Slices::set(const Configuration& configuration) {
    std::map<std::string, ListedNode> next;
    for (const ListedNode& node : configuration.nodes) {
        next["cache-" + node.host.substr(0, node.host.find('.'))] = node;
    }
    for (const auto& [name, node] : told_) {
        if (!next.contains(name)) {
            ++version_;
            add_event("DELETED", slice_object(name, node, version_));
            objects_.erase(name);
        }
    }
    for (const auto& [name, node] : next) {
        const auto before = told_.find(name);
        if (before == told_.end() || !is_same(before->second, node)) {
            ++version_;
            objects_[name] = slice_object(name, node, version_);
            add_event(before == told_.end() ? "ADDED" : "MODIFIED", objects_[name]);
        }
    }
    told_ = std::move(next);
}

void Slices::add_event(std::string_view type, const Json& slice) {
    if (events_.size() == kEventsMax) {
        forgotten_ = events_.front().version;
        events_.erase(events_.begin());
    }
    events_.push_back({version_, event_line(type, slice)});
}

std::string Slices::list() const {
    Json items = Json::array();
    for (const auto& [name, object] : objects_) {
        items.push_back(object);
    }
    return Json{{"kind", "EndpointSliceList"},
                {"apiVersion", "discovery.k8s.io/v1"},
                {"metadata", {{"resourceVersion", std::to_string(version_)}}},
                {"items", std::move(items)}}
        .dump();
}

std::string Slices::events_since(std::uint64_t& version) const {
    if (is_forgotten(version)) {
        return event_line("ERROR", status_object(410, "Expired", "too old resource version"));
    }
    std::string lines;
    for (const Event& event : events_) {
        if (event.version > version) {
            lines += event.line;
            version = event.version;
        }
    }
    return lines;
}

bool Slices::is_forgotten(std::uint64_t version) const noexcept {
    return version < forgotten_ || version > version_;
}

std::string Slices::bookmark() const {
    return event_line("BOOKMARK", {{"kind", "EndpointSlice"},
                                   {"apiVersion", "discovery.k8s.io/v1"},
                                   {"metadata", {{"resourceVersion", std::to_string(version_)}}},
                                   {"addressType", ""},
                                   {"endpoints", nullptr},
                                   {"ports", nullptr}});
}

std::string status_text(unsigned code, std::string_view reason, std::string_view message) {
    return status_object(code, reason, message).dump();
}

}  // namespace ringside::lab
