#include "integration/support/lab.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace ringside::testing {
namespace {

std::vector<std::string> start_command(const std::string& directory, int nodes,
                                       std::vector<std::string> more) {
    std::vector<std::string> command{program("ringlab"), "start",   "--dir",
                                     directory,          "--nodes", std::to_string(nodes)};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

}  // namespace

Lab::Lab(int nodes, std::vector<std::string> more_arguments)
    : process_(start_command(directory_.path(), nodes, std::move(more_arguments))) {
    process_.wait_for_text("ready\n");
    const std::string output = process_.output();
    constexpr std::string_view kBefore = "endpoint 127.0.0.1:";
    if (const std::size_t found = output.find(kBefore); found != std::string::npos) {
        port_ = static_cast<std::uint16_t>(std::stoul(output.substr(found + kBefore.size())));
    }
}

std::string Lab::endpoint() const {
    return fmt::format("127.0.0.1:{}", port_);
}

Outcome Lab::try_command(std::vector<std::string> words) {
    std::vector<std::string> command{program("ringlab"), "--dir", directory_.path()};
    command.insert(command.end(), words.begin(), words.end());
    return run(std::move(command));
}

std::string Lab::command(std::vector<std::string> words) {
    const Outcome outcome = try_command(std::move(words));
    if (outcome.exit_code != 0) {
        throw std::runtime_error(outcome.errors);
    }
    return outcome.output;
}

Lab::Status Lab::status() {
    const auto json = nlohmann::json::parse(command({"status", "--json"}));
    Status status{json.at("version"), json.at("mode"), {}};
    for (const auto& node : json.at("nodes")) {
        status.nodes.push_back(
            {node.at("name"), node.at("host"), node.at("ip"), node.at("port"), node.at("state")});
    }
    return status;
}

}  // namespace ringside::testing
