#include "service.h"

#include "base/log.h"
#include "commands.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace ringside::injector {
namespace {

using base::Clock;
using base::log;
using base::LogEvent;

constexpr unsigned kNotFound = 404;
constexpr unsigned kMethodNotAllowed = 405;
constexpr unsigned kServiceUnavailable = 503;

// Between two looks whether somebody waits for an answer.
constexpr base::milliseconds kQuietLook{20};

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

http::Response refusal(unsigned status, std::string_view, std::string_view sentence) {
    return plain_answer(status, sentence);
}

base::Expected<std::unique_ptr<http::Server>> open_server(io::EventLoop& loop,
                                                          const config::Listen& listen,
                                                          http::Server::Options options,
                                                          http::Handler handler,
                                                          http::ServerCounters& counters) {
    options.listener.address = listen.address;
    options.listener.mode = listen.mode;
    auto server = http::Server::open(loop, options, std::move(handler), counters);
    if (!server) {
        return server.error().in(fmt::format("cannot listen on {}", listen.text));
    }
    return server;
}

std::string where(const config::Listen& listen, const http::Server& server) {
    return listen.address.is_unix() ? listen.text
                                    : fmt::format("{}:{}", listen.address.host, server.port());
}

// Of a namespace (RFC 1123). Who posts a review may write anything there, and it becomes a part of
// a path that is asked for with our token.
bool is_label(std::string_view text) {
    constexpr std::size_t kLabelBytesMax = 63;
    return !text.empty() && text.size() <= kLabelBytesMax &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

std::string owner_of(const inject::Review& review) {
    return review.owner ? fmt::format("{}/{}", review.owner->kind, review.owner->name) : "";
}

}  // namespace

Service::Service(io::EventLoop& loop, const Options& options, inject::Template injected)
    : loop_(loop),
      options_(options),
      webhook_({.injected = std::make_shared<const inject::Template>(std::move(injected)),
                .metrics = metrics_,
                .on_review = [this](const inject::Review& review) { on_review(review); }}),
      end_timer_(loop) {}

base::Expected<std::unique_ptr<Service>> Service::open(io::EventLoop& loop, const Options& options,
                                                       inject::Template injected) {
    std::unique_ptr<Service> service(new Service(loop, options, std::move(injected)));
    if (const base::Status listens = service->listen(); !listens) {
        return listens.error();
    }
    service->use_events();
    if (!options.template_file.empty()) {
        service->template_file_ = std::make_unique<discovery::FileReading>(
            loop,
            discovery::FileQuestion{.path = options.template_file, .bytes_max = kTemplateBytesMax},
            [raw = service.get()](const base::Expected<std::string>& text) {
                raw->on_template(text);
            });
    }
    return service;
}

base::Status Service::listen() {
    http::TlsSettings tls;
    tls.cert_file = options_.cert_file;
    tls.key_file = options_.key_file;
    auto server = open_server(
        loop_, *options_.listen, {.listener = {}, .limits = kWebhookLimits, .tls = tls},
        {.answer = [this](const http::Request& request) { return webhook_.answer(request); },
         .refusal = refusal},
        metrics_.server);
    if (!server) {
        return server.error();
    }
    server_ = std::move(*server);
    log().info({LogEvent::listening}, "webhook on {}", where(*options_.listen, *server_));
    if (!options_.probes) {
        return base::Done{};
    }
    auto probes = open_server(
        loop_, *options_.probes, {},
        {.answer = [this](const http::Request& request) { return answer_probe(request); },
         .refusal = refusal},
        probe_counters_);
    if (!probes) {
        return probes.error();
    }
    probes_ = std::move(*probes);
    log().info({LogEvent::listening}, "probes and metrics on {}",
               where(*options_.probes, *probes_));
    return base::Done{};
}

void Service::use_events() {
    routing::Address api = options_.api_server.value_or(routing::Address{});
    if (!options_.api_server) {
        api.host = variable("KUBERNETES_SERVICE_HOST");
        const auto port = base::parse_unsigned(variable("KUBERNETES_SERVICE_PORT"), 1, 65'535);
        api.port = static_cast<std::uint16_t>(port.value_or(443));
    }
    const bool can = !api.host.empty() && !api.is_name() && !api.is_unix();
    if (!options_.events.value_or(can)) {
        return;
    }
    if (!can) {
        log().warn({.event = LogEvent::cluster_event, .cause = "no API server"},
                   "no events are written: give --api-server IP:PORT, as there is no "
                   "KUBERNETES_SERVICE_HOST with an IP");
        return;
    }
    events_ = std::make_unique<EventWriter>(loop_,
                                            EventWriter::Settings{.api_server = api,
                                                                  .token_file = options_.token_file,
                                                                  .ca_file = options_.ca_file,
                                                                  .instance = variable("HOSTNAME")},
                                            metrics_);
}

void Service::on_template(const base::Expected<std::string>& text) {
    if (text && *text == template_text_) {
        metrics_.is_template_current = true;
        return;
    }
    const auto read = text ? inject::parse_template(*text, options_.template_file)
                           : base::Expected<inject::Template>(text.error());
    if (!read) {
        ++metrics_.template_refusals;
        metrics_.is_template_current = false;
        log().error({.event = LogEvent::injector_template, .cause = read.error().message},
                    "the template was not taken, the one before stays: {}", read.error().message);
        return;
    }
    template_text_ = *text;
    webhook_.use(std::make_shared<const inject::Template>(*read));
    metrics_.is_template_current = true;
    ++metrics_.template_reads;
    log().info({LogEvent::injector_template}, "template {} is in use", options_.template_file);
}

void Service::on_review(const inject::Review& review) {
    log_review(review);
    if (events_ && !review.dry_run) {
        tell_event(review);
    }
}

void Service::log_review(const inject::Review& review) {
    const inject::Outcome& outcome = review.outcome;
    const std::string owner = owner_of(review);
    const std::string pod = fmt::format("pod {}/{}{}{}", review.namespace_name, review.pod_name,
                                        owner.empty() ? "" : " of ", owner);
    const std::string_view dry = review.dry_run ? " (dry run)" : "";
    base::LogFields fields{.event = LogEvent::pod_injected,
                           .namespace_name = review.namespace_name,
                           .pod = review.pod_name,
                           .owner = owner};
    if (!outcome.skip) {
        log().info(fields, "{}: {}: {}{}", pod, outcome.is_update ? "updated" : "injected",
                   outcome.summary, dry);
        return;
    }
    const inject::SkipRow& row = inject::skip_row(*outcome.skip);
    fields.event = LogEvent::pod_skipped;
    fields.cause = row.name;
    const std::string_view between = outcome.detail.empty() ? "" : ": ";
    if (row.is_warning) {
        log().warn(fields, "{}: not injected: {}{}{}{}", pod, row.sentence, between, outcome.detail,
                   dry);
    } else {
        log().info(fields, "{}: not injected: {}{}{}{}", pod, row.sentence, between, outcome.detail,
                   dry);
    }
}

void Service::tell_event(const inject::Review& review) {
    const inject::Outcome& outcome = review.outcome;
    const bool is_warning = outcome.skip && inject::skip_row(*outcome.skip).is_warning;
    const bool has_name = !review.pod_name.empty() && !review.pod_name.ends_with('-');
    if ((outcome.skip && !is_warning) || !is_label(review.namespace_name) ||
        (!review.owner && !has_name)) {
        return;
    }
    ClusterEvent event{
        .namespace_name = review.namespace_name,
        .about = review.owner.value_or(inject::ObjectName{"v1", "Pod", review.pod_name, ""}),
        .reason = is_warning ? "InjectionSkipped" : "Injected",
        .message = outcome.summary,
        .is_warning = is_warning};
    if (is_warning) {
        const inject::SkipRow& row = inject::skip_row(*outcome.skip);
        event.message = fmt::format("{}: {}{}{}", row.name, row.sentence,
                                    outcome.detail.empty() ? "" : ": ", outcome.detail);
    }
    events_->tell(std::move(event));
}

http::Response Service::answer_probe(const http::Request& request) {
    if (request.method != http::Method::get && request.method != http::Method::head) {
        return plain_answer(kMethodNotAllowed, "GET");
    }
    if (request.path == "/livez") {
        return plain_answer(200, "ok");
    }
    read_metrics();
    if (request.path == "/metrics") {
        http::Response response;
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metrics_text(metrics_);
        return response;
    }
    if (request.path != "/readyz") {
        return plain_answer(kNotFound, "there are /livez, /readyz and /metrics");
    }
    if (end_at_ != base::kNever) {
        return plain_answer(kServiceUnavailable, "the process ends");
    }
    return metrics_.is_ready ? plain_answer(200, "ok")
                             : plain_answer(kServiceUnavailable, "the certificate has expired");
}

void Service::read_metrics() {
    metrics_.dropped_log_lines = log().dropped_lines();
    metrics_.certificate_end = server_->certificate_end();
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    metrics_.is_ready = end_at_ == base::kNever && metrics_.certificate_end.value_or(now + 1) > now;
}

void Service::end(std::string_view signal) {
    if (end_at_ != base::kNever) {
        loop_.stop();
        return;
    }
    log().info({LogEvent::draining}, "{}: not ready any more, ends in {} ms", signal,
               options_.drain.count());
    webhook_.begin_to_end();
    end_at_ = Clock::now() + options_.drain;
    end_timer_.arm(end_at_, [this] { stop_when_quiet(); });
}

// A request that has begun is answered, unless it takes longer than any may.
void Service::stop_when_quiet() {
    const base::TimePoint now = Clock::now();
    if (server_->is_quiet() || now >= end_at_ + kWebhookLimits.request_deadline) {
        loop_.stop();
        return;
    }
    end_timer_.arm(now + kQuietLook, [this] { stop_when_quiet(); });
}

}  // namespace ringside::injector
