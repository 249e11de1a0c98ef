#include "inject/review.h"

#include "inject/base64.h"
#include "inject/line.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::inject {
namespace {

// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
constexpr std::string_view kApiVersion = "admission.k8s.io/v1";
constexpr std::string_view kKind = "AdmissionReview";

const Json& inner(const Json& document, std::string_view name) {
    static const Json null;
    const Json* const value = member(document, name);
    return value != nullptr ? *value : null;
}

Review refused(std::string_view reason) {
    Review review;
    review.http_status = 400;
    review.body =
        one_line(fmt::format("this is no {} of version {}: {}", kKind, kApiVersion, reason),
                 kWarningBytesMax) +
        '\n';
    return review;
}

// Only the creation of pods: their specs do not change later, and other objects have none.
bool is_new_pod(const Json& request) {
    const Json& kind = inner(request, "kind");
    return text_member(kind, "kind") == "Pod" && text_member(kind, "group").empty() &&
           text_member(kind, "version") == "v1" && text_member(request, "operation") == "CREATE" &&
           text_member(request, "subResource").empty();
}

Outcome unsupported() {
    Outcome outcome;
    const SkipRow& row = skip_row(SkipReason::kind_unsupported);
    outcome.skip = row.reason;
    outcome.warnings.push_back(fmt::format("ringside: not injected: {}", row.sentence));
    return outcome;
}

// The one that has made it, such as a ReplicaSet.
std::optional<ObjectName> controller_of(const Json& pod) {
    const Json& owners = inner(inner(pod, "metadata"), "ownerReferences");
    if (!owners.is_array()) {
        return std::nullopt;
    }
    for (const Json& owner : owners) {
        const Json& is_controller = inner(owner, "controller");
        if (is_controller.is_boolean() && is_controller.get<bool>()) {
            const auto text = [&owner](std::string_view name) {
                return std::string(text_member(owner, name));
            };
            return ObjectName{text("apiVersion"), text("kind"), text("name"), text("uid")};
        }
    }
    return std::nullopt;
}

std::string answer(const Review& review) {
    const Outcome& outcome = review.outcome;
    Json response{{"uid", review.uid}, {"allowed", true}};
    if (!outcome.patch.empty()) {
        response["patchType"] = "JSONPatch";
        response["patch"] = base64(json_text(outcome.patch));
    }
    if (!outcome.warnings.empty()) {
        response["warnings"] = outcome.warnings;
    }
    const std::string_view result = outcome.skip ? skip_row(*outcome.skip).name : "injected";
    response["auditAnnotations"] = {{"result", result}};
    return json_text(
        Json{{"apiVersion", kApiVersion}, {"kind", kKind}, {"response", std::move(response)}});
}

}  // namespace

Review review(std::string_view body, const Template& injected, OptIn opt_in) {
    const auto document = parse_json(body);
    if (!document) {
        return refused(document.error().message);
    }
    if (text_member(*document, "kind") != kKind ||
        text_member(*document, "apiVersion") != kApiVersion) {
        return refused("kind or apiVersion is another one");
    }
    const Json& request = inner(*document, "request");
    Review review;
    review.uid = text_member(request, "uid");
    if (review.uid.empty()) {
        return refused("it has no request.uid");
    }
    const Json& dry_run = inner(request, "dryRun");
    review.dry_run = dry_run.is_boolean() && dry_run.get<bool>();
    const Json& pod = inner(request, "object");
    const Json& metadata = inner(pod, "metadata");
    review.namespace_name = text_member(request, "namespace");
    review.pod_name = text_member(request, "name");
    for (const std::string_view name : {"name", "generateName"}) {
        if (review.pod_name.empty()) {
            review.pod_name = text_member(metadata, name);
        }
    }
    review.owner = controller_of(pod);
    review.outcome = is_new_pod(request) ? inject(pod, injected, opt_in) : unsupported();
    review.outcome.pod = nullptr;
    review.body = answer(review);
    return review;
}

}  // namespace ringside::inject
