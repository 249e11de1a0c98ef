// The whole process: who is made of what, in which order it starts, drains and stops.
//
// The only place that knows every layer. Discovery does not know workers and workers do not know
// discovery: the hooks that are set here connect them. Owned by main; its thread is the control
// thread.
#pragma once

#include "admin/context.h"
#include "app/acceptor_set.h"
#include "app/admin_listeners.h"
#include "app/config_file.h"
#include "app/control_counters.h"
#include "app/control_lag.h"
#include "app/drain_driver.h"
#include "app/event_teller.h"
#include "app/hand_over.h"
#include "app/listen_names.h"
#include "app/process.h"
#include "app/reloader.h"
#include "app/service_manager.h"
#include "app/signal_actions.h"
#include "app/sources.h"
#include "app/state_keeper.h"
#include "app/take_over.h"
#include "app/worker_thread.h"
#include "base/expected.h"
#include "config/config.h"
#include "discovery/controller.h"
#include "discovery/names.h"
#include "discovery/probe.h"
#include "io/event_loop.h"
#include "io/file_watch.h"
#include "io/name_resolver.h"
#include "io/record_resolver.h"
#include "metrics/metrics.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::app {

class App {
  public:
    // What does not come from the configuration.
    struct Setup {
        std::uint32_t worker_count = 1;  // at least 1
        std::uint32_t verbosity = 5;     // nutcracker's scale
        std::uint64_t files_max = 0;     // the limit of open files; 0: not known
        std::string log_file = {};       // empty: stderr
        ConfigFile file{Options{}};      // where reloads come from
        std::string text = {};           // of the file when it was loaded
        ServiceManager::Contact service_manager = {};
        // Of the process whose place this one takes; nothing: of none.
        std::optional<Inheritance> inheritance = std::nullopt;
        // Told once clients are served by this process, and by its successor. Null: nobody.
        std::function<void()> on_serving = nullptr;
        std::function<void()> on_handed_over = nullptr;
    };

    // Binds every address, so that one that is taken is known before anything has begun. Waits for
    // the host names in them, kNameLookupMax at most, or until it is told to stop. The error is one
    // sentence for the operator. A default address of the admin API or the statistics that is taken
    // is only a warning.
    static base::Expected<std::unique_ptr<App>> open(config::Config config, Setup setup);
    ~App();

    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Serves until SIGTERM, SIGINT or SIGQUIT, and then through the grace and until the clients are
    // done or their time is over (app/drain.h). A second such signal ends it at once. SIGHUP opens
    // the log file again and loads the configuration; SIGTTIN and SIGTTOU log more and less. It
    // also ends, without a grace, once another process has taken its place. The error: it could not
    // take the place of the process before, which goes on.
    base::Status run();

    // As SIGTERM. Any thread, while run() runs.
    void request_stop();

    // The ports that were bound; 0 for unix sockets and what is not there. For tests.
    std::uint16_t pool_port(std::string_view pool) const;
    std::uint16_t admin_port() const;

  private:
    App(config::Config config, Setup setup);

    base::Status listen();
    // Nothing if the process is told to stop meanwhile.
    std::optional<FoundNames> wait_for_names(std::set<std::string> hosts);
    Reloader::Hooks reload_hooks();
    SignalActions::Hooks signal_hooks();
    // Makes the running process that of `config`, or changes nothing.
    base::Status apply(const config::Config& config, const FoundNames& names);
    // Pools that have waited for their nodes and have them listen.
    void listen_where_ready();
    void keep_state(const std::string& directory);
    void watch_config(const config::Config& config);
    void watch_file(const std::string& path);
    void log_start() const;

    discovery::Controller::Hooks controller_hooks();
    void probe(routing::PoolId pool, const routing::PoolNode& node);
    void forget(routing::PoolId pool);
    admin::AdminContext admin_context();
    void note_readiness();
    admin::ConfigView config_view() const;
    std::vector<admin::WorkerView> worker_views() const;

    void arm_controller_timer();
    void stop();
    void end_after(base::milliseconds grace);

    TakeOver::Hooks take_over_hooks();
    HandOver::Hooks hand_over_hooks();
    base::Expected<admin::TakeoverOffer> offer_takeover();
    std::vector<io::Listener::Share> shares();
    bool is_taking_over() const noexcept { return take_over_ && take_over_->is_pending(); }
    void begin_serving();

    const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
    bool is_ready_ = false;
    std::chrono::system_clock::time_point ready_since_ = started_;  // or is not
    metrics::Registry registry_;
    ControlCounters counters_{registry_};
    io::EventLoop control_;
    ControlLag control_lag_{control_};
    io::NameResolver resolver_;
    io::RecordResolver records_;
    discovery::Names names_;
    // What the process before has given.
    const std::unique_ptr<io::InheritedSockets> inherited_sockets_;
    std::optional<discovery::SavedState> inherited_state_;
    StateKeeper state_keeper_;  // of what the controller knows
    discovery::Controller controller_;
    discovery::Names::UserPtr node_names_;  // those that the controller uses
    discovery::Prober prober_;
    Sources sources_;
    ClientRoom room_;
    ClientCounts client_counts_;
    WorkerThreads workers_;  // after the counts that their clients are in
    AcceptorSet acceptors_;
    Reloader reloader_;
    // Of the file, and of those with passwords, by path; empty: changes are not looked for.
    std::map<std::string, std::unique_ptr<io::FileWatch>> config_watches_;
    admin::Events events_;
    admin::Access access_;  // to the admin API
    EventTeller event_teller_;
    const admin::AdminContext admin_context_;
    AdminListeners admin_listeners_;
    ServiceManager service_manager_;
    io::EventLoop::Timer controller_timer_;
    base::TimePoint controller_deadline_ = base::kNever;  // what the timer is armed for
    DrainDriver drain_;
    HandOver hand_over_;
    std::optional<TakeOver> take_over_;
    const std::function<void()> on_serving_;
    const std::function<void()> on_handed_over_;
    std::optional<base::Error> failure_;  // of the take-over
    bool is_listening_ = false;           // no more waiting for names
    bool is_stopped_early_ = false;       // while it waited
    bool is_state_read_ = false;          // what the process before has left
    SignalActions signal_actions_;
    Signals signals_;
};

}  // namespace ringside::app
