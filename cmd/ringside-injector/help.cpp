#include "help.h"

#include "base/help_text.h"
#include "exit_code.h"
#include "inject/annotations.h"
#include "inject/skip_reason.h"
#include "injector_metrics.h"
#include "workloads.h"

#include <fmt/format.h>

namespace ringside::injector {
namespace {

constexpr std::size_t kLabelColumns = 12;

std::string usage(const Verb& verb) {
    return fmt::format("ringside-injector {}{}{}{}", verb.name, verb.operands.empty() ? "" : " ",
                       verb.operands, verb.options == nullptr ? "" : " [options]");
}

std::string verb_section(const Verb& verb) {
    std::string text = fmt::format("\n### {}\n\n`{}`: {}.\n", verb.name, usage(verb), verb.summary);
    text += verb.details.empty() ? "" : fmt::format("\n{}\n", verb.details);
    if (verb.options != nullptr) {
        text += "\n| option | what it says |\n|---|---|\n";
        for (const OptionRow& option : verb.options()) {
            const std::string letter =
                option.letter == '\0' ? "" : fmt::format("-{}, ", option.letter);
            text += fmt::format("| `{}{}{}{}` | {} |\n", letter, option.name,
                                option.argument.empty() ? "" : " ",
                                base::table_cell(option.argument), base::table_cell(option.help));
        }
    }
    return text + fmt::format("\n```console\n{}\n```\n", verb.examples);
}

constexpr std::string_view kIntroduction = R"(# ringside-injector

<!-- Generated from cmd/ringside-injector and the tables of lib/inject by
`ringside-injector --print-docs`; a test compares. -->

Puts a Ringside sidecar into pods: as a mutating admission webhook of Kubernetes (`serve`), and by
hand into manifests (`inject`). Both are the same function, so that they cannot differ.

A pod is injected if its label or that of its namespace says `ringside.dev/inject: enabled`; the
pod's own goes first. On the command line all are but those with `disabled`. What it is given says
the template (`ringside-injector template`); annotations of the pod change it.
)";

std::string kinds() {
    std::string text = "\n## Workloads\n\n| kind | API group | its pods |\n|---|---|---|\n";
    for (const WorkloadRow& row : workload_rows()) {
        text += fmt::format("| `{}` | {} | `{}` |\n", row.kind,
                            row.group.empty() ? "core" : fmt::format("`{}`", row.group),
                            row.pod_at.empty() ? "/" : row.pod_at);
    }
    return text + "\nand these in a `List`.\n";
}

std::string annotations() {
    std::string text =
        "\n## Annotations of a pod\n\nFor a Deployment they stand in its pod template.\n\n"
        "| annotation | value | |\n|---|---|---|\n";
    for (const inject::AnnotationRow& row : inject::annotation_rows()) {
        text += fmt::format("| `{}{}` | {} | {} |\n", inject::kPrefix, row.name,
                            base::table_cell(row.value), base::table_cell(row.doc));
    }
    return text;
}

std::string reasons() {
    std::string text =
        "\n## Why a pod is not injected\n\nThe name stands in reports, the log, events and the "
        "label `outcome` of the metrics. Those with a\nwarning are told to who creates the pod "
        "(kubectl prints them).\n\n| reason | what it means | warning |\n|---|---|---|\n";
    for (const inject::SkipRow& row : inject::skip_rows()) {
        text += fmt::format("| `{}` | {} | {} |\n", row.name, base::table_cell(row.sentence),
                            row.is_warning ? "yes" : "");
    }
    return text;
}

constexpr std::string_view kWebhook = R"(
## The webhook

| request | answer |
|---|---|
| `POST /inject/pod` | of an `AdmissionReview` v1: allows the pod, with a patch if it is labelled |
| `POST /inject/namespace` | the same for the webhook of namespaces that have it |

A query such as `?timeout=10s`, which the API server adds, changes nothing. The body is JSON of at
most 3 MiB, the API server's own limit: larger ones get 413, others than `application/json` or with
a `Content-Encoding` 415, what is no review 400. Another path gets 404, another method 405.
HTTP/1.1, many requests on a connection; TLS 1.2 or 1.3. Of 512 connections the one that has been
idle for the longest makes room for a new one.

`--probes` has `/livez`, `/readyz` (503 while the process ends, and when the certificate has
expired) and `/metrics`.

An event `Injected` or `InjectionSkipped` (if the reason is a warning) is written about the pod's
owner, or about the pod if it has none: in the background, never for a dry run, the same one once in
ten minutes, five a second and 25 at once at most. It takes `create` on `events` for the service
account.

## Metrics

| name | type | |
|---|---|---|
)";

std::string metrics() {
    std::string text(kWebhook);
    for (const metrics::FamilyHead& family : metric_families()) {
        text += fmt::format("| `{}` | {} | {} |\n", metrics::sample_name(family),
                            metrics::to_string(family.type), base::table_cell(family.help));
    }
    return text;
}

}  // namespace

std::string help_text() {
    std::string text =
        "ringside-injector: puts a Ringside sidecar into pods of Kubernetes.\n\n"
        "usage: ringside-injector VERB [options]\n\n";
    for (const Verb& verb : verbs()) {
        text += fmt::format("  {:<{}} {}\n", verb.name, kLabelColumns, verb.summary);
    }
    text += fmt::format("\n  {:<{}} print the version\n  {:<{}} print docs/INJECTOR.md\n",
                        "--version", kLabelColumns, "--print-docs", kLabelColumns);
    text += "\nExit codes\n";
    for (const ExitCode& row : kExitCodes) {
        text += fmt::format("  {}  {}\n", row.code, row.meaning);
    }
    return text + "\nringside-injector help VERB has the options of one verb, and examples.\n";
}

std::string verb_help(const Verb& verb) {
    std::string text = fmt::format("ringside-injector {}: {}\n\nusage: {}\n", verb.name,
                                   verb.summary, usage(verb));
    text += verb.details.empty() ? "" : fmt::format("\n{}\n", verb.details);
    if (verb.options != nullptr) {
        text += "\nOptions\n" + base::help_lines(verb.options());
    }
    return text + "\nExamples\n" + base::indented(verb.examples);
}

std::string help_document() {
    std::string text(kIntroduction);
    text += "\n## Verbs\n";
    for (const Verb& verb : verbs()) {
        text += verb_section(verb);
    }
    text += "\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
    for (const ExitCode& row : kExitCodes) {
        text += fmt::format("| {} | {} |\n", row.code, row.meaning);
    }
    return text + kinds() + annotations() + reasons() + metrics();
}

}  // namespace ringside::injector
