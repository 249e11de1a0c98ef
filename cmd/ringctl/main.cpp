// ringctl: the admin API of a running ringside on the command line.
#include "commands.h"
#include "options.h"

#include <fmt/core.h>

#include <cstdlib>
#include <span>
#include <string_view>

int main(int argc, char** argv) {
    namespace ctl = ringside::ctl;
    const char* const environment = std::getenv("RINGCTL_ADMIN");
    const auto options =
        ctl::parse_options(std::span<const char* const>(argv, argv + argc).subspan(1),
                           environment != nullptr ? environment : std::string_view{});
    if (!options) {
        fmt::print(stderr, "ringctl: {}\n", options.error().message);
        return ctl::kExitFailed;
    }
    if (options->help) {
        fmt::print("{}", ctl::help_text());
        return ctl::kExitOk;
    }
    if (options->version) {
        fmt::print("ringctl {}\n", RINGSIDE_VERSION);
        return ctl::kExitOk;
    }
    return ctl::run_command(*options);
}
