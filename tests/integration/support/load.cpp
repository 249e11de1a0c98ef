#include "integration/support/load.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace ringside::testing {
namespace {

std::vector<std::string> load_command(std::uint16_t port, std::vector<std::string> more) {
    // Longer than any test: it ends when it is told to.
    std::vector<std::string> command{program("ringload"),
                                     "--target",
                                     fmt::format("127.0.0.1:{}", port),
                                     "--seconds",
                                     "120",
                                     "--verify-values",
                                     "--json",
                                     "--progress"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

}  // namespace

Load::Load(std::uint16_t port, std::vector<std::string> more_arguments)
    : process_(load_command(port, std::move(more_arguments))) {
    process_.wait_for_text("errors ");  // its first second has passed
}

LoadReport Load::stop() {
    LoadReport report;
    report.exit_code = process_.stop();
    report.text = process_.output() + process_.errors();
    const auto json = nlohmann::json::parse(process_.output());
    report.requests = json.at("requests");
    report.hits = json.at("hits");
    report.misses = json.at("misses");
    report.errors = json.at("errors");
    report.wrong = json.at("wrong");
    report.lost = json.at("lost");
    return report;
}

}  // namespace ringside::testing
