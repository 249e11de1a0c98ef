// A sidecar into a pod, and out of it again: JSON in, JSON out. The webhook and the command line
// are both made of this, so that they cannot differ.
//
// Pure functions: no files, sockets, clock or log, any thread, nothing thrown. A "pod" is any
// object with `metadata` and `spec` of a pod: a Pod, or the `template` of a Deployment.
#pragma once

#include "base/expected.h"
#include "inject/json.h"
#include "inject/skip_reason.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::inject {

// What pods are given. Made by parse_template() alone, which has checked it; does not change.
struct Template {
    bool native = true;           // an init container that stays, else one of the containers
    Json process;                 // the map `ringside:` of the configuration
    Json pools;                   // NAME: {port or socket, env, keys of docs/CONFIG.md}; may be {}
    Json container;               // Kubernetes' Container, named `ringside`
    Json volumes;                 // a list of Kubernetes' Volume
    Json plain = Json::object();  // {container, process}: merged over those if not native
};

// `name` stands for the file in messages: "NAME:LINE:COLUMN: reason", or "NAME: container: reason".
// What is no template is refused as a whole.
base::Expected<Template> parse_template(std::string_view yaml, std::string_view name);

// The text of the one that is built in: lib/inject/template.yaml. parse_template() takes it.
std::string_view builtin_template() noexcept;

// Who has asked for the sidecar. A label of the pod itself, `disabled`, is obeyed in any case.
enum class OptIn : std::uint8_t {
    by_pod,        // only pods with the label `enabled`
    by_namespace,  // all of a namespace that has it; the pod's label may say the same
    by_hand,       // the command line: all
};

struct Outcome {
    Json patch = Json::array();      // RFC 6902: `add` and `replace` only; empty: nothing changes
    Json pod;                        // with the patch; as it came if that is empty
    std::optional<SkipReason> skip;  // why the patch is empty
    std::string detail;  // of `skip`, what exactly: "pools.cache: ..."; may be empty. One line
    // One line each, of at most kWarningBytesMax bytes. A skip that is a warning is among them,
    // as the first one.
    std::vector<std::string> warnings;
    // Of an injection, for reports, one line: "native sidecar, pools cache, sessions".
    std::string summary;
    bool is_update = false;  // it was injected before, otherwise
};

// Kubernetes cuts longer ones off.
inline constexpr std::size_t kWarningBytesMax = 255;

// A pod that is injected as it would be now gets no patch (already_injected); one that is injected
// otherwise is brought up to date. The patch is applied and judged here before anybody sees it.
Outcome inject(const Json& pod, const Template& injected, OptIn opt_in);

struct Removal {
    Json pod;                   // what it was before, members in their order
    bool was_injected = false;  // else `pod` is as it came
    std::string problem;        // why not, though it has a status; one line
};

// By `ringside.dev/status`: needs no template. uninject(inject(pod).pod).pod == pod.
Removal uninject(const Json& pod);

// Who an event is about.
struct ObjectName {
    std::string api_version;  // "apps/v1"
    std::string kind;         // "ReplicaSet"
    std::string name;
    std::string uid;
};

// The answer to what an API server has posted.
struct Review {
    int http_status = 200;         // 400: `body` is one line of plain text, and the rest is empty
    std::string body;              // an AdmissionReview that allows the pod
    Outcome outcome;               // `pod` is null
    bool dry_run = false;          // nothing is to be left behind: no event
    std::string uid;               // of the request
    std::string namespace_name;    // may be empty
    std::string pod_name;          // or what its name will begin with: "web-7d9c5b6f4-"; or empty
    std::optional<ObjectName> owner;  // the controller of the pod
};

// Any bytes have an answer. What is no AdmissionReview of version v1 with a uid is answered with
// 400, as there is nothing to allow; everything else is allowed, with the patch or a reason.
// Requires: somebody has bounded `body`, and bounds how many are under way.
Review review(std::string_view body, const Template& injected, OptIn opt_in);

}  // namespace ringside::inject
