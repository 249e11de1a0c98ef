// Events of Kubernetes, told in the background to an API server.
#pragma once

#include "base/clock.h"
#include "http/fetch.h"
#include "http/tls.h"
#include "inject/review.h"
#include "injector_metrics.h"
#include "io/event_loop.h"
#include "routing/node.h"

#include <deque>
#include <map>
#include <memory>
#include <string>

namespace ringside::injector {

// What has happened to whom.
struct ClusterEvent {
    std::string namespace_name;
    inject::ObjectName about;
    std::string reason;  // "Injected"
    std::string message;
    bool is_warning = false;
};

// Nobody waits for it, and it may lose what comes too fast. Owned by Service; its loop's thread.
class EventWriter {
  public:
    // What waits to be written. Over it: dropped.
    static constexpr std::size_t kQueueMax = 100;
    // So many at once, and then one each kPause.
    static constexpr std::size_t kBurstMax = 25;
    static constexpr base::milliseconds kPause{200};
    // The same is not said again within this time.
    static constexpr base::seconds kSilence{600};
    // Of what was said lately. Over it all of it is forgotten.
    static constexpr std::size_t kSaidMax = 10'000;

    struct Settings {
        routing::Address api_server;  // an IP
        std::string token_file, ca_file;
        std::string instance;  // the name of this pod
    };

    // `loop` and `metrics` outlive it.
    EventWriter(io::EventLoop& loop, Settings settings, InjectorMetrics& metrics);

    EventWriter(const EventWriter&) = delete;
    EventWriter& operator=(const EventWriter&) = delete;

    void tell(ClusterEvent event);

  private:
    bool was_said_lately(const ClusterEvent& event);
    void write_next();
    base::Status start(const ClusterEvent& event);
    void on_end(const base::Status& status);
    void on_problem(const std::string& problem);

    io::EventLoop& loop_;
    const Settings settings_;
    InjectorMetrics& metrics_;
    std::deque<ClusterEvent> queue_;
    std::map<std::string, base::TimePoint> said_;
    std::size_t written_at_once_ = 0;
    base::TimePoint last_write_ = {};
    std::unique_ptr<http::TlsContext> tls_;  // null: its files could not be read yet
    std::unique_ptr<http::Fetch> fetch_;
    io::EventLoop::Timer timer_;
    unsigned status_ = 0;
    std::uint64_t serial_ = 0;
    bool has_failed_ = false;  // the last one, which the log has told
};

}  // namespace ringside::injector
