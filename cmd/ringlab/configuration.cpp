#include "configuration.h"

#include <fmt/core.h>

#include <algorithm>

namespace ringside::lab {
namespace {

constexpr std::string_view kCommand = "config get cluster";
// How engines before 1.4.14 were asked: the list is the value of a reserved key.
constexpr std::string_view kLegacyCommand = "get AmazonElastiCache:cluster";
constexpr std::string_view kError = "ERROR\r\n";

// A data block in the form of the command that asked for it.
std::string block(bool legacy, std::string_view data) {
    const std::string_view header = legacy ? "VALUE AmazonElastiCache:cluster" : "CONFIG cluster";
    return fmt::format("{} 0 {}\r\n{}\r\nEND\r\n", header, data.size(), data);
}

Configuration without_ip(Configuration configuration) {
    for (ListedNode& node : configuration.nodes) {
        node.host = "localhost";
        node.ip.clear();
    }
    return configuration;
}

Answer cluster_answer(bool legacy, const Configuration& configuration, Mode mode) {
    const std::string right = block(legacy, payload(configuration));
    switch (mode) {
        case Mode::normal:
            return {right};
        case Mode::empty:
            return {block(legacy, fmt::format("{}\n\n", configuration.version + 1))};
        case Mode::unset:
            return {"END\r\n"};
        case Mode::garbage:
            return {block(legacy, "not-a-version\n|||| a|b ,;\x01\xff 7|7|seven\n")};
        case Mode::slow:
            return {.bytes = right, .one_by_one = true};
        case Mode::old_version: {
            Configuration old{.version = 0, .nodes = configuration.nodes};
            old.nodes.resize(std::min<std::size_t>(old.nodes.size(), 1));
            return {block(legacy, payload(old))};
        }
        case Mode::truncated:
            return {.bytes = right.substr(0, right.size() / 2), .close = true};
        case Mode::error:
            return {"SERVER_ERROR ringlab was told to fail\r\n"};
        case Mode::silent:
            return {};
        case Mode::closed:
            return {.bytes = {}, .close = true};
        case Mode::no_ip:
            return {block(legacy, payload(without_ip(configuration)))};
        case Mode::legacy:
            return {legacy ? right : std::string(kError)};
    }
    return {};
}

}  // namespace

std::optional<Mode> parse_mode(std::string_view name) noexcept {
    const auto row = std::find_if(kModes.begin(), kModes.end(), [name](const ModeRow& candidate) {
        return candidate.name == name;
    });
    return row == kModes.end() ? std::nullopt : std::optional(row->mode);
}

std::string_view to_string(Mode mode) noexcept {
    return kModes[static_cast<std::size_t>(mode)].name;
}

static_assert(
    [] {
        for (std::size_t i = 0; i < kModes.size(); ++i) {
            if (static_cast<std::size_t>(kModes[i].mode) != i) {
                return false;
            }
        }
        return true;
    }(),
    "kModes is indexed by Mode");

std::string payload(const Configuration& configuration) {
    std::string text = fmt::format("{}\n", configuration.version);
    for (std::size_t i = 0; i < configuration.nodes.size(); ++i) {
        const ListedNode& node = configuration.nodes[i];
        text += fmt::format("{}{}|{}|{}", i == 0 ? "" : " ", node.host, node.ip, node.port);
    }
    return text + "\n";
}

Answer answer_line(std::string_view line, const Configuration& configuration, Mode mode) {
    if (line == kCommand || line == kLegacyCommand) {
        return cluster_answer(line == kLegacyCommand, configuration, mode);
    }
    if (line == "version") {
        return {mode == Mode::legacy ? "VERSION 1.4.5\r\n" : "VERSION 1.6.18\r\n"};
    }
    if (line == "quit") {
        return {.bytes = {}, .close = true};
    }
    return {std::string(kError)};
}

}  // namespace ringside::lab
