#include "app/app.h"

#include "app/crash_line.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/moment.h"
#include "base/random_seed.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace ringside::app {
namespace {

using base::Clock;
using base::log;

// How often a drain looks whether the last client has gone.
constexpr base::milliseconds kDrainInterval{5};

// What a probe may take in a pool whose requests have no timeout of their own.
constexpr base::milliseconds kProbeTimeoutDefault{1000};

base::milliseconds probe_timeout(const routing::PoolPolicy& policy) {
    return policy.timeout != base::milliseconds{0} ? policy.timeout : kProbeTimeoutDefault;
}

std::int64_t microseconds_since_epoch() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<base::microseconds>(now).count();
}

}  // namespace

base::Expected<std::unique_ptr<App>> App::open(config::Config config, Setup setup) {
    CHECK(setup.worker_count > 0);
    std::unique_ptr<App> app(new App(std::move(config), std::move(setup)));
    if (const auto listening = app->listen(); !listening) {
        return listening.error();
    }
    return app;
}

App::App(config::Config config, Setup setup)
    : log_file_(std::move(setup.log_file)),
      verbosity_(setup.verbosity),
      resolver_(control_, resolver_options(config.process)),
      names_(control_, discovery::ask_by(resolver_)),
      controller_(controller_hooks()),
      node_names_(names_.open(
          [this](const std::string& host, const discovery::NameState& state, bool failed) {
              controller_.on_name(host, state, failed, Clock::now());
          })),
      prober_(control_),
      sources_(control_, names_, controller_),
      room_(setup.files_max, setup.worker_count),
      acceptors_({control_, registry_, workers_, client_counts_, room_}),
      reloader_(std::move(setup.file), std::move(setup.text), std::move(config), reload_hooks()),
      controller_timer_(control_),
      drain_timer_(control_),
      reload_timer_(control_),
      signals_(control_, [this](int number) { on_signal(number); }) {
    for (std::uint32_t index = 0; index < setup.worker_count; ++index) {
        workers_.push_back(std::make_unique<WorkerThread>(
            control_, registry_,
            WorkerThread::Options{.index = index,
                                  .seed = base::random_seed(),
                                  .on_health =
                                      [this](const health::HealthEvent& event) {
                                          controller_.on_health(event, Clock::now());
                                      },
                                  .process = {.version = RINGSIDE_VERSION,
                                              .pid = ::getpid(),
                                              .workers = setup.worker_count}}));
    }
}

App::~App() = default;

// --- start and reload ---

base::Status App::listen() {
    const auto names = wait_for_names(all_names(reloader_.running()));
    if (!names) {
        return base::Error{base::Errc::conflict, "told to stop while it waited for names"};
    }
    is_listening_ = true;
    const base::Status applied = apply(reloader_.running(), *names);
    return applied ? open_admin(*names) : applied;
}

std::optional<FoundNames> App::wait_for_names(std::set<std::string> hosts) {
    FoundNames found;
    const auto round =
        NameRound::begin(control_, resolver_, {std::move(hosts), base::kNameLookupMax},
                         [this, &found](const FoundNames& names) {
                             found = names;
                             control_.stop();
                         });
    if (round) {
        control_.run();
    }
    return is_stopped_early_ ? std::nullopt : std::optional(std::move(found));
}

Reloader::Hooks App::reload_hooks() {
    return {.find_names =
                [this](const config::Config& next, NameRound::OnFound on_found) {
                    return NameRound::begin(control_, resolver_,
                                            {pool_names(next), base::kListenNamesMax},
                                            std::move(on_found));
                },
            .apply = [this](const config::Config& next,
                            const FoundNames& names) { return apply(next, names); }};
}

base::Status App::apply(const config::Config& config, const FoundNames& names) {
    std::vector<PlannedPool> pools;
    for (const config::PoolConfig& pool : config.pools) {
        pools.push_back({controller_.id_of(pool), pool});
    }
    // First what can fail. No client comes in before this has returned to the loop, and the workers
    // have the snapshot by then: posts keep their order.
    for (admin::AdminServer* server : {admin_.get(), stats_.get(), probes_.get()}) {
        const base::Status renewed = server != nullptr ? server->renew_if_lost() : base::Done{};
        if (!renewed) {
            log().error("an admin socket is gone, and cannot be made anew: {}",
                        renewed.error().message);
        }
    }
    if (const auto adopted = acceptors_.adopt(pools, names); !adopted) {
        return adopted;
    }
    for (const auto& worker : workers_) {
        worker->set_drain_limit(config.process.drain.limit);
    }
    controller_.configure(config, Clock::now());
    for (const PlannedPool& pool : pools) {
        prober_.limit(pool.id, probe_timeout(pool.config.policy));
    }
    sources_.adopt(pools);
    log().set_format(config.process.log_format);
    watch_config(config.process.watch_config);
    return base::Done{};
}

void App::watch_config(bool wanted) {
    if (!wanted) {
        config_watch_.reset();
        return;
    }
    if (config_watch_) {
        return;
    }
    auto watch = io::FileWatch::open(control_, reloader_.path(),
                                     [this] { reloader_.reload_if_changed("changed file"); });
    if (!watch) {
        log().warn("changes of {} are not noticed: {}; use SIGHUP", reloader_.path(),
                   watch.error().message);
        return;
    }
    config_watch_ = std::move(*watch);
    // What the file has become since it was read was no event for the watch.
    control_.post([this] {
        if (config_watch_) {
            reloader_.reload_if_changed("changed file");
        }
    });
}

base::Status App::open_admin(const FoundNames& names) {
    const config::ProcessConfig& process = reloader_.running().process;
    base::Status status = open_admin_listener({.key = "admin",
                                               .listen = process.admin,
                                               .is_default = process.admin_is_default,
                                               .scope = admin::AdminScope::everything,
                                               .limits = room_.admin_limits()},
                                              names, admin_);
    if (status && process.stats) {
        status = open_admin_listener({.key = "stats",
                                      .listen = *process.stats,
                                      .is_default = process.stats_is_default,
                                      .scope = admin::AdminScope::stats,
                                      .limits = room_.stats_limits()},
                                     names, stats_);
    }
    if (status && process.probes) {
        status = open_admin_listener({.key = "probes",
                                      .listen = *process.probes,
                                      .is_default = false,
                                      .scope = admin::AdminScope::probes,
                                      .limits = room_.admin_limits()},
                                     names, probes_);
    }
    return status;
}

base::Status App::open_admin_listener(const AdminListener& wanted, const FoundNames& names,
                                      std::unique_ptr<admin::AdminServer>& opened) {
    const auto cannot_listen = [&wanted](const base::Error& error) {
        return error.in(fmt::format("{}: cannot listen on {}", wanted.key, wanted.listen.text));
    };
    const auto address = bind_address(wanted.listen.address, names);
    if (!address) {
        return cannot_listen(address.error());
    }
    config::Listen listen = wanted.listen;
    listen.address = *address;
    auto server =
        admin::AdminServer::open(control_, admin_context(), listen, wanted.scope, wanted.limits);
    if (server) {
        opened = std::move(*server);
        return base::Done{};
    }
    if (!wanted.is_default) {
        return cannot_listen(server.error());
    }
    log().warn("{}: cannot listen on {}: {}; set ringside.{} to have it elsewhere", wanted.key,
               wanted.listen.text, server.error().message, wanted.key);
    return base::Done{};
}

void App::log_start() const {
    const config::Config& config = reloader_.running();
    for (const config::PoolConfig& pool : config.pools) {
        const auto view = controller_.view(pool.name, base::moment_now());
        log().info("pool {}: listens on {}, nodes from {}", pool.name, pool.listen.text,
                   view ? view->source : "nowhere");
    }
    if (admin_) {
        log().info("admin API on {}", config.process.admin.text);
    }
    if (stats_) {
        log().info("statistics on {}", config.process.stats->text);
    }
    if (probes_) {
        log().info("probes on {}", config.process.probes->text);
    }
    if (room_.is_too_small()) {
        log().warn(
            "the limit of open files is too low: clients over {} are refused, and nodes may "
            "be out of reach; raise it (ulimit -n, LimitNOFILE)",
            room_.clients_max());
    }
    log().info("serving with {} workers", workers_.size());
}

void App::run() {
    for (const auto& worker : workers_) {
        worker->start();
    }
    log_start();
    arm_controller_timer();
    reload_if_due(signal_name(SIGHUP));  // one that came while names were waited for
    // Everything that the controller is told moves its deadlines, the operator's calls included.
    control_.run([this] { arm_controller_timer(); });
    sources_.stop();
    log().info("stopped with {} clients left", session_count(workers_));
}

// --- between the layers ---

discovery::Controller::Hooks App::controller_hooks() {
    return {
        .publish =
            [this](const routing::SnapshotPtr& snapshot) {
                room_.adopt(*snapshot);
                for (const auto& worker : workers_) {
                    worker->adopt(snapshot);
                }
            },
        .probe = [this](routing::PoolId pool, const routing::PoolNode& node) { probe(pool, node); },
        .refresh = [this](routing::PoolId pool) { sources_.refresh(pool); },
        .members_changed =
            [this](routing::PoolId pool, const routing::Membership& members) {
                sources_.set_known_members(pool, members);
            },
        .ejected = [this](routing::PoolId pool,
                          routing::NodeId node) { count_ejection(pool, node); },
        .degraded =
            [this](routing::PoolId pool, routing::NodeId node, bool is_degraded) {
                registry_.node(metrics::Registry::kControl, pool, node)
                    .set(metrics::NodeMetric::degraded, is_degraded ? 1 : 0);
            },
        .use_names = [this](const std::set<std::string>& hosts) { node_names_->use(hosts); },
        .doubt_name =
            [this](const std::string& host) {
                resolver_.doubt(host);
                names_.ask_again(host);
            },
        .lookup_failed = [this](routing::PoolId pool,
                                routing::NodeId node) { count_lookup_failure(pool, node); }};
}

void App::probe(routing::PoolId pool, const routing::PoolNode& node) {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    const routing::Pool* found = snapshot->find(pool);
    CHECK(found != nullptr);
    const routing::PoolPolicy& policy = found->policy;
    prober_.probe({.pool = pool,
                   .addresses = node.addresses,
                   .protocol = policy.protocol,
                   .redis_auth = policy.redis_auth,
                   .redis_db = policy.redis_db,
                   .timeout = probe_timeout(policy)},
                  [this, pool, id = node.node.id, asked = snapshot](bool healthy) {
                      const routing::Pool* const now = controller_.snapshot()->find(pool);
                      // With another password by now the node is asked again: this says
                      // nothing.
                      if (now == nullptr || !links_differ(now->policy, asked->find(pool)->policy)) {
                          controller_.on_probe(pool, id, healthy, Clock::now());
                      }
                  });
}

void App::count_lookup_failure(routing::PoolId pool, routing::NodeId node) {
    registry_.node(metrics::Registry::kControl, pool, node)
        .add(metrics::NodeMetric::lookup_failures);
}

void App::count_ejection(routing::PoolId pool, routing::NodeId node) {
    constexpr auto kWriter = metrics::Registry::kControl;
    registry_.pool(kWriter, pool).add(metrics::PoolMetric::server_ejects);
    registry_.node(kWriter, pool, node)
        .set(metrics::NodeMetric::server_ejected_at, microseconds_since_epoch());
}

admin::AdminContext App::admin_context() {
    return {
        .controller = controller_,
        .registry = registry_,
        .version = RINGSIDE_VERSION,
        .started = started_,
        .workers = [this] { return worker_views(); },
        .stats_counters = [this] { return stats_ ? stats_->counters() : admin::AdminCounters{}; },
        .config = [this] { return config_view(); },
        .is_ending = [this] { return drain_.has_value(); },
        .reload =
            [this](admin::OnReloaded on_done) {
                reloader_.reload("admin API", std::move(on_done));
            }};
}

admin::ConfigView App::config_view() const {
    admin::ConfigView view = reloader_.view();
    view.watched = config_watch_ != nullptr;
    return view;
}

std::vector<admin::WorkerView> App::worker_views() const {
    std::vector<admin::WorkerView> views;
    for (const auto& worker : workers_) {
        views.push_back({.index = static_cast<std::uint32_t>(views.size()),
                         .adopted_version = worker->adopted_version(),
                         .sessions = worker->session_count()});
    }
    return views;
}

void App::arm_controller_timer() {
    const base::TimePoint deadline = controller_.next_deadline();
    if (deadline == controller_deadline_) {
        return;
    }
    controller_deadline_ = deadline;
    controller_timer_.arm(deadline, [this] {
        controller_deadline_ = base::kNever;
        controller_.tick(Clock::now());
    });
}

// --- the end ---

void App::request_stop() {
    control_.post([this] { on_signal(SIGTERM); });
}

void App::on_signal(int number) {
    const std::string_view name = signal_name(number);
    switch (number) {
        case SIGHUP:
            reload_gate_.request();
            reload_if_due(name);
            return;
        case SIGTTIN:
            change_verbosity(std::min(verbosity_ + 1, base::kVerbosityMax));
            log().info("{}: log level {}", name, verbosity_);
            return;
        case SIGTTOU:
            log().info("{}: log level {}", name, std::max(verbosity_, 1U) - 1);
            change_verbosity(std::max(verbosity_, 1U) - 1);
            return;
        case SIGUSR1:
        case SIGUSR2:
            log().info("{}: nothing to do", name);
            return;
        default:  // an int is no enum: what is left are the signals that end the process
            log().info("{}", name);
            on_stop_signal();
    }
}

// Signals that come while the file is loaded, or soon after, open the log and load the file once
// more together. Before the process listens there is nothing to load: run() sees to it.
void App::reload_if_due(std::string_view trigger) {
    if (!is_listening_) {
        return;
    }
    if (!reload_gate_.open(Clock::now())) {
        reload_timer_.arm(reload_gate_.next_deadline(),
                          [this, trigger] { reload_if_due(trigger); });
        return;
    }
    reopen_log();
    log().info("{}: the log is open, the configuration is loaded next", trigger);
    reloader_.reload(trigger);
    reload_gate_.on_published(Clock::now());
}

void App::on_stop_signal() {
    if (!is_listening_) {
        is_stopped_early_ = true;
        control_.stop();
        return;
    }
    if (drain_) {
        log().warn("told to stop a second time: cutting off {} clients", session_count(workers_));
        control_.stop();
        return;
    }
    begin_drain();
}

void App::change_verbosity(std::uint32_t verbosity) {
    verbosity_ = verbosity;
    log().set_level(base::level_of_verbosity(verbosity));
}

void App::reopen_log() {
    base::Status reopened = leave_crash_line_in(log_file_);
    if (reopened) {
        reopened = log().reopen();
    }
    if (!reopened) {
        log().error("{}; lines go on to the old file", reopened.error().message);
    }
}

void App::begin_drain() {
    const config::DrainConfig& times = reloader_.running().process.drain;
    log().info("told to stop: {} clients, and whoever comes, are served for {} ms more",
               session_count(workers_), times.grace.count());
    config_watch_.reset();
    drain_.emplace(Clock::now(), Drain::Times{.grace = times.grace, .limit = times.limit});
    reloader_.end();
    continue_drain();
}

void App::continue_drain() {
    const base::TimePoint now = Clock::now();
    switch (drain_->next(now, is_drained())) {
        case DrainStep::stop:
            control_.stop();
            return;
        case DrainStep::stop_listening:
            acceptors_.stop_taking();
            break;
        case DrainStep::send_away:
            acceptors_.close();
            log().info("taking no more clients; {} are told the end behind their last answers",
                       session_count(workers_));
            for (const auto& worker : workers_) {
                worker->drain();
            }
            break;
        case DrainStep::wait:
            break;
    }
    drain_timer_.arm(now + kDrainInterval, [this] { continue_drain(); });
}

bool App::is_drained() const {
    return session_count(workers_) == 0 &&
           std::all_of(workers_.begin(), workers_.end(),
                       [](const auto& worker) { return worker->is_drained(); });
}

// --- for tests ---

std::uint16_t App::pool_port(std::string_view pool) const {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    const routing::Pool* const found = snapshot->find(pool);
    return found == nullptr ? 0 : acceptors_.port(found->id);
}

std::uint16_t App::admin_port() const {
    return admin_ ? admin_->port() : 0;
}

}  // namespace ringside::app
