// The proxy: from the command line to an exit code.

#include "app/documents.h"
#include "app/options.h"
#include "app/run.h"
#include "config/load.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace ringside {
namespace {

using app::Options;
using base::Done;
using base::Status;

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

Status test_config(const Options& options) {
    if (const auto config = config::load_file(options.conf_file); !config) {
        return config.error();
    }
    print("configuration file " + options.conf_file + " is ok\n");
    return Done{};
}

Status print_docs(const Options& options) {
    const auto document = app::print_document(options.docs_topic);
    if (!document) {
        return document.error();
    }
    print(*document);
    return Done{};
}

Status act(const Options& options) {
    switch (options.action) {
        case app::Action::run:
            return app::run(options);
        case app::Action::test_config:
            return test_config(options);
        case app::Action::print_docs:
            return print_docs(options);
        case app::Action::version:
            print("ringside " RINGSIDE_VERSION "\n");
            return Done{};
        case app::Action::help:
            print(app::help_text());
            return Done{};
    }
    return Done{};
}

Status run_main(int argc, char** argv) {
    const auto read_environment = [](const char* name) -> const char* { return std::getenv(name); };
    const auto options = app::parse_options(argc, argv, read_environment);
    if (!options) {
        return options.error();
    }
    return act(*options);
}

}  // namespace
}  // namespace ringside

int main(int argc, char** argv) {
    const auto outcome = ringside::run_main(argc, argv);
    if (!outcome) {
        std::fprintf(stderr, "ringside: %s\n", outcome.error().message.c_str());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
