#include "commands.h"

#include "config/file.h"
#include "config/text.h"
#include "exit_code.h"
#include "help.h"
#include "inject/inject.h"
#include "manifests.h"
#include "verbs.h"

#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace ringside::injector {
namespace {

using inject::Json;
using inject::SkipReason;

// Nothing that a workload is, but something that is written wrongly in it.
bool is_mistake(SkipReason reason) noexcept {
    switch (reason) {
        case SkipReason::unknown_value:
        case SkipReason::config_invalid:
        case SkipReason::annotation_invalid:
        case SkipReason::too_large:
        case SkipReason::pod_invalid:
        case SkipReason::patch_invalid:
            return true;
        case SkipReason::disabled:
        case SkipReason::not_enabled:
        case SkipReason::already_injected:
        case SkipReason::host_network:
        case SkipReason::name_taken:
        case SkipReason::port_taken:
        case SkipReason::no_pools:
        case SkipReason::kind_unsupported:
            return false;
    }
    return true;
}

PodChange injected(const Json& pod, const inject::Template& given) {
    inject::Outcome outcome = inject::inject(pod, given, inject::OptIn::by_hand);
    if (!outcome.skip) {
        return {.pod = std::move(outcome.pod),
                .told = fmt::format("{}: {}", outcome.is_update ? "updated" : "injected",
                                    outcome.summary),
                .warnings = std::move(outcome.warnings)};
    }
    const inject::SkipRow& row = inject::skip_row(*outcome.skip);
    if (row.is_warning && !outcome.warnings.empty()) {
        outcome.warnings.erase(outcome.warnings.begin());  // the same
    }
    return {.pod = pod,
            .told = fmt::format("skipped: {}: {}{}{}", row.name, row.sentence,
                                outcome.detail.empty() ? "" : ": ", outcome.detail),
            .warnings = std::move(outcome.warnings),
            .is_wrong = is_mistake(*outcome.skip)};
}

PodChange uninjected(const Json& pod) {
    inject::Removal removal = inject::uninject(pod);
    if (!removal.problem.empty()) {
        return {.pod = pod, .told = fmt::format("skipped: {}", removal.problem), .is_wrong = true};
    }
    return {.pod = std::move(removal.pod),
            .told = removal.was_injected ? "uninjected" : "skipped: not injected"};
}

int change(const Options& options, const ChangePod& change_pod) {
    const auto files = read_manifest_files(options.files);
    if (!files) {
        return fail(kExitFailed, files.error().message);
    }
    const auto changed = change_manifests(*files, options.form, change_pod);
    if (!changed) {
        return fail(kExitFailed, changed.error().message);
    }
    for (const std::string& line : changed->report) {
        fmt::print(stderr, "{}\n", line);
    }
    if (changed->is_wrong) {
        return fail(kExitFailed, "nothing was printed, as something above is wrong");
    }
    std::fwrite(changed->text.data(), 1, changed->text.size(), stdout);
    return kExitOk;
}

bool lacks_files(const Options& options) {
    return options.files.empty();
}

constexpr std::string_view kNoFiles =
    "no file is given: -f FILE, -f FOLDER, or -f - for standard input";

}  // namespace

int fail(int exit_code, std::string_view message) {
    fmt::print(stderr, "ringside-injector: {}\n", message);
    return exit_code;
}

base::Expected<inject::Template> read_template(const Options& options) {
    if (options.template_file.empty()) {
        return inject::parse_template(inject::builtin_template(), "the built-in template");
    }
    const auto text = config::read_file(options.template_file, kTemplateBytesMax);
    if (!text) {
        return text.error();
    }
    if (text->size() > kTemplateBytesMax) {
        return base::Error{
            base::Errc::invalid_config,
            fmt::format("{}: is larger than {} bytes", options.template_file, kTemplateBytesMax)};
    }
    return inject::parse_template(*text, options.template_file);
}

int run_inject(const Options& options) {
    if (lacks_files(options)) {
        return fail(kExitUsage, kNoFiles);
    }
    const auto given = read_template(options);
    if (!given) {
        return fail(kExitFailed, given.error().message);
    }
    return change(options, [&given](const Json& pod) { return injected(pod, *given); });
}

int run_uninject(const Options& options) {
    if (lacks_files(options)) {
        return fail(kExitUsage, kNoFiles);
    }
    return change(options, uninjected);
}

int run_template(const Options&) {
    fmt::print("{}", inject::builtin_template());
    return kExitOk;
}

int run_help(const Options& options) {
    if (options.words.empty()) {
        fmt::print("{}", help_text());
        return kExitOk;
    }
    const std::string& name = options.words.front();
    if (const Verb* const verb = find_verb(name)) {
        fmt::print("{}", verb_help(*verb));
        return kExitOk;
    }
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs()) {
        names.push_back(verb.name);
    }
    return fail(kExitUsage, fmt::format("there is no verb {}{}", config::in_quotes(name),
                                        config::did_you_mean(name, names)));
}

}  // namespace ringside::injector
