// Why a pod is left as it is: one table for answers, events, metrics, logs, reports and documents.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ringside::inject {

enum class SkipReason : std::uint8_t {
    disabled,
    not_enabled,
    unknown_value,
    already_injected,
    host_network,
    name_taken,
    port_taken,
    no_pools,
    config_invalid,
    annotation_invalid,
    too_large,
    pod_invalid,
    kind_unsupported,
    patch_invalid,
};

struct SkipRow {
    SkipReason reason;
    std::string_view name;      // for machines: "host_network"
    std::string_view sentence;  // for persons, without a dot at the end
    bool is_warning;            // somebody who wants the sidecar does not get it
};

// All of them, in the order of the enum.
std::span<const SkipRow> skip_rows() noexcept;

const SkipRow& skip_row(SkipReason reason) noexcept;

}  // namespace ringside::inject
