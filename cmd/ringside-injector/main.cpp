// ringside-injector: puts a Ringside sidecar into pods, as a webhook of Kubernetes and by hand.
#include "commands.h"
#include "config/text.h"
#include "exit_code.h"
#include "help.h"
#include "options.h"
#include "verbs.h"

#include <fmt/core.h>

#include <cstdio>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using namespace ringside::injector;
namespace base = ringside::base;
namespace config = ringside::config;

// Beside the verbs.
struct Word {
    std::string_view name;
    std::string (*text)();
};
constexpr Word kWords[] = {
    {"--help", help_text},
    {"-h", help_text},
    {"--version", [] { return fmt::format("ringside-injector {}\n", RINGSIDE_VERSION); }},
    {"--print-docs", help_document},
};

int run_verb(const Verb& verb, std::span<const char* const> arguments) {
    Options options;
    const auto rows = verb.options == nullptr ? std::span<const OptionRow>{} : verb.options();
    const auto words = base::parse_command_line(rows, arguments, options);
    if (!words) {
        return fail(kExitUsage, fmt::format("{}; see ringside-injector help {}",
                                            words.error().message, verb.name));
    }
    if (options.help) {
        fmt::print("{}", verb_help(verb));
        return kExitOk;
    }
    options.words.assign(words->begin(), words->end());
    const std::size_t words_max = verb.name == "help" ? 1 : 0;
    if (options.words.size() > words_max) {
        return fail(kExitUsage,
                    fmt::format("usage: ringside-injector {} {}; see ringside-injector help {}",
                                verb.name, verb.operands, verb.name));
    }
    return verb.run(options);
}

int run(std::span<const char* const> arguments) {
    if (arguments.empty()) {
        return fail(kExitUsage, "nothing to do; see ringside-injector --help");
    }
    const std::string_view name = arguments.front();
    for (const Word& word : kWords) {
        if (word.name == name) {
            fmt::print("{}", word.text());
            return kExitOk;
        }
    }
    if (const Verb* const verb = find_verb(name)) {
        return run_verb(*verb, arguments.subspan(1));
    }
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs()) {
        names.push_back(verb.name);
    }
    return fail(kExitUsage,
                fmt::format("there is no verb {}{}; see ringside-injector --help",
                            config::in_quotes(name), config::did_you_mean(name, names)));
}

}  // namespace

int main(int argc, char** argv) {
    int exit_code = kExitOk;
    bool is_written = true;
    try {
        exit_code = run(std::span<const char* const>(argv, argv + argc).subspan(1));
    } catch (const std::system_error&) {
        // From fmt::print; what else may go wrong is a value.
        is_written = false;
    }
    // What is left in the buffer counts, too: a script must not take a part of it for all.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !is_written) {
        return fail(kExitFailed,
                    "the output could not be written: is the disk full, or has its reader gone?");
    }
    return exit_code;
}
