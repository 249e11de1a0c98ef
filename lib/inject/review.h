// The admission webhook as a function: what an API server posts (AdmissionReview v1), what it is
// answered, and what there is to tell others about it.
#pragma once

#include "inject/inject.h"
#include "inject/template.h"

#include <optional>
#include <string>
#include <string_view>

namespace ringside::inject {

// Who an event is about.
struct ObjectName {
    std::string api_version;  // "apps/v1"
    std::string kind;         // "ReplicaSet"
    std::string name;
    std::string uid;
};

// The answer to what an API server has posted.
struct Review {
    int http_status = 200;       // 400: `body` is one line of plain text, and the rest is empty
    std::string body;            // an AdmissionReview that allows the pod
    Outcome outcome;             // `pod` is null
    bool dry_run = false;        // nothing is to be left behind: no event
    std::string uid;             // of the request
    std::string namespace_name;  // may be empty
    std::string pod_name;        // or what its name will begin with: "web-7d9c5b6f4-"; or empty
    std::optional<ObjectName> owner;  // the controller of the pod
};

// Any bytes have an answer. What is no AdmissionReview of version v1 with a uid is answered with
// 400, as there is nothing to allow; everything else is allowed, with the patch or a reason.
// Requires: somebody has bounded `body`, and bounds how many are under way.
Review review(std::string_view body, const Template& injected, OptIn opt_in);

}  // namespace ringside::inject
