#include "injector_metrics.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace ringside::injector {
namespace {

using metrics::append_label;
using metrics::Exposition;
using metrics::FamilyHead;
using metrics::FamilyType;

constexpr double kMicrosecondsPerSecond = 1e6;

struct FamilyRow {
    FamilyHead head;
    void (*write)(Exposition& to, const InjectorMetrics& metrics);
};

// `name="value"`.
std::string label(std::string_view name, std::string_view value) {
    std::string labels;
    append_label(labels, name, value);
    return labels;
}

std::int64_t whole(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

template <std::uint64_t InjectorMetrics::*kNumber>
void write_number(Exposition& to, const InjectorMetrics& metrics) {
    to.sample("", whole(metrics.*kNumber));
}

template <std::uint64_t http::ServerCounters::*kNumber>
void write_server_number(Exposition& to, const InjectorMetrics& metrics) {
    to.sample("", whole(metrics.server.*kNumber));
}

template <bool InjectorMetrics::*kFlag>
void write_flag(Exposition& to, const InjectorMetrics& metrics) {
    to.sample("", std::int64_t{metrics.*kFlag});
}

void write_requests(Exposition& to, const InjectorMetrics& metrics) {
    for (const auto& [key, count] : metrics.requests) {
        std::string labels = label("path", key.first);
        append_label(labels, "code", fmt::format("{}", key.second));
        to.sample(labels, whole(count));
    }
}

// All there can be, so that an alert sees the first one.
void write_pods(Exposition& to, const InjectorMetrics& metrics) {
    to.sample(label("outcome", "injected"), whole(metrics.injected));
    to.sample(label("outcome", "updated"), whole(metrics.updated));
    for (const inject::SkipRow& row : inject::skip_rows()) {
        const auto count = metrics.skipped.find(row.reason);
        to.sample(label("outcome", row.name),
                  whole(count == metrics.skipped.end() ? 0 : count->second));
    }
}

void write_self_check(Exposition& to, const InjectorMetrics& metrics) {
    const auto count = metrics.skipped.find(inject::SkipReason::patch_invalid);
    to.sample("", whole(count == metrics.skipped.end() ? 0 : count->second));
}

void write_answers(Exposition& to, const InjectorMetrics& metrics) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kAnswerBounds.size(); ++i) {
        sum += metrics.answers[i];
        const auto bound = static_cast<double>(kAnswerBounds[i]) / kMicrosecondsPerSecond;
        to.part("_bucket", "", label("le", fmt::format("{}", bound)), whole(sum));
    }
    sum += metrics.answers.back();
    to.part("_bucket", "", label("le", "+Inf"), whole(sum));
    to.part("_sum", "", "", static_cast<double>(metrics.answers_us) / kMicrosecondsPerSecond);
    to.part("_count", "", "", whole(sum));
}

void write_template(Exposition& to, const InjectorMetrics& metrics) {
    to.sample(label("result", "read"), whole(metrics.template_reads));
    to.sample(label("result", "refused"), whole(metrics.template_refusals));
}

void write_events(Exposition& to, const InjectorMetrics& metrics) {
    to.sample(label("result", "written"), whole(metrics.events_written));
    to.sample(label("result", "failed"), whole(metrics.events_failed));
    to.sample(label("result", "dropped"), whole(metrics.events_dropped));
}

void write_certificate(Exposition& to, const InjectorMetrics& metrics) {
    if (metrics.certificate_end) {
        to.sample("", *metrics.certificate_end);
    }
}

void write_build(Exposition& to, const InjectorMetrics&) {
    to.sample(label("version", RINGSIDE_VERSION), std::int64_t{1});
}

constexpr auto kFamilies = std::to_array<FamilyRow>({
    {{"ringside_injector_requests", FamilyType::counter, "",
      "Requests to the webhook, by path (other: any else) and HTTP status."},
     write_requests},
    {{"ringside_injector_pods", FamilyType::counter, "",
      "Pods that were asked about, by outcome: injected, updated, or why not."},
     write_pods},
    {{"ringside_injector_patch_self_check_failures", FamilyType::counter, "",
      "Patches that were wrong, and so not given: a mistake of the injector."},
     write_self_check},
    {{"ringside_injector_answer_seconds", FamilyType::histogram, "seconds",
      "How long the answer to a review took to make."},
     write_answers},
    {{"ringside_injector_refused_requests", FamilyType::counter, "",
      "Requests that were no HTTP or too large, and failed TLS handshakes."},
     write_server_number<&http::ServerCounters::requests_refused>},
    {{"ringside_injector_refused_connections", FamilyType::counter, "",
      "Connections that found no place."},
     write_server_number<&http::ServerCounters::connections_refused>},
    {{"ringside_injector_timeouts", FamilyType::counter, "",
      "Connections that were closed: idle, or too slow."},
     write_server_number<&http::ServerCounters::timeouts>},
    {{"ringside_injector_certificate_expiry_timestamp_seconds", FamilyType::gauge, "seconds",
      "When the certificate that is shown ends, in seconds since 1970."},
     write_certificate},
    {{"ringside_injector_template_loads", FamilyType::counter, "",
      "Changes of the template file, by result: read, or refused."},
     write_template},
    {{"ringside_injector_template_current", FamilyType::gauge, "",
      "0 while the template file has one that was refused: the one before is in use."},
     write_flag<&InjectorMetrics::is_template_current>},
    {{"ringside_injector_events", FamilyType::counter, "",
      "Events about owners of pods: written, failed, or dropped as there were too many."},
     write_events},
    {{"ringside_injector_dropped_log_lines", FamilyType::counter, "",
      "Lines that the log has lost."},
     write_number<&InjectorMetrics::dropped_log_lines>},
    {{"ringside_injector_ready", FamilyType::gauge, "", "1 while /readyz says so."},
     write_flag<&InjectorMetrics::is_ready>},
    {{"ringside_injector_build", FamilyType::info, "", "The version."}, write_build},
});

constexpr auto kHeads = [] {
    std::array<FamilyHead, kFamilies.size()> heads{};
    std::transform(kFamilies.begin(), kFamilies.end(), heads.begin(),
                   [](const FamilyRow& row) { return row.head; });
    return heads;
}();

}  // namespace

void InjectorMetrics::count_answer(base::Clock::duration time) {
    const auto us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
    const auto* const bound = std::lower_bound(kAnswerBounds.begin(), kAnswerBounds.end(), us);
    ++answers[static_cast<std::size_t>(bound - kAnswerBounds.begin())];
    answers_us += us;
}

std::string metrics_text(const InjectorMetrics& metrics) {
    std::string text;
    Exposition exposition(metrics::Format::prometheus, text);
    for (const FamilyRow& family : kFamilies) {
        exposition.begin(family.head);
        family.write(exposition, metrics);
    }
    exposition.end();
    return text;
}

std::span<const FamilyHead> metric_families() noexcept {
    return kHeads;
}

}  // namespace ringside::injector
