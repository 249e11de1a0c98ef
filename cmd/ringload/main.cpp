// ringload: a closed-loop load generator that checks every reply.
#include "generator.h"
#include "options.h"
#include "report.h"
#include "target.h"

#include <fmt/core.h>

#include <cstdio>
#include <span>

namespace {

namespace base = ringside::base;
using namespace ringside::load;

constexpr int kExitFailures = 1;
constexpr int kExitCannotRun = 2;
// Far beyond any honest time to store all keys.
constexpr base::milliseconds kWarmLimit{3'600'000};

int cannot_run(const base::Error& error) {
    fmt::print(stderr, "ringload: {}\n", error.message);
    return kExitCannotRun;
}

void print(const Options& options, const Tally& tally) {
    fmt::print("{}", options.json ? report_json(tally) : report_text(tally));
}

int generate(const Options& options, const Target& target) {
    Generator generator(options, target);
    if (const base::Status opened = generator.open(); !opened) {
        return cannot_run(opened.error());
    }
    if (options.warm) {
        const Tally stored = generator.run(OperationSource::storing_all(options), kWarmLimit);
        const bool clean = stored.clean(options.allow_errors);
        if (!clean || options.requests == 0 || generator.interrupted()) {
            print(options, stored);
            return clean ? 0 : kExitFailures;
        }
    }
    const Tally tally = generator.run(OperationSource::mixed(options), options.duration);
    print(options, tally);
    return tally.clean(options.allow_errors) ? 0 : kExitFailures;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse_options(std::span<const char* const>(argv, argv + argc).subspan(1));
    if (!options) {
        return cannot_run(options.error());
    }
    if (options->help) {
        fmt::print("{}", help_text());
        return 0;
    }
    const auto target = Target::resolve(options->target);
    if (!target) {
        return cannot_run(target.error());
    }
    return generate(*options, *target);
}
