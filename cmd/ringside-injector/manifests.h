// Manifests with something changed in their pods: the work of `inject` and `uninject`.
#pragma once

#include "base/expected.h"
#include "inject/json.h"
#include "manifest_files.h"
#include "options.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ringside::injector {

// What a verb makes of a pod.
struct PodChange {
    inject::Json pod;  // as it was, if nothing changes
    std::string told;  // "injected: ...", for the report
    std::vector<std::string> warnings = {};
    bool is_wrong = false;  // somebody has to mend the workload, or the configuration in it
};
using ChangePod = std::function<PodChange(const inject::Json& pod)>;

struct ChangedManifests {
    std::string text;
    std::vector<std::string> report;  // lines: "shop.yaml: deployment/web: injected: ..."
    bool is_wrong = false;            // PodChange::is_wrong, of any
};

// Documents without a pod that changes are as they came, to the byte, unless `form` wants another
// form. Of those with one, what does not change is written as it was. The error names file, line
// and document.
base::Expected<ChangedManifests> change_manifests(std::span<const ManifestFile> files, Form form,
                                                  const ChangePod& change);

}  // namespace ringside::injector
