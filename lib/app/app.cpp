#include "app/app.h"

#include "admin/health.h"
#include "admin/json.h"
#include "admin/settings.h"
#include "app/worker_questions.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/moment.h"
#include "base/random_seed.h"
#include "config/address_text.h"
#include "io/local_ips.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace ringside::app {
namespace {

using base::Clock;
using base::log;
using base::LogEvent;

// What a probe may take in a pool whose requests have no timeout of their own.
constexpr base::milliseconds kProbeTimeoutDefault{1000};

base::milliseconds probe_timeout(const routing::PoolPolicy& policy) {
    return policy.timeout != base::milliseconds{0} ? policy.timeout : kProbeTimeoutDefault;
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
    : resolver_(control_, resolver_options(config.process)),
      records_(control_, resolver_options(config.process)),
      names_(control_, discovery::ask_by(resolver_)),
      inherited_sockets_(setup.inheritance ? std::move(setup.inheritance->sockets)
                                           : std::make_unique<io::InheritedSockets>()),
      inherited_state_(setup.inheritance ? std::move(setup.inheritance->state) : std::nullopt),
      state_keeper_(control_,
                    [this](const base::Moment& at) { return controller_.saved_state(at); }),
      controller_(controller_hooks()),
      node_names_(names_.open(
          [this](const std::string& host, const discovery::NameState& state, bool failed) {
              controller_.on_name(host, state, failed, Clock::now());
          })),
      prober_(control_),
      sources_({control_, names_, records_}, controller_),
      room_(setup.files_max, setup.worker_count),
      acceptors_({control_, registry_, workers_, client_counts_, room_, inherited_sockets_.get()}),
      reloader_(std::move(setup.file), std::move(setup.text), std::move(config), reload_hooks()),
      events_(control_),
      event_teller_(controller_, events_),
      admin_context_(admin_context()),
      admin_listeners_(control_, admin_context_, inherited_sockets_.get()),
      service_manager_(control_, setup.service_manager,
                       [this] { return admin::summary(admin_context_, base::moment_now()); }),
      controller_timer_(control_),
      drain_(control_, acceptors_, workers_),
      hand_over_(control_, hand_over_hooks()),
      on_serving_(std::move(setup.on_serving)),
      on_handed_over_(std::move(setup.on_handed_over)),
      signal_actions_(control_, std::move(setup.log_file), setup.verbosity, signal_hooks()),
      signals_(control_, [this](int number) { signal_actions_.on_signal(number); }) {
    if (setup.inheritance) {
        take_over_.emplace(control_, std::move(setup.inheritance->connection), take_over_hooks());
    }
    for (std::uint32_t index = 0; index < setup.worker_count; ++index) {
        workers_.push_back(std::make_unique<WorkerThread>(
            control_, registry_,
            WorkerThread::Options{.index = index,
                                  .seed = base::random_seed(),
                                  .on_health =
                                      [this](const health::HealthEvent& event) {
                                          controller_.on_health(event, Clock::now());
                                      },
                                  .on_adopted =
                                      [this, index](std::uint64_t version, base::TimePoint at) {
                                          controller_.on_adopted(index, version, at);
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
    return applied ? admin_listeners_.open(reloader_.running().process, room_, *names) : applied;
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
                            const FoundNames& names) { return apply(next, names); },
            .loading = [this] { service_manager_.on_reload_begun(); },
            .loaded =
                [this] {
                    service_manager_.on_reload_done();
                    events_.tell("reload", admin::one_line(admin::load_json(
                                               config_view(),
                                               admin::hash_of(reloader_.running().explanation))));
                }};
}

SignalActions::Hooks App::signal_hooks() {
    return {.reload = [this](std::string_view trigger) { reloader_.reload(trigger); },
            .stop = [this] { stop(); }};
}

base::Status App::apply(const config::Config& config, const FoundNames& names) {
    std::vector<PlannedPool> pools;
    for (const config::PoolConfig& pool : config.pools) {
        const routing::PoolId id = controller_.id_of(pool, Clock::now());
        pools.push_back({id, pool, pool.wait_for_discovery && !controller_.is_ready(id)});
    }
    auto access = admin::Access::open(config.process.admin_hosts, config.process.admin_token_file);
    if (!access) {
        return access.error().in(
            fmt::format("{}: ringside.admin_token_file", config.process.admin_token_place));
    }
    // First what can fail. No client comes in before this has returned to the loop, and the workers
    // have the snapshot by then: posts keep their order.
    admin_listeners_.renew_if_lost();
    if (const auto adopted = acceptors_.adopt(pools, names); !adopted) {
        return adopted;
    }
    access_ = std::move(*access);
    for (const auto& worker : workers_) {
        worker->set_drain_limit(config.process.drain.limit);
    }
    controller_.set_own_listeners(
        {.listeners = acceptors_.addresses(), .local_ips = io::local_ips()});
    controller_.configure(config, Clock::now());
    for (const PlannedPool& pool : pools) {
        prober_.limit(pool.id, probe_timeout(pool.config.policy));
    }
    sources_.adopt(pools);
    keep_state(config.process.state_dir);
    listen_where_ready();
    log().set_format(config.process.log_format);
    watch_config(config);
    return base::Done{};
}

void App::listen_where_ready() {
    acceptors_.listen_where([this](routing::PoolId pool) { return controller_.is_ready(pool); });
}

// At start the pools go on with what the process before has left. No source has answered by then,
// as that takes the loop.
void App::keep_state(const std::string& directory) {
    const bool is_start = !std::exchange(is_state_read_, true);
    if (inherited_state_) {
        controller_.take_saved(*std::exchange(inherited_state_, std::nullopt), base::moment_now());
    } else if (is_start && !directory.empty()) {
        if (const auto saved = state_keeper_.read(directory)) {
            controller_.take_saved(*saved, base::moment_now());
        }
    }
    if (!is_taking_over()) {  // until then the file is that of the process before
        state_keeper_.set_directory(directory);
    }
}

void App::watch_config(const config::Config& config) {
    std::set<std::string> paths;
    if (config.process.watch_config) {
        paths.insert(reloader_.path());
        for (const config::PoolConfig& pool : config.pools) {
            paths.insert(pool.redis_auth_file);
        }
        paths.erase("");
    }
    std::erase_if(config_watches_,
                  [&paths](const auto& watch) { return !paths.contains(watch.first); });
    for (const std::string& path : paths) {
        watch_file(path);
    }
}

void App::watch_file(const std::string& path) {
    if (config_watches_.contains(path)) {
        return;
    }
    auto watch = io::FileWatch::open(control_, path,
                                     [this] { reloader_.reload_if_changed("changed file"); });
    if (!watch) {
        log().warn({.event = LogEvent::config_not_watched, .cause = watch.error().message},
                   "changes of {} are not noticed: {}; use SIGHUP", path, watch.error().message);
        return;
    }
    config_watches_.emplace(path, std::move(*watch));
    // What the file has become since it was read was no event for the watch.
    control_.post([this] {
        if (!config_watches_.empty()) {
            reloader_.reload_if_changed("changed file");
        }
    });
}

void App::log_start() const {
    const config::Config& config = reloader_.running();
    for (const config::PoolConfig& pool : config.pools) {
        const auto view = controller_.view(pool.name, base::moment_now());
        const bool waits = view && acceptors_.is_waiting(view->pool->id);
        log().info({.event = LogEvent::pool_configured,
                    .pool = pool.name,
                    .source = view ? view->source : std::string()},
                   "pool {}: {} on {}, nodes from {}", pool.name,
                   waits ? "waits for its first nodes before it listens" : "listens",
                   listen_text(pool), view ? view->source : "nowhere");
    }
    admin_listeners_.log_start(config.process);
    if (room_.is_too_small()) {
        log().warn({LogEvent::files_limited},
                   "the limit of open files is too low: clients over {} are refused, and nodes may "
                   "be out of reach; raise it (ulimit -n, LimitNOFILE)",
                   room_.clients_max());
    }
    log().info({LogEvent::started}, "serving with {} workers", workers_.size());
}

base::Status App::run() {
    for (const auto& worker : workers_) {
        worker->start();
    }
    log_start();
    arm_controller_timer();
    if (!take_over_) {
        begin_serving();
    }
    signal_actions_.begin_reloads();
    // Everything that the controller is told moves its deadlines, the operator's calls included.
    control_.run([this] {
        arm_controller_timer();
        listen_where_ready();
        note_readiness();
        if (take_over_) {
            take_over_->look();
        }
        event_teller_.look(workers_.size(), base::moment_now());
    });
    sources_.stop();
    state_keeper_.finish();
    if (failure_) {
        return *failure_;
    }
    log().info({LogEvent::stopped}, "stopped with {} clients left", session_count(workers_));
    return base::Done{};
}

// --- between the layers ---

discovery::Controller::Hooks App::controller_hooks() {
    return {
        .publish =
            [this](const routing::SnapshotPtr& snapshot) {
                room_.adopt(*snapshot);
                counters_.keep(*snapshot);  // before a worker can know of them
                prober_.keep(*snapshot);
                for (const auto& worker : workers_) {
                    worker->adopt(snapshot);
                }
            },
        .probe = [this](routing::PoolId pool, const routing::PoolNode& node) { probe(pool, node); },
        .refresh = [this](routing::PoolId pool,
                          discovery::RefreshAsked how) { sources_.refresh(pool, how); },
        .members_changed =
            [this](routing::PoolId pool, const discovery::MembersKnown& members) {
                sources_.set_known_members(pool, members);
            },
        .ejected = [this](routing::PoolId pool,
                          routing::NodeId node) { counters_.on_ejected(pool, node); },
        .degraded = [this](routing::PoolId pool, routing::NodeId node,
                           bool is_degraded) { counters_.on_degraded(pool, node, is_degraded); },
        .use_names = [this](const std::set<std::string>& hosts) { node_names_->use(hosts); },
        .doubt_name =
            [this](const std::string& host) {
                resolver_.doubt(host);
                names_.ask_again(host);
            },
        .lookup_failed = [this](routing::PoolId pool,
                                routing::NodeId node) { counters_.on_lookup_failed(pool, node); },
        .node_forgotten = [this](routing::PoolId pool,
                                 routing::NodeId node) { counters_.forget(pool, node); },
        .pool_forgotten = [this](routing::PoolId pool) { forget(pool); },
        .state_changed = [this] { state_keeper_.on_change(); }};
}

void App::probe(routing::PoolId pool, const routing::PoolNode& node) {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    const routing::Pool* found = snapshot->find(pool);
    CHECK(found != nullptr);
    const routing::PoolPolicy& policy = found->policy;
    prober_.probe({.pool = pool,
                   .node = node.node.id,
                   .addresses = node.addresses,
                   .protocol = policy.protocol,
                   .redis_auth = policy.redis_auth,
                   .redis_db = policy.redis_db,
                   .timeout = probe_timeout(policy)},
                  [this, pool, id = node.node.id, asked = policy](bool healthy) {
                      const routing::Pool* const now = controller_.snapshot()->find(pool);
                      // With another password by now the node is asked again: this says
                      // nothing.
                      if (now == nullptr || !links_differ(now->policy, asked)) {
                          controller_.on_probe(pool, id, healthy, Clock::now());
                      }
                  });
}

void App::forget(routing::PoolId pool) {
    sources_.forget(pool);
    client_counts_.forget(pool);
    counters_.forget(pool);
}

admin::AdminContext App::admin_context() {
    return {.controller = controller_,
            .registry = registry_,
            .events = events_,
            .access = access_,
            .version = RINGSIDE_VERSION,
            .started = started_,
            .workers = [this] { return worker_views(); },
            .listeners = [this] { return admin_listeners_.views(); },
            .control_lag = [this] { return control_lag_.values(); },
            .config = [this] { return config_view(); },
            .is_ending = [this] { return drain_.has_begun(); },
            .listen_problems = [this] { return acceptors_.problems(); },
            .reload =
                [this](admin::OnReloaded on_done) {
                    reloader_.reload("admin API", std::move(on_done));
                },
            .ready_since = [this] { return ready_since_; },
            .state = [this] { return state_keeper_.view(); },
            .ask = worker_questions(workers_, controller_),
            .set_log_level = [this](base::LogLevel level) { signal_actions_.set_log_level(level); },
            .offer_takeover = [this] { return offer_takeover(); },
            .settings = [this]() -> const config::Explanation& {
                return reloader_.running().explanation;
            }};
}

void App::note_readiness() {
    const bool is_ready = admin::is_ready(admin_context_);
    if (is_ready != std::exchange(is_ready_, is_ready)) {
        ready_since_ = std::chrono::system_clock::now();
        if (is_ready && !is_taking_over()) {
            service_manager_.on_ready();
        }
    }
}

admin::ConfigView App::config_view() const {
    admin::ConfigView view = reloader_.view();
    view.watched = config_watches_.contains(reloader_.path());
    return view;
}

std::vector<admin::WorkerView> App::worker_views() const {
    std::vector<admin::WorkerView> views;
    for (const auto& worker : workers_) {
        views.push_back({.index = static_cast<std::uint32_t>(views.size()),
                         .adopted_version = worker->adopted_version(),
                         .sessions = worker->session_count(),
                         .turns = worker->turn_durations()});
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
    control_.post([this] { signal_actions_.on_signal(SIGTERM); });
}

void App::stop() {
    if (!is_listening_) {
        is_stopped_early_ = true;
        control_.stop();
        return;
    }
    if (drain_.has_begun()) {
        log().warn({LogEvent::draining}, "told to stop a second time: cutting off {} clients",
                   session_count(workers_));
        control_.stop();
        return;
    }
    if (is_taking_over()) {
        failure_ = {base::Errc::conflict, "told to stop while it took over"};
        control_.stop();
        return;
    }
    hand_over_.give_up("told to stop");
    const config::DrainConfig& times = reloader_.running().process.drain;
    service_manager_.on_stopping(times.grace + times.limit);
    end_after(times.grace);
}

void App::end_after(base::milliseconds grace) {
    config_watches_.clear();
    const base::milliseconds limit = reloader_.running().process.drain.limit;
    drain_.begin({.grace = grace, .limit = limit});
    events_.tell("drain", fmt::format("{{\"grace_ms\": {}, \"limit_ms\": {}}}", grace.count(),
                                      limit.count()));
    reloader_.end();
}

// --- for tests ---

std::uint16_t App::pool_port(std::string_view pool) const {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    const routing::Pool* const found = snapshot->find(pool);
    return found == nullptr ? 0 : acceptors_.port(found->id);
}

std::uint16_t App::admin_port() const {
    return admin_listeners_.admin_port();
}

}  // namespace ringside::app
