// A sidecar into a pod, and out of it again: JSON in, JSON out. The webhook and the command line
// are both made of this, so that they cannot differ.
//
// Pure functions: no files, sockets, clock or log, any thread, nothing thrown. A "pod" is any
// object with `metadata` and `spec` of a pod: a Pod, or the `template` of a Deployment.
#pragma once

#include "inject/json.h"
#include "inject/skip_reason.h"
#include "inject/template.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::inject {

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

}  // namespace ringside::inject
