// The proxy: from the command line to an exit code.

#include "app/ask_running.h"
#include "app/discover.h"
#include "app/documents.h"
#include "app/inspect.h"
#include "app/nutcracker_name.h"
#include "app/options.h"
#include "app/run.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace ringside {
namespace {

using app::Options;
using base::Done;
using base::Expected;
using base::Status;

// nutcracker prints on stderr whatever it was asked for.
Status print(const Options& options, const Expected<std::string>& text) {
    if (!text) {
        return text.error();
    }
    std::fwrite(text->data(), 1, text->size(), options.as_nutcracker ? stderr : stdout);
    return Done{};
}

Status report_test(const Options& options) {
    const auto verdict = app::test_config(options);
    if (!verdict) {
        std::fprintf(stderr, "%s: %s\n", options.program.c_str(), verdict.error().message.c_str());
    }
    // nc.c, nc_test_conf: scripts look for this line.
    std::fprintf(stderr, "%s: configuration file '%s' syntax is %s\n", options.program.c_str(),
                 options.conf_file.c_str(), verdict ? "ok" : "invalid");
    return verdict;
}

int exit_code(const Options& options, const Status& outcome) {
    if (!outcome) {
        std::fprintf(stderr, "%s: %s\n", options.program.c_str(), outcome.error().message.c_str());
    }
    return outcome ? EXIT_SUCCESS : EXIT_FAILURE;
}

// Each source's result where it belongs: a list on stdout, a problem on stderr.
int discover(const Options& options) {
    const auto discovery = app::discover_once(options);
    if (!discovery) {
        return exit_code(options, discovery.error());
    }
    const Status printed = print(options, discovery->found);
    for (const std::string& problem : discovery->problems) {
        std::fprintf(stderr, "%s: %s\n", options.program.c_str(), problem.c_str());
    }
    return printed && discovery->has_nodes ? EXIT_SUCCESS : EXIT_FAILURE;
}

int act(const Options& options) {
    switch (options.action) {
        case app::Action::run:
            return exit_code(options, app::run(options));
        case app::Action::explain_config:
            return exit_code(options, print(options, app::explain_config(options)));
        case app::Action::test_config:
            return report_test(options) ? EXIT_SUCCESS : EXIT_FAILURE;
        case app::Action::print_docs:
            return exit_code(options, print(options, app::print_document(options.docs_topic)));
        case app::Action::discover:
            return discover(options);
        case app::Action::check_health:
            return exit_code(options, print(options, app::check_health(options)));
        case app::Action::wait_for_clients:
            return exit_code(options, print(options, app::wait_for_clients(options)));
        case app::Action::tell:
            return exit_code(options, print(options, app::told_text(options)));
    }
    return EXIT_FAILURE;
}

}  // namespace
}  // namespace ringside

int main(int argc, char** argv) {
    const auto read_environment = [](const char* name) -> const char* { return std::getenv(name); };
    const auto options = ringside::app::parse_options(argc, argv, read_environment);
    if (!options) {
        std::fprintf(stderr, "%s: %s\n", ringside::app::program_name(argc, argv).c_str(),
                     options.error().message.c_str());
        return EXIT_FAILURE;
    }
    return ringside::act(*options);
}
