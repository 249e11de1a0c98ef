// The webhook with all that is around it: listeners, the template file, events, the end.
#pragma once

#include "base/expected.h"
#include "discovery/file_reading.h"
#include "event_writer.h"
#include "http/server.h"
#include "inject/template.h"
#include "injector_metrics.h"
#include "io/event_loop.h"
#include "options.h"
#include "webhook.h"

#include <memory>
#include <string>

namespace ringside::injector {

// Owned by run_serve(); its loop's thread only.
class Service {
  public:
    // What cannot begin: an address that is taken, a certificate that cannot be read. `loop` and
    // `options` outlive it. Requires: serve's options are complete.
    static base::Expected<std::unique_ptr<Service>> open(io::EventLoop& loop,
                                                         const Options& options,
                                                         inject::Template injected);

    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // Of a signal. The first one ends readiness, and stops the loop when the time to drain is over
    // and nobody waits; the second one stops it.
    void end(std::string_view signal);

  private:
    Service(io::EventLoop& loop, const Options& options, inject::Template injected);

    base::Status listen();
    void use_events();
    void on_template(const base::Expected<std::string>& text);
    void on_review(const inject::Review& review);
    void log_review(const inject::Review& review);
    void tell_event(const inject::Review& review);
    http::Response answer_probe(const http::Request& request);
    void read_metrics();
    void stop_when_quiet();

    io::EventLoop& loop_;
    const Options& options_;
    InjectorMetrics metrics_;
    http::ServerCounters probe_counters_;
    Webhook webhook_;
    std::unique_ptr<EventWriter> events_;  // null: not wanted
    std::unique_ptr<discovery::FileReading> template_file_;
    std::string template_text_;  // that was read last
    std::unique_ptr<http::Server> server_, probes_;
    io::EventLoop::Timer end_timer_;
    base::TimePoint end_at_ = base::kNever;  // kNever: nobody has told it to end
};

}  // namespace ringside::injector
