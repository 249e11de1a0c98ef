// An API server for the machine of Kubernetes, in virtual time: slices, their history, and a watch.
#pragma once

#include "config/source.h"
#include "source_world.h"

#include <fmt/core.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {

class ApiServer {
  public:
    // Of a slice with these pods, "cache-0" at 10.0.0.0 and so on.
    void set(const std::string& name, const std::vector<int>& pods) {
        ++version_;
        const bool is_new = !slices_.contains(name);
        slices_[name] = slice_text(name, pods);
        add_event(is_new ? "ADDED" : "MODIFIED", slices_[name]);
    }
    void remove(const std::string& name) {
        ++version_;
        slices_.erase(name);
        add_event("DELETED", slice_text(name, {}));
    }
    void bookmark() {
        add_event("BOOKMARK", fmt::format(R"({{"metadata":{{"resourceVersion":"{}"}},)"
                                          R"("endpoints":null}})",
                                          version_));
    }
    // A watch from before this is too old.
    void forget() { forgotten_ = version_; }

    // Serves the world from now on: what it is asked, and what a watch tells.
    void serve(SourceWorld& world) {
        world_ = &world;
        world.api = [this](const HttpsQuestion& question) { return answer(question); };
    }

    std::size_t page_slices = 100;

  private:
    using Answer = std::pair<unsigned, SourceWorld::Reply>;

    std::string slice_text(const std::string& name, const std::vector<int>& pods) const {
        std::string endpoints;
        for (const int pod : pods) {
            endpoints += fmt::format(R"({}{{"addresses":["10.0.0.{}"],"hostname":"cache-{}",)"
                                     R"("targetRef":{{"kind":"Pod","name":"cache-{}"}}}})",
                                     endpoints.empty() ? "" : ",", pod, pod, pod);
        }
        return fmt::format(R"({{"metadata":{{"name":"{}","resourceVersion":"{}"}},)"
                           R"("addressType":"IPv4","endpoints":[{}],)"
                           R"("ports":[{{"name":"memcached","port":11211}}]}})",
                           name, version_, endpoints);
    }
    void add_event(const char* type, const std::string& object) {
        events_.emplace_back(version_,
                             fmt::format(R"({{"type":"{}","object":{}}})", type, object) + "\n");
        if (world_ != nullptr && world_->is_streaming()) {
            world_->parts.push_back(events_.back().second);
        }
    }
    Answer answer(const HttpsQuestion& question) {
        return question.target.find("watch=1") == std::string::npos ? list(question.target)
                                                                    : watch(question.target);
    }
    static std::string parameter(const std::string& target, const std::string& name) {
        const std::size_t begin = target.find(name + '=');
        if (begin == std::string::npos) {
            return {};
        }
        const std::size_t end = target.find('&', begin);
        return target.substr(begin + name.size() + 1, end - begin - name.size() - 1);
    }
    Answer list(const std::string& target) const {
        const std::string page = parameter(target, "continue");
        std::size_t index = 0;
        const std::size_t first = page.empty() ? 0 : std::stoul(page);
        std::string items;
        for (const auto& [name, text] : slices_) {
            if (index >= first && index < first + page_slices) {
                items += (items.empty() ? "" : ",") + text;
            }
            ++index;
        }
        const std::string next =
            first + page_slices < slices_.size() ? std::to_string(first + page_slices) : "";
        return {200, fmt::format(R"({{"kind":"EndpointSliceList","metadata":{{"resourceVersion":)"
                                 R"("{}","continue":"{}"}},"items":[{}]}})",
                                 version_, next, items)};
    }
    Answer watch(const std::string& target) {
        const int since = std::stoi(parameter(target, "resourceVersion"));
        world_->parts.clear();
        if (since < forgotten_) {
            world_->parts.push_back(R"({"type":"ERROR","object":{"code":410,"message":"too old"}})"
                                    "\n");
            return {200, std::string()};
        }
        for (const auto& [version, text] : events_) {
            if (version > since) {
                world_->parts.push_back(text);
            }
        }
        return {200, std::string()};
    }

    SourceWorld* world_ = nullptr;
    std::map<std::string, std::string> slices_;
    std::vector<std::pair<int, std::string>> events_;
    int version_ = 100;
    int forgotten_ = 0;
};

inline config::KubernetesSource kubernetes(const std::string& api_host = "10.0.0.200") {
    return {.service = "cache",
            .name_space = "app",
            .port = "memcached",
            .api_server = {api_host, 6443},
            .token_file = "/token",
            .tls = {.ca_file = "/ca.crt"}};
}

inline std::vector<std::string> names_of(const routing::Membership& membership) {
    std::vector<std::string> names;
    for (const routing::Member& member : membership.members) {
        names.push_back(member.name);
    }
    return names;
}

}  // namespace ringside::discovery
