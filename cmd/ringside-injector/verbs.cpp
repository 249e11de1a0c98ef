#include "verbs.h"

#include "commands.h"
#include "serve.h"

#include <algorithm>
#include <array>

namespace ringside::injector {
namespace {

constexpr auto kVerbs = std::to_array<Verb>({
    {.name = "inject",
     .operands = "-f FILE...",
     .summary = "puts the sidecar into manifests",
     .details =
         "Prints all that it reads, with a sidecar in each Pod, Deployment, StatefulSet, "
         "DaemonSet,\nReplicaSet, ReplicationController, Job and CronJob, also in a List, whose "
         "pods are not labelled\n`ringside.dev/inject: disabled`. Other documents pass through as "
         "they are, to the byte; of those\nthat change the order, the quotes and the comments "
         "stay. Standard error has a line for each\nworkload. If anything is wrong nothing is "
         "printed.",
     .examples = "ringside-injector inject -f deployment.yaml | kubectl apply -f -\n"
                 "helm template shop ./shop | ringside-injector inject -f - > shop.yaml\n"
                 "ringside-injector inject -f manifests/ --template template.yaml\n"
                 "kubectl get deploy web -o yaml | ringside-injector inject -f - -o json",
     .options = inject_options,
     .run = run_inject},
    {.name = "uninject",
     .operands = "-f FILE...",
     .summary = "takes it out again",
     .details = "What `inject` or the webhook has added, by the annotation `ringside.dev/status`; "
                "nothing else.",
     .examples = "ringside-injector uninject -f shop.yaml\n"
                 "kubectl get deploy web -o yaml | ringside-injector uninject -f - | kubectl "
                 "replace -f -",
     .options = uninject_options,
     .run = run_uninject},
    {.name = "template",
     .summary = "prints what pods are given, unless there is a --template",
     .examples = "ringside-injector template > template.yaml   # to be changed",
     .run = run_template},
    {.name = "serve",
     .operands = "--listen ADDR --cert-file FILE --key-file FILE",
     .summary = "is the webhook that an API server asks about each new pod",
     .details = "`POST /inject/pod` injects pods with the label `ringside.dev/inject: enabled`, "
                "`POST\n/inject/namespace` all that are not labelled otherwise. Certificate, key "
                "and template are read\nagain when they change; while new ones are wrong the old "
                "ones stay, and the log and the metrics\nsay so. It answers a pod in any case, and "
                "always allows it. SIGTERM ends readiness at once, and\nthe process when --drain "
                "is over and nobody waits for an answer; a second one at once.",
     .examples =
         "ringside-injector serve --listen 0.0.0.0:8443 --cert-file tls.crt --key-file tls.key\n"
         "ringside-injector serve --listen 0.0.0.0:8443 --cert-file tls.crt --key-file tls.key \\\n"
         "    --template template.yaml --probes 0.0.0.0:8080 --log-format json",
     .options = serve_options,
     .run = run_serve},
    {.name = "help",
     .operands = "[VERB]",
     .summary = "the options of one verb, and examples",
     .examples = "ringside-injector help serve",
     .run = run_help},
});

}  // namespace

std::span<const Verb> verbs() noexcept {
    return kVerbs;
}

const Verb* find_verb(std::string_view name) noexcept {
    const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                   [name](const Verb& each) { return each.name == name; });
    return verb == kVerbs.end() ? nullptr : &*verb;
}

}  // namespace ringside::injector
