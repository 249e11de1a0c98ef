#include "inject/inject.h"

#include "base/md5.h"
#include "inject/annotations.h"
#include "inject/configuration.h"
#include "inject/line.h"
#include "inject/patch.h"
#include "inject/pod.h"
#include "inject/rendering.h"
#include "inject/sidecar.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::inject {
namespace {

using base::Errc;
using base::Error;

// kubectl's, for `logs` and `exec` without a container's name.
constexpr std::string_view kDefaultContainer = "kubectl.kubernetes.io/default-container";
constexpr std::string_view kDefaultLogsContainer = "kubectl.kubernetes.io/default-logs-container";

constexpr std::size_t kDetailBytesMax = 1024;

struct Refusal {
    SkipReason reason;
    std::string detail = {};
};

// Whether somebody wants it there.
std::optional<Refusal> refuse_by_label(const Json& pod, OptIn opt_in) {
    const Json* const label = member(metadata_map(pod, "labels"), kInjectLabel);
    if (label == nullptr) {
        return opt_in == OptIn::by_pod ? std::optional(Refusal{SkipReason::not_enabled})
                                       : std::nullopt;
    }
    const auto& value = label->get_ref<const std::string&>();
    if (value == "enabled") {
        return std::nullopt;
    }
    return value == "disabled"
               ? Refusal{SkipReason::disabled}
               : Refusal{SkipReason::unknown_value,
                         fmt::format("the label ringside.dev/inject is \"{}\": write \"enabled\" "
                                     "or \"disabled\"",
                                     value)};
}

bool is_in_host_network(const Json& pod) {
    const Json* const is_host = member(pod["spec"], "hostNetwork");
    return is_host != nullptr && is_host->is_boolean() && is_host->get<bool>();
}

// A name of ours that is there already.
std::optional<Refusal> find_name(const Json& pod, const Rendering& rendering) {
    for (const char* const list : {"initContainers", "containers"}) {
        if (named(spec_list(pod, list), kContainerName) != nullptr) {
            return Refusal{SkipReason::name_taken,
                           fmt::format("there is a container \"{}\" that the injector has not made",
                                       kContainerName)};
        }
    }
    for (const Json& volume : rendering.volumes) {
        const std::string_view name = text_member(volume, "name");
        if (named(spec_list(pod, "volumes"), name) != nullptr) {
            return Refusal{SkipReason::name_taken,
                           fmt::format("there is a volume \"{}\" already", name)};
        }
    }
    return std::nullopt;
}

// A port of ours that a container says it listens on.
std::optional<Refusal> find_port(const Json& pod, const std::vector<std::uint16_t>& ours) {
    for (const char* const list : {"initContainers", "containers"}) {
        for (const Json& container : spec_list(pod, list)) {
            const Json* const ports = member(container, "ports");
            if (ports == nullptr) {
                continue;
            }
            for (const Json& each : *ports) {
                const Json* const port = member(each, "containerPort");
                const std::string_view protocol = text_member(each, "protocol");
                if (port == nullptr || !port->is_number_integer() ||
                    !(protocol.empty() || protocol == "TCP")) {
                    continue;
                }
                const auto number = port->get<std::int64_t>();
                if (std::find(ours.begin(), ours.end(), number) != ours.end()) {
                    return Refusal{SkipReason::port_taken,
                                   fmt::format("container {} listens on port {}, which the sidecar "
                                               "needs: give one of them another",
                                               text_member(container, "name"), number)};
                }
            }
        }
    }
    return std::nullopt;
}

// The application's containers that are to know of the pools.
base::Expected<std::vector<const Json*>> application(const Json& pod, const Wishes& wishes,
                                                     bool is_native) {
    std::vector<const Json*> result;
    std::vector<std::string> unknown = wishes.containers;
    // Init containers run beside a native sidecar, which is first, and before a plain one.
    for (const char* const list : {"initContainers", "containers"}) {
        for (const Json& container : spec_list(pod, list)) {
            const std::string_view name = text_member(container, "name");
            const bool is_named = std::erase(unknown, name) != 0;
            const bool is_wanted = wishes.containers.empty() || is_named;
            if (is_wanted && (is_native || std::string_view(list) == "containers")) {
                result.push_back(&container);
            }
        }
    }
    if (!unknown.empty()) {
        return Error{
            Errc::invalid_argument,
            fmt::format("ringside.dev/containers: there is no container {}", unknown.front())};
    }
    return result;
}

Json variable(const std::string& name, const std::string& value) {
    return {{"name", name}, {"value", value}};
}

// Where the pools are, as the chart's `ringside.sidecar.env` says it.
Json variables_of(const std::vector<PoolAddress>& addresses) {
    Json result = Json::array();
    for (const PoolAddress& address : addresses) {
        if (address.prefix.empty()) {
            continue;
        }
        if (!address.socket.empty()) {
            result.push_back(variable(address.prefix + "_SOCKET", address.socket));
            continue;
        }
        result.push_back(variable(address.prefix + "_HOST", address.host));
        result.push_back(variable(address.prefix + "_PORT", std::to_string(address.port)));
    }
    return result;
}

// One pod, one template. Lives for one call.
class Injection {
  public:
    Injection(const Json& pod, const Template& injected) : pod_(pod), injected_(injected) {}

    Outcome run(OptIn opt_in);

  private:
    std::optional<Refusal> make_target(OptIn opt_in);
    std::optional<Refusal> ask_pod();
    std::optional<Refusal> make_addition(const Json& pod);
    void add_to_container(const Json& container, const Json& variables);
    void add_annotations(const Json& pod);
    bool is_as_wanted() const;

    const Json& pod_;
    const Template& injected_;
    std::optional<Removed> former_;  // of a pod that is injected
    Wishes wishes_;
    Configuration configuration_;
    Rendering rendering_;
    Addition addition_;
    Json target_;
    std::vector<std::string> warnings_;
    std::string summary_;
};

// What the annotations say, and what is to run.
std::optional<Refusal> Injection::ask_pod() {
    const Json& pod = former_ ? former_->pod : pod_;
    auto asked = read_annotations(metadata_map(pod, "annotations"));
    if (!asked) {
        return Refusal{SkipReason::annotation_invalid, asked.error().message};
    }
    wishes_ = std::move(asked->wishes);
    warnings_ = std::move(asked->warnings);
    auto configuration = make_configuration(injected_, wishes_);
    if (!configuration) {
        return configuration.error().code == Errc::not_found
                   ? Refusal{SkipReason::no_pools}
                   : Refusal{SkipReason::config_invalid, configuration.error().message};
    }
    configuration_ = std::move(*configuration);
    warnings_.insert(warnings_.end(), configuration_.warnings.begin(),
                     configuration_.warnings.end());
    auto rendering = render(injected_, wishes_, configuration_);
    if (!rendering) {
        return Refusal{SkipReason::annotation_invalid, rendering.error().message};
    }
    rendering_ = std::move(*rendering);
    return std::nullopt;
}

void Injection::add_to_container(const Json& container, const Json& variables) {
    const std::string name(text_member(container, "name"));
    ContainerAddition addition;
    const Json* const env = member(container, "env");
    for (const Json& each : variables) {
        const Json* const own = env != nullptr ? named(*env, text_member(each, "name")) : nullptr;
        if (own == nullptr) {
            addition.env.push_back(each);
        } else if (*own != each) {
            warnings_.push_back(
                fmt::format("container {} has a variable {} of its own, which stays", name,
                            text_member(each, "name")));
        }
    }
    const Json* const from = member(container, "envFrom");
    if (!addition.env.empty() && from != nullptr && !from->empty()) {
        warnings_.push_back(
            fmt::format("container {} has envFrom: a variable there counts less than "
                        "one of the sidecar's of the same name",
                        name));
    }
    const Json* const mounts = member(container, "volumeMounts");
    for (const Json& mount : rendering_.mounts) {
        const bool is_taken =
            mounts != nullptr && std::any_of(mounts->begin(), mounts->end(), [&](const Json& own) {
                return text_member(own, "mountPath") == text_member(mount, "mountPath");
            });
        if (is_taken) {
            warnings_.push_back(
                fmt::format("container {} has another volume at {}, and so does not "
                            "see the sockets",
                            name, text_member(mount, "mountPath")));
        } else {
            addition.mounts.push_back(mount);
        }
    }
    addition_.containers.emplace(name, std::move(addition));
}

void Injection::add_annotations(const Json& pod) {
    const Json& annotations = metadata_map(pod, "annotations");
    const auto add = [&](std::string_view name, std::string text) {
        if (member(annotations, name) == nullptr) {
            addition_.annotations.emplace_back(name, std::move(text));
        }
    };
    const std::string first(text_member(spec_list(pod, "containers").front(), "name"));
    add(kDefaultContainer, first);
    add(kDefaultLogsContainer, first);
    if (!configuration_.text.empty()) {
        add(kConfigAnnotation, configuration_.text);
    }
}

std::optional<Refusal> Injection::make_addition(const Json& pod) {
    const auto containers = application(pod, wishes_, rendering_.is_native);
    if (!containers) {
        return Refusal{SkipReason::annotation_invalid, containers.error().message};
    }
    const Json variables = wishes_.has_env ? variables_of(configuration_.addresses) : Json::array();
    if (variables.size() * containers->size() > kNamesMax) {
        return Refusal{SkipReason::too_large,
                       fmt::format("{} containers would get {} variables each: say which by "
                                   "ringside.dev/containers",
                                   containers->size(), variables.size())};
    }
    addition_.is_native = rendering_.is_native;
    addition_.container = rendering_.container;
    addition_.volumes = rendering_.volumes;
    for (const Json* const container : *containers) {
        add_to_container(*container, variables);
    }
    add_annotations(pod);
    const std::string all = json_text(Json::array(
        {addition_.container, addition_.volumes, configuration_.text, addition_.is_native}));
    for (const std::uint8_t byte : base::md5(all)) {
        addition_.checksum += fmt::format("{:02x}", byte);
    }
    // What others have added to them since, such as the volume of a token, stays.
    if (former_ && text_member(former_->status, "checksum") == addition_.checksum &&
        former_->is_complete) {
        addition_.container = former_->container;
        addition_.volumes = former_->volumes;
    }
    return std::nullopt;
}

std::optional<Refusal> Injection::make_target(OptIn opt_in) {
    if (std::string problem = problem_of_pod(pod_); !problem.empty()) {
        return Refusal{SkipReason::pod_invalid, std::move(problem)};
    }
    if (auto refusal = refuse_by_label(pod_, opt_in)) {
        return refusal;
    }
    if (is_in_host_network(pod_)) {
        return Refusal{SkipReason::host_network};
    }
    if (annotations_bytes(pod_) > kAnnotationsBytesMax) {  // before anything of them is parsed
        return Refusal{SkipReason::too_large};
    }
    auto removed = remove_sidecar(pod_);
    if (!removed) {
        return Refusal{SkipReason::annotation_invalid, removed.error().message};
    }
    former_ = std::move(*removed);
    if (auto refusal = ask_pod()) {
        return refusal;
    }
    const Json& pod = former_ ? former_->pod : pod_;
    if (auto refusal = find_name(pod, rendering_)) {
        return refusal;
    }
    if (auto refusal = find_port(pod, configuration_.ports)) {
        return refusal;
    }
    if (auto refusal = make_addition(pod)) {
        return refusal;
    }
    target_ = add_sidecar(pod, addition_);
    if (is_as_wanted()) {
        return Refusal{SkipReason::already_injected};
    }
    if (annotations_bytes(target_) > kAnnotationsBytesMax) {
        return Refusal{SkipReason::too_large};
    }
    return std::nullopt;
}

// Everything that would be recorded is, and is there. What is in the container by now is not
// compared: API servers and others add to it.
bool Injection::is_as_wanted() const {
    return former_ && former_->is_complete &&
           text_member(metadata_map(pod_, "annotations"), kStatusAnnotation) ==
               text_member(metadata_map(target_, "annotations"), kStatusAnnotation);
}

std::string summary_of(const Rendering& rendering, const Configuration& configuration,
                       const Addition& addition) {
    std::string text = rendering.is_native ? "native sidecar" : "plain sidecar";
    std::string separator = ", pools ";
    for (const PoolAddress& address : configuration.addresses) {
        text += std::exchange(separator, ", ") + address.pool;
    }
    separator = "; env of ";
    for (const auto& [name, each] : addition.containers) {
        if (!each.env.empty()) {
            text += std::exchange(separator, ", ") + name;
        }
    }
    return text;
}

Outcome Injection::run(OptIn opt_in) {
    Outcome outcome;
    const auto refusal = make_target(opt_in);
    if (refusal) {
        const SkipRow& row = skip_row(refusal->reason);
        outcome.pod = pod_;
        outcome.skip = refusal->reason;
        outcome.detail = one_line(refusal->detail, kDetailBytesMax);
        if (row.is_warning) {
            const std::string why =
                refusal->detail.empty() ? std::string(row.sentence) : refusal->detail;
            warnings_.insert(warnings_.begin(), "not injected: " + why);
        }
        if (refusal->reason == SkipReason::already_injected) {
            warnings_.clear();  // they have been said
        }
    } else {
        outcome.patch = patch_between(pod_, target_);
        outcome.is_update = former_.has_value();
        outcome.summary =
            one_line(summary_of(rendering_, configuration_, addition_), kDetailBytesMax);
        outcome.pod = std::move(target_);
    }
    for (const std::string& warning : warnings_) {
        outcome.warnings.push_back(one_line("ringside: " + warning, kWarningBytesMax));
    }
    return outcome;
}

// A patch that does not apply, or gives something else, would have the pod refused: it is tried
// here, by another program text than the one that has made it. The pod with it wants no other, and
// without the sidecar it is what it was.
bool is_proved(const Json& pod, const Outcome& outcome, const Template& injected, OptIn opt_in) {
    const auto patched = with_patch(pod, outcome.patch);
    if (!patched || *patched != outcome.pod) {
        return false;
    }
    const auto back = remove_sidecar(*patched);
    if (!back || !*back || (!outcome.is_update && (*back)->pod != pod)) {
        return false;
    }
    return Injection(*patched, injected).run(opt_in).skip == SkipReason::already_injected;
}

}  // namespace

Outcome inject(const Json& pod, const Template& injected, OptIn opt_in) {
    Outcome outcome = Injection(pod, injected).run(opt_in);
    if (!outcome.skip && !is_proved(pod, outcome, injected, opt_in)) {
        const SkipRow& row = skip_row(SkipReason::patch_invalid);
        outcome = Outcome();
        outcome.pod = pod;
        outcome.skip = row.reason;
        outcome.warnings.push_back(
            one_line(fmt::format("ringside: not injected: {}", row.sentence), kWarningBytesMax));
    }
    return outcome;
}

Removal uninject(const Json& pod) {
    if (std::string problem = problem_of_pod(pod); !problem.empty()) {
        return {.pod = pod, .problem = std::move(problem)};
    }
    auto removed = remove_sidecar(pod);
    if (!removed) {
        return {.pod = pod, .problem = removed.error().message};
    }
    if (!*removed) {
        return {.pod = pod, .problem = {}};
    }
    return {.pod = std::move((*removed)->pod), .was_injected = true, .problem = {}};
}

}  // namespace ringside::inject
