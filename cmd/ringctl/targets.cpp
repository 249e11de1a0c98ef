#include "targets.h"

#include "http/uri.h"

#include <fmt/core.h>

namespace ringside::ctl {
namespace {

// The path with its query, parameter by parameter.
class Target {
  public:
    explicit Target(std::string path) : text_(std::move(path)) {}

    // Nothing if `value` is empty.
    Target& add(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            const bool is_first = text_.find('?') == std::string::npos;
            text_ +=
                fmt::format("{}{}={}", is_first ? '?' : '&', name, http::percent_encode(value));
        }
        return *this;
    }
    Target& add(std::string_view name, const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            add(name, value);
        }
        return *this;
    }
    std::string text() const { return text_; }

  private:
    std::string text_;
};

// Of what takes a node out of the ring: "eject" or "drain".
std::string take_out_target(const Options& options, std::string_view how) {
    return Target(fmt::format("{}/{}", node_path(options), how))
        .add("force", options.force ? "true" : "")
        .add("dryRun", options.dry_run ? "true" : "")
        .add("for", options.duration)
        .add("reason", options.reason)
        .add("author", options.author)
        .text();
}

}  // namespace

std::string pool_path(const Options& options) {
    return "/pools/" + http::percent_encode(options.words[1]);
}

std::string node_path(const Options& options) {
    return pool_path(options) + "/nodes/" + http::percent_encode(options.words[2]);
}

// An empty key is asked for, too: the API says what is wrong with it.
std::string locate_target(const Options& options, std::string_view key) {
    return pool_path(options) + "/locate?key=" + http::percent_encode(key);
}

std::string reconnect_target(const Options& options) {
    return (options.words.size() > 2 ? node_path(options) : pool_path(options)) + "/reconnect";
}

std::string refresh_target(const Options& options) {
    return Target(pool_path(options) + "/refresh")
        .add("accept", options.accept_older ? "older" : "")
        .text();
}

std::string eject_target(const Options& options) {
    return take_out_target(options, "eject");
}

std::string drain_target(const Options& options) {
    return take_out_target(options, "drain");
}

std::string drain_clients_target(const Options& options) {
    return Target("/clients/drain")
        .add("pool", options.words.size() > 1 ? options.words[1] : "")
        .add("dryRun", options.dry_run ? "true" : "")
        .add("reason", options.reason)
        .add("author", options.author)
        .text();
}

std::string keys_target(const Options& options) {
    return Target(pool_path(options) + "/keys/top")
        .add("limit", options.limit ? std::to_string(*options.limit) : "")
        .text();
}

std::string restore_target(const Options& options) {
    return Target(node_path(options) + "/restore")
        .add("dryRun", options.dry_run ? "true" : "")
        .add("reason", options.reason)
        .add("author", options.author)
        .text();
}

std::string what_if_target(const Options& options) {
    const WhatIfOptions& wish = options.what_if;
    return Target(pool_path(options) + "/what-if")
        .add("add", wish.add)
        .add("remove", wish.remove)
        .add("weight", wish.weight)
        .add("eject", wish.eject)
        .add("restore", wish.restore)
        .text();
}

}  // namespace ringside::ctl
