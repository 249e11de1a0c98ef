#include "event_writer.h"

#include "base/log.h"
#include "base/moment.h"
#include "config/token_file.h"
#include "http/json.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace ringside::injector {
namespace {

using base::Clock;
using base::LogEvent;
using http::Json;

constexpr unsigned kCreated = 201;
constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 10;
// Of an event's message (k8s.io/api/core/v1, "NoteLengthLimit").
constexpr std::size_t kMessageBytesMax = 1024;

// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/, as core/v1.
std::string event_text(const ClusterEvent& event, const std::string& instance,
                       std::uint64_t serial) {
    const auto now = base::moment_now().wall;
    const std::string time = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                                         fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch());
    const Json document = {
        {"apiVersion", "v1"},
        {"kind", "Event"},
        {"metadata",
         {{"name", fmt::format("{}.{:x}", event.about.name,
                               static_cast<std::uint64_t>(ns.count()) + serial)},
          {"namespace", event.namespace_name}}},
        {"involvedObject",
         {{"apiVersion", event.about.api_version},
          {"kind", event.about.kind},
          {"namespace", event.namespace_name},
          {"name", event.about.name},
          {"uid", event.about.uid}}},
        {"reason", event.reason},
        {"message", event.message.substr(0, kMessageBytesMax)},
        {"type", event.is_warning ? "Warning" : "Normal"},
        {"source", {{"component", "ringside-injector"}}},
        {"reportingComponent", "ringside-injector"},
        {"reportingInstance", instance},
        {"firstTimestamp", time},
        {"lastTimestamp", time},
        {"count", 1},
    };
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

EventWriter::EventWriter(io::EventLoop& loop, Settings settings, InjectorMetrics& metrics)
    : loop_(loop), settings_(std::move(settings)), metrics_(metrics), timer_(loop) {}

void EventWriter::tell(ClusterEvent event) {
    if (was_said_lately(event)) {
        return;
    }
    if (queue_.size() >= kQueueMax) {
        ++metrics_.events_dropped;
        return;
    }
    queue_.push_back(std::move(event));
    if (queue_.size() == 1 && !fetch_) {
        write_next();
    }
}

bool EventWriter::was_said_lately(const ClusterEvent& event) {
    const base::TimePoint now = Clock::now();
    if (said_.size() >= kSaidMax) {
        said_.clear();
    }
    const std::string key = fmt::format("{}\n{}\n{}\n{}\n{}", event.namespace_name, event.about.uid,
                                        event.about.name, event.reason, event.message);
    const auto [place, is_new] = said_.try_emplace(key, now);
    if (is_new || now - place->second >= kSilence) {
        place->second = now;
        return false;
    }
    return true;
}

void EventWriter::write_next() {
    if (queue_.empty() || fetch_) {
        return;
    }
    const base::TimePoint now = Clock::now();
    const auto rested = static_cast<std::size_t>((now - last_write_) / kPause);
    written_at_once_ -= std::min(written_at_once_, rested);
    if (written_at_once_ >= kBurstMax) {
        timer_.arm(last_write_ + kPause, [this] { write_next(); });
        return;
    }
    if (rested > 0) {
        last_write_ = now;
    }
    ++written_at_once_;
    const ClusterEvent event = std::move(queue_.front());
    queue_.pop_front();
    if (const base::Status started = start(event); !started) {
        on_problem(started.error().message);
        timer_.arm(now + kPause, [this] { write_next(); });
    }
}

base::Status EventWriter::start(const ClusterEvent& event) {
    if (!tls_) {
        http::TlsSettings settings;
        settings.ca_file = settings_.ca_file;
        auto tls = http::TlsContext::open(http::TlsContext::Side::client, settings);
        if (!tls) {
            return tls.error();
        }
        tls_ = std::move(*tls);
    }
    const auto token = config::read_token_file(settings_.token_file);
    if (!token) {
        return token.error();
    }
    status_ = 0;
    http::Fetch::Request request;
    request.addresses = {settings_.api_server};
    request.host = settings_.api_server.host;
    request.tls = tls_.get();
    request.method = http::Method::post;
    request.target = fmt::format("/api/v1/namespaces/{}/events", event.namespace_name);
    request.headers = {{"Accept", "application/json"},
                       {"Content-Type", "application/json"},
                       {"Authorization", "Bearer " + *token}};
    request.body = event_text(event, settings_.instance, ++serial_);
    request.silence_max = request.timeout;
    request.body_bytes_max = kAnswerBytesMax;
    fetch_ = std::make_unique<http::Fetch>(
        loop_, std::move(request),
        http::Fetch::Events{
            .on_head = [this](const http::ResponseHead& head) { status_ = head.status; },
            .on_end = [this](base::Status status) { on_end(status); }});
    return base::Done{};
}

void EventWriter::on_end(const base::Status& status) {
    fetch_.reset();
    if (status_ == kCreated) {
        ++metrics_.events_written;
        has_failed_ = false;
    } else {
        on_problem(status_ != 0 ? fmt::format("the API server answers {}", status_)
                                : status.error().message);
    }
    timer_.arm(Clock::now(), [this] { write_next(); });
}

void EventWriter::on_problem(const std::string& problem) {
    ++metrics_.events_failed;
    if (!std::exchange(has_failed_, true)) {
        base::log().warn({.event = LogEvent::cluster_event, .cause = problem},
                         "events cannot be written: {}", problem);
    }
}

}  // namespace ringside::injector
