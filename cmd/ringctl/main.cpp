// ringctl: the admin API of a running ringside on the command line.
#include "commands.h"
#include "completion.h"
#include "exit_code.h"
#include "help.h"
#include "options.h"
#include "terminal.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <system_error>

namespace {

namespace ctl = ringside::ctl;

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

int run(std::span<const char* const> arguments) {
    const ctl::Environment environment{.admin = variable("RINGCTL_ADMIN"),
                                       .token_file = variable("RINGSIDE_TOKEN_FILE")};
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
    if (options->print_docs != ctl::Docs::none) {
        fmt::print("{}",
                   options->print_docs == ctl::Docs::man ? ctl::manual() : ctl::help_document());
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

}  // namespace

int main(int argc, char** argv) {
    int exit_code = ctl::kExitOk;
    bool is_written = true;
    try {
        exit_code = run(std::span<const char* const>(argv, argv + argc).subspan(1));
    } catch (const std::system_error&) {
        // From fmt::print; what else may go wrong is a value.
        is_written = false;
    }
    // What is left in the buffer counts, too: a script must not take a part of it for all.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !is_written) {
        fmt::print(stderr,
                   "ringctl: the output could not be written: is the disk full, or has its reader "
                   "gone?\n");
        return ctl::kExitFailed;
    }
    return exit_code;
}
