// What the webhook counts, and how Prometheus reads it. On the loop's thread only.
#pragma once

#include "base/clock.h"
#include "http/server.h"
#include "inject/skip_reason.h"
#include "metrics/exposition.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::injector {

// Of the answers to reviews, in microseconds; an API server gives up after seconds.
inline constexpr auto kAnswerBounds =
    std::to_array<std::uint64_t>({500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000});

struct InjectorMetrics {
    // By path (those of the webhook alone) and status.
    std::map<std::pair<std::string_view, unsigned>, std::uint64_t> requests;
    std::uint64_t injected = 0;
    std::uint64_t updated = 0;
    std::map<inject::SkipReason, std::uint64_t> skipped;
    std::array<std::uint64_t, kAnswerBounds.size() + 1>
        answers{};                 // by kAnswerBounds; the last: over
    std::uint64_t answers_us = 0;  // of all
    std::uint64_t template_reads = 0;
    std::uint64_t template_refusals = 0;
    bool is_template_current = true;  // else the file has one that was refused
    std::uint64_t events_written = 0;
    std::uint64_t events_failed = 0;
    std::uint64_t events_dropped = 0;  // too many, or too many at once
    std::uint64_t dropped_log_lines = 0;
    bool is_ready = true;
    std::optional<std::int64_t> certificate_end;  // seconds since 1970
    http::ServerCounters server;                  // of the webhook's listener

    void count_answer(base::Clock::duration time);
};

std::string metrics_text(const InjectorMetrics& metrics);

// For docs.
std::span<const metrics::FamilyHead> metric_families() noexcept;

}  // namespace ringside::injector
