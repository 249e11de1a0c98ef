#include "source_text.h"

#include <fmt/core.h>

namespace ringside::lab {
namespace {

constexpr std::string_view kName = "cache.ringlab.test";
constexpr std::string_view kService = "_memcached._tcp.cache.ringlab.test";

std::string_view label_of(std::string_view host) {
    return host.substr(0, host.find('.'));
}

std::string listed(const Configuration& configuration) {
    std::string text = "# The nodes of ringlab.\n";
    for (const ListedNode& node : configuration.nodes) {
        text += fmt::format("- {{address: \"{}:{}\", name: {}}}\n", node.ip, node.port,
                            label_of(node.host));
    }
    return configuration.nodes.empty() ? "[]\n" : text;
}

std::string discovery(SourceKind kind, const SourcePlace& place) {
    switch (kind) {
        case SourceKind::elasticache:
            return fmt::format("elasticache: {{endpoint: \"{}\", interval: 2s}}",
                               place_text(kind, place));
        case SourceKind::file:
            return fmt::format("file: {{path: \"{}\"}}", place.path);
        case SourceKind::dns:
            return fmt::format("dns: {{name: \"{}.:{}\", ttl_min: 1s}}", kName, place.node_port);
        case SourceKind::srv:
            return fmt::format("srv: {{name: {}., ttl_min: 1s}}", kService);
        case SourceKind::kubernetes:
            return fmt::format(
                "kubernetes:\n      service: cache\n      namespace: ringlab\n"
                "      port: memcached\n      api_server: \"localhost:{}\"\n"
                "      token_file: \"{}\"\n      ca_file: \"{}\"",
                place.port, place.token_file, place.ca_file);
    }
    return {};
}

}  // namespace

std::string file_text(const Configuration& configuration, Mode mode) {
    if (mode == Mode::empty) {
        return "[]\n";
    }
    if (mode == Mode::garbage) {
        return "<html>\nnot a list of nodes: \x01\n";
    }
    const std::string right = listed(configuration);
    return mode == Mode::truncated ? right.substr(0, right.size() - right.size() / 4) : right;
}

std::vector<std::string> dns_records(const Configuration& configuration, SourceKind kind) {
    std::vector<std::string> records;
    for (const ListedNode& node : configuration.nodes) {
        records.push_back(fmt::format("--host-record={},{},1", node.host, node.ip));
        records.push_back(
            kind == SourceKind::srv
                ? fmt::format("--srv-host={},{},{},0,0", kService, node.host, node.port)
                : fmt::format("--host-record={},{},1", kName, node.ip));
    }
    return records;
}

std::string_view place_name(SourceKind kind) noexcept {
    switch (kind) {
        case SourceKind::elasticache:
            return "endpoint";
        case SourceKind::file:
            return "file";
        case SourceKind::dns:
        case SourceKind::srv:
            return "nameserver";
        case SourceKind::kubernetes:
            return "api_server";
    }
    return {};
}

std::string place_text(SourceKind kind, const SourcePlace& place) {
    return kind == SourceKind::file ? place.path : fmt::format("127.0.0.1:{}", place.port);
}

std::string ringside_config(SourceKind kind, const SourcePlace& place) {
    const bool is_dns = kind == SourceKind::dns || kind == SourceKind::srv;
    return (is_dns ? fmt::format("ringside:\n  nameservers: {}\n", place_text(kind, place)) : "") +
           fmt::format("cache:\n  listen: 127.0.0.1:11211\n  discovery:\n    {}\n",
                       discovery(kind, place));
}

bool can_misbehave(SourceKind kind, Mode mode) noexcept {
    switch (kind) {
        case SourceKind::elasticache:
            return true;
        case SourceKind::file:
            return mode == Mode::normal || mode == Mode::empty || mode == Mode::garbage ||
                   mode == Mode::truncated || mode == Mode::closed;
        case SourceKind::dns:
        case SourceKind::srv:
            return mode == Mode::normal || mode == Mode::empty || mode == Mode::silent ||
                   mode == Mode::closed;
        case SourceKind::kubernetes:
            return mode == Mode::normal || mode == Mode::empty || mode == Mode::error ||
                   mode == Mode::silent || mode == Mode::closed;
    }
    return false;
}

std::string modes_of(SourceKind kind) {
    std::string text;
    for (const ModeRow& row : kModes) {
        if (can_misbehave(kind, row.mode)) {
            text += fmt::format("{}{}", text.empty() ? "" : ", ", row.name);
        }
    }
    return text;
}

}  // namespace ringside::lab
