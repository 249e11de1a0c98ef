#include "app/app.h"

#include "base/check.h"
#include "base/log.h"
#include "discovery/make_resolver.h"

#include <fmt/core.h>

#include <unistd.h>

#include <csignal>
#include <random>
#include <utility>

namespace ringside::app {
namespace {

using base::Clock;
using base::log;

// How often a drain looks whether the last client has gone.
constexpr base::milliseconds kDrainInterval{20};

// What a probe may take in a pool whose requests have no timeout of their own.
constexpr base::milliseconds kProbeTimeoutDefault{1000};

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

std::int64_t microseconds_since_epoch() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<base::microseconds>(now).count();
}

}  // namespace

base::Expected<std::unique_ptr<App>> App::open(config::Config config, std::uint32_t worker_count) {
    CHECK(worker_count > 0);
    std::unique_ptr<App> app(new App(std::move(config), worker_count));
    if (const auto opened = app->open_pools(); !opened) {
        return opened.error();
    }
    if (const auto opened = app->open_admin(); !opened) {
        return opened.error();
    }
    return app;
}

App::App(config::Config config, std::uint32_t worker_count)
    : config_(std::move(config)),
      controller_(controller_hooks()),
      prober_(control_),
      controller_timer_(control_),
      drain_timer_(control_),
      signals_(control_, [this](int number) { on_signal(number); }) {
    for (std::uint32_t index = 0; index < worker_count; ++index) {
        workers_.push_back(std::make_unique<WorkerThread>(
            control_, registry_,
            WorkerThread::Options{
                .index = index,
                .seed = random_seed(),
                .on_health =
                    [this](const health::HealthEvent& event) {
                        controller_.on_health(event, Clock::now());
                    },
                .process = {
                    .version = RINGSIDE_VERSION, .pid = ::getpid(), .workers = worker_count}}));
    }
    for (const config::PoolConfig& pool : config_.pools) {
        resolvers_.push_back(discovery::make_resolver(control_, pool.source, random_seed()));
    }
    // The workers have their first snapshot before any client can be handed to them: posts keep
    // their order.
    controller_.start(config_, Clock::now());
}

App::~App() = default;

// --- start ---

base::Status App::open_pools() {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    for (const config::PoolConfig& pool : config_.pools) {
        const routing::Pool* published = snapshot->find(pool.name);
        CHECK(published != nullptr);
        auto acceptor = Acceptor::open({control_, registry_, workers_}, pool, published->id);
        if (!acceptor) {
            return acceptor.error();
        }
        acceptors_.push_back(std::move(*acceptor));
    }
    return base::Done{};
}

base::Status App::open_admin() {
    const config::ProcessConfig& process = config_.process;
    base::Status status = open_admin_listener({.key = "admin",
                                               .listen = process.admin,
                                               .is_default = process.admin_is_default,
                                               .scope = admin::AdminScope::everything},
                                              admin_);
    if (status && process.stats) {
        status = open_admin_listener({.key = "stats",
                                      .listen = *process.stats,
                                      .is_default = process.stats_is_default,
                                      .scope = admin::AdminScope::stats,
                                      .limits = admin::kStatsLimits},
                                     stats_);
    }
    if (status && process.probes) {
        status = open_admin_listener({.key = "probes",
                                      .listen = *process.probes,
                                      .is_default = false,
                                      .scope = admin::AdminScope::probes},
                                     probes_);
    }
    return status;
}

base::Status App::open_admin_listener(const AdminListener& wanted,
                                      std::unique_ptr<admin::AdminServer>& opened) {
    auto server = admin::AdminServer::open(control_, admin_context(), wanted.listen, wanted.scope,
                                           wanted.limits);
    if (server) {
        opened = std::move(*server);
        return base::Done{};
    }
    if (!wanted.is_default) {
        return server.error().in(
            fmt::format("{}: cannot listen on {}", wanted.key, wanted.listen.text));
    }
    log().warn("{}: cannot listen on {}: {}; set ringside.{} to have it elsewhere", wanted.key,
               wanted.listen.text, server.error().message, wanted.key);
    return base::Done{};
}

void App::start_sources() {
    for (std::size_t i = 0; i < resolvers_.size(); ++i) {
        if (!resolvers_[i]) {
            continue;
        }
        const auto pool = static_cast<routing::PoolId>(i);
        resolvers_[i]->start({.on_membership =
                                  [this, pool](routing::Membership membership) {
                                      controller_.on_membership(pool, std::move(membership),
                                                                Clock::now());
                                  },
                              .on_failure =
                                  [this, pool](const base::Error& error) {
                                      controller_.on_source_failure(pool, error, Clock::now());
                                  }});
    }
}

void App::log_start() const {
    for (const config::PoolConfig& pool : config_.pools) {
        const auto view = controller_.view(pool.name, Clock::now());
        log().info("pool {}: listens on {}, nodes from {}", pool.name, pool.listen.text,
                   view ? view->source : "nowhere");
    }
    if (admin_) {
        log().info("admin API on {}", config_.process.admin.text);
    }
    if (stats_) {
        log().info("statistics on {}", config_.process.stats->text);
    }
    if (probes_) {
        log().info("probes on {}", config_.process.probes->text);
    }
    log().info("serving with {} workers", workers_.size());
}

void App::run() {
    for (const auto& worker : workers_) {
        worker->start();
    }
    start_sources();
    log_start();
    arm_controller_timer();
    // Everything that the controller is told moves its deadlines, the operator's calls included.
    control_.run([this] { arm_controller_timer(); });
    for (const auto& resolver : resolvers_) {
        if (resolver) {
            resolver->stop();
        }
    }
    log().info("stopped with {} clients left", session_count());
}

// --- between the layers ---

discovery::Controller::Hooks App::controller_hooks() {
    return {.publish =
                [this](const routing::SnapshotPtr& snapshot) {
                    for (const auto& worker : workers_) {
                        worker->adopt(snapshot);
                    }
                },
            .probe = [this](routing::PoolId pool, const routing::Node& node) { probe(pool, node); },
            .refresh =
                [this](routing::PoolId pool) {
                    if (resolvers_[pool]) {
                        resolvers_[pool]->refresh();
                    }
                },
            .members_changed =
                [this](routing::PoolId pool, const routing::Membership& members) {
                    if (resolvers_[pool]) {
                        resolvers_[pool]->set_known_members(members);
                    }
                },
            .ejected = [this](routing::PoolId pool,
                              routing::NodeId node) { count_ejection(pool, node); }};
}

void App::probe(routing::PoolId pool, const routing::Node& node) {
    const routing::SnapshotPtr snapshot = controller_.snapshot();
    const routing::Pool* found = snapshot->find(pool);
    CHECK(found != nullptr);
    const routing::PoolPolicy& policy = found->policy;
    const bool has_timeout = policy.timeout != base::milliseconds{0};
    prober_.probe({.address = node.address,
                   .protocol = policy.protocol,
                   .redis_auth = policy.redis_auth,
                   .redis_db = policy.redis_db,
                   .timeout = has_timeout ? policy.timeout : kProbeTimeoutDefault},
                  [this, pool, id = node.id](bool healthy) {
                      controller_.on_probe(pool, id, healthy, Clock::now());
                  });
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
        .stats_counters = [this] { return stats_ ? stats_->counters() : admin::AdminCounters{}; }};
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

std::size_t App::session_count() const {
    std::size_t count = 0;
    for (const auto& worker : workers_) {
        count += worker->session_count();
    }
    return count;
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
    if (number == SIGHUP) {
        if (const auto reopened = log().reopen(); !reopened) {
            log().error("{}", reopened.error().message);
        }
        return;
    }
    if (drain_) {
        log().warn("told to stop a second time: cutting off {} clients", session_count());
        control_.stop();
        return;
    }
    begin_drain();
}

void App::begin_drain() {
    log().info("told to stop: taking no more clients, {} are left", session_count());
    for (const auto& acceptor : acceptors_) {
        acceptor->close();
    }
    drain_.emplace(Clock::now());
    continue_drain();
}

void App::continue_drain() {
    const base::TimePoint now = Clock::now();
    switch (drain_->next(now, session_count())) {
        case DrainStep::stop:
            control_.stop();
            return;
        case DrainStep::close_clients:
            log().info("closing {} clients once their requests are answered", session_count());
            for (const auto& worker : workers_) {
                worker->drain();
            }
            break;
        case DrainStep::wait:
            break;
    }
    drain_timer_.arm(now + kDrainInterval, [this] { continue_drain(); });
}

// --- for tests ---

std::uint16_t App::pool_port(std::string_view pool) const {
    for (std::size_t i = 0; i < acceptors_.size(); ++i) {
        if (config_.pools[i].name == pool) {
            return acceptors_[i]->port();
        }
    }
    return 0;
}

std::uint16_t App::admin_port() const {
    return admin_ ? admin_->port() : 0;
}

}  // namespace ringside::app
