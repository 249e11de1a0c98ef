#include "inject/skip_reason.h"

#include <array>
#include <cstddef>

namespace ringside::inject {
namespace {

constexpr std::array kRows{
    SkipRow{SkipReason::disabled, "disabled", "the label ringside.dev/inject is disabled", false},
    SkipRow{SkipReason::not_enabled, "not_enabled",
            "neither the pod nor its namespace has the label ringside.dev/inject: enabled", false},
    SkipRow{SkipReason::unknown_value, "unknown_value",
            "the label ringside.dev/inject is neither enabled nor disabled", true},
    SkipRow{SkipReason::already_injected, "already_injected",
            "the pod has the sidecar already, as it would be injected now", false},
    SkipRow{SkipReason::host_network, "host_network",
            "the pod is in its host's network, where every port of the sidecar could be another's",
            true},
    SkipRow{SkipReason::name_taken, "name_taken",
            "the pod has a container or volume with a name that the sidecar needs", true},
    SkipRow{SkipReason::port_taken, "port_taken",
            "a container of the pod listens on a port that the sidecar needs", true},
    SkipRow{SkipReason::no_pools, "no_pools",
            "there is no pool: neither an annotation ringside.dev/pools nor the injector names one",
            true},
    SkipRow{SkipReason::config_invalid, "config_invalid",
            "the configuration of the sidecar breaks a rule", true},
    SkipRow{SkipReason::annotation_invalid, "annotation_invalid",
            "an annotation ringside.dev/... has a value that it cannot have", true},
    SkipRow{SkipReason::too_large, "too_large",
            "the annotations would be larger than the 262144 bytes that Kubernetes allows", true},
    SkipRow{SkipReason::pod_invalid, "pod_invalid",
            "this is not what Kubernetes would take for a pod", true},
    SkipRow{SkipReason::kind_unsupported, "kind_unsupported",
            "only pods get a sidecar, and when they are created", true},
    SkipRow{SkipReason::patch_invalid, "patch_invalid",
            "the patch did not prove right when it was tried: this is a fault of the injector",
            true},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        if (static_cast<std::size_t>(kRows[i].reason) != i) {
            return false;
        }
    }
    return true;
}
static_assert(is_in_order());
static_assert(kRows.size() == static_cast<std::size_t>(SkipReason::patch_invalid) + 1);

}  // namespace

std::span<const SkipRow> skip_rows() noexcept {
    return kRows;
}

const SkipRow& skip_row(SkipReason reason) noexcept {
    return kRows[static_cast<std::size_t>(reason)];
}

}  // namespace ringside::inject
