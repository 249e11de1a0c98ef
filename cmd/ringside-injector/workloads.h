// Where the pods are in what Kubernetes is given: one table.
#pragma once

#include "inject/json.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace ringside::injector {

struct WorkloadRow {
    std::string_view kind;
    std::string_view group;   // of its apiVersion; empty: the core's
    std::string_view pod_at;  // JSON pointer of what has the metadata and spec of its pods
};

std::span<const WorkloadRow> workload_rows() noexcept;

// Calls `visit` with the pod of each workload in `document`, which may be a List of others, and
// with what the workload is called: "deployment/web". What it leaves in the pod stays there.
void visit_pods(inject::Json& document,
                const std::function<void(inject::Json& pod, const std::string& name)>& visit);

}  // namespace ringside::injector
