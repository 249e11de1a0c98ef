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

int main(int argc, char** argv) {
    namespace ctl = ringside::ctl;
    const char* const environment = std::getenv("RINGCTL_ADMIN");
    const std::string_view admin_default = environment != nullptr ? environment : "";
    const auto arguments = std::span<const char* const>(argv, argv + argc).subspan(1);
    if (!arguments.empty() && arguments.front() == ctl::kCompleteWord) {
        const auto candidates = ctl::complete(arguments.subspan(1), admin_default);
        fmt::print("{}", ctl::completion_lines(candidates));
        return ctl::kExitOk;
    }
    auto options = ctl::parse_options(arguments, admin_default);
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
