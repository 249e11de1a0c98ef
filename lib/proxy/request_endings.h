// What became of a request, as it is counted: by its command's row, and by what its answer means.
#pragma once

#include "metrics/request_counts.h"
#include "protocol/command.h"
#include "protocol/outcome.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::proxy {

constexpr metrics::RequestKind kind_of(protocol::CommandClass command_class) noexcept {
    switch (command_class) {
        case protocol::CommandClass::read:
            return metrics::RequestKind::read;
        case protocol::CommandClass::write:
            return metrics::RequestKind::write;
        case protocol::CommandClass::remove:
            return metrics::RequestKind::remove;
        case protocol::CommandClass::other:
            return metrics::RequestKind::other;
    }
    return metrics::RequestKind::other;
}

// A value is a hit where one was asked for: not what INFO answers.
constexpr metrics::RequestEnding ending_of(metrics::RequestKind kind,
                                           protocol::Outcome outcome) noexcept {
    switch (outcome) {
        case protocol::Outcome::value:
            return kind == metrics::RequestKind::other ? metrics::RequestEnding::ok
                                                       : metrics::RequestEnding::hit;
        case protocol::Outcome::miss:
            return metrics::RequestEnding::miss;
        case protocol::Outcome::error:
            return metrics::RequestEnding::node_error;
        case protocol::Outcome::failed:
            return metrics::RequestEnding::proxy_error;
        case protocol::Outcome::stored:
        case protocol::Outcome::not_stored:
        case protocol::Outcome::exists:
        case protocol::Outcome::number:
        case protocol::Outcome::ok:
            return metrics::RequestEnding::ok;
    }
    return metrics::RequestEnding::ok;
}

inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(protocol::Outcome::failed) + 1;

constexpr std::size_t cell_of(metrics::RequestKind kind, protocol::Outcome outcome) noexcept {
    return static_cast<std::size_t>(kind) * kOutcomes + static_cast<std::size_t>(outcome);
}

// For each of them the cell of metrics::RequestCounts: asked for every request.
inline constexpr auto kEndingCells = [] {
    std::array<std::uint8_t, metrics::RequestCounts::kKinds * kOutcomes> cells{};
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto kind = static_cast<metrics::RequestKind>(i / kOutcomes);
        const auto outcome = static_cast<protocol::Outcome>(i % kOutcomes);
        cells[i] = static_cast<std::uint8_t>(
            metrics::RequestCounts::index_of(kind, ending_of(kind, outcome)));
    }
    return cells;
}();

}  // namespace ringside::proxy
