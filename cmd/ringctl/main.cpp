// ringctl: the admin API of a running ringside on the command line.
#include "commands.h"
#include "completion.h"
#include "exit_code.h"
#include "help.h"
#include "options.h"
#include "terminal.h"

#include <fmt/core.h>

#include <cstdlib>
#include <span>
#include <string_view>

namespace {

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

int main(int argc, char** argv) {
    namespace ctl = ringside::ctl;
    const ctl::Environment environment{.admin = variable("RINGCTL_ADMIN"),
                                       .token_file = variable("RINGSIDE_TOKEN_FILE")};
    const auto arguments = std::span<const char* const>(argv, argv + argc).subspan(1);
    if (!arguments.empty() && arguments.front() == ctl::kCompleteWord) {
        const auto candidates = ctl::complete(arguments.subspan(1), environment);
        fmt::print("{}", ctl::completion_lines(candidates));
        return ctl::kExitOk;
    }
    auto options = ctl::parse_options(arguments, environment);
    if (!options) {
        fmt::print(stderr, "ringctl: {}\n", options.error().message);
        return ctl::kExitFailed;
    }
    options->view.colour = ctl::can_colour();
    if (options->print_docs) {
        fmt::print("{}", ctl::help_document());
        return ctl::kExitOk;
    }
    if (options->help && options->words.empty()) {
        fmt::print("{}", ctl::help_text());
        return ctl::kExitOk;
    }
    if (options->version) {
        fmt::print("ringctl {}\n", RINGSIDE_VERSION);
        return ctl::kExitOk;
    }
    return ctl::run_command(*options);
}
