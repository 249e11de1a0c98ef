// A controller with two pools, and everything else that the admin API asks for.
#pragma once

#include "admin/context.h"
#include "admin/routes.h"
#include "discovery/controller.h"
#include "metrics/metrics.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringside::admin {

using Json = nlohmann::json;

inline Json json_of(const http::Response& response) {
    return Json::parse(response.body);
}

// "alpha": three memcached nodes listed in the configuration. "beta": discovered, without an answer
// yet.
class TestProcess {
  public:
    TestProcess() : controller(hooks()) { controller.configure(config(), now); }

    // A request as a client on this machine would send it.
    static http::Request request(http::Method method, std::string_view target) {
        http::Request result;
        result.method = method;
        result.host = "127.0.0.1:22221";
        result.path = target.substr(0, target.find('?'));
        if (result.path.size() < target.size()) {
            result.query = *http::parse_query(target.substr(result.path.size() + 1));
        }
        return result;
    }

    http::Response get(std::string_view target) { return send(request(http::Method::get, target)); }
    http::Response post(std::string_view target) {
        return send(request(http::Method::post, target));
    }
    // As a whole, also where it is made while it is read.
    http::Response send(const http::Request& message) {
        http::Response response = answer(site, message, moment());
        if (response.rest) {
            for (std::string piece = response.rest(); !piece.empty(); piece = response.rest()) {
                response.body += piece;
            }
            response.rest = nullptr;
        }
        return response;
    }

    // The first answer of beta's source.
    void discover_beta() {
        routing::Membership membership;
        membership.members = {{"b1", {"10.0.1.1", 11211}, 1}};
        membership.source_version = 7;
        controller.on_membership(beta_id(), std::move(membership), now);
    }
    // Configured anew so.
    void histograms(routing::Histograms histograms) {
        controller.configure(config(histograms), now);
    }
    routing::PoolId beta_id() const {
        return controller.snapshot()->find(std::string_view("beta"))->id;
    }

    Moment moment() const { return {now, started + std::chrono::seconds(90)}; }

    base::TimePoint now{std::chrono::hours(1)};
    std::chrono::system_clock::time_point started{std::chrono::seconds(1'700'000'000)};
    std::vector<routing::PoolId> refreshed;
    discovery::RefreshAsked refreshed_how;  // the last time
    metrics::Registry registry;
    io::EventLoop loop;
    Events events{loop};
    Access access;
    discovery::Controller controller;
    ConfigView configuration;
    base::Status reload_outcome = base::Done{};
    bool reload_takes_time = false;
    std::vector<OnReloaded> reloads_under_way;
    bool is_ending = false;
    std::vector<std::string> listen_problems;
    // What the workers answer, at once.
    std::vector<base::Expected<WorkerFacts>> worker_facts;
    base::Expected<ConnectionsPage> connections = ConnectionsPage{};
    ConnectionsQuestion connections_asked;
    SlowRequests slow;
    HotKeysView hot_keys;
    std::vector<ListenerView> listeners{{"admin", {}}};
    metrics::Histogram::Values control_lag;
    std::optional<SendAwayQuestion> send_away_asked;
    SentAway sent_away;
    std::optional<base::LogLevel> log_level;
    base::Expected<TakeoverOffer> takeover_offer =
        TakeoverOffer{.socket = "@ringside-takeover-1", .pid = 7, .wait = base::seconds(5)};
    config::Explanation settings;
    AdminSite site{context(), AdminScope::everything, {}};

    AdminContext context() {
        return {.controller = controller,
                .registry = registry,
                .events = events,
                .access = access,
                .version = "1.2.3",
                .started = started,
                .workers =
                    [] {
                        return std::vector<WorkerView>{{0, 1, 4}, {1, 1, 0}};
                    },
                .listeners = [this] { return listeners; },
                .control_lag = [this] { return control_lag; },
                .config = [this] { return configuration; },
                .is_ending = [this] { return is_ending; },
                .listen_problems = [this] { return listen_problems; },
                .reload =
                    [this](const OnReloaded& on_done) {
                        if (reload_takes_time) {
                            reloads_under_way.push_back(on_done);
                            return;
                        }
                        on_done(reload_outcome);
                    },
                .ready_since = [this] { return started; },
                .ask = {.facts = [this](const OnWorkerFacts& on_told) { on_told(worker_facts); },
                        .connections =
                            [this](const ConnectionsQuestion& question,
                                   const OnConnectionsPage& on_page) {
                                connections_asked = question;
                                on_page(connections);
                            },
                        .slow = [this](const OnSlowRequests& on_told) { on_told(slow); },
                        .hot_keys = [this](const routing::PoolPtr&, std::size_t,
                                           const OnHotKeys& on_told) { on_told(hot_keys); },
                        .send_away =
                            [this](const SendAwayQuestion& question, const OnSentAway& on_told) {
                                send_away_asked = question;
                                on_told(sent_away);
                            }},
                .set_log_level = [this](base::LogLevel level) { log_level = level; },
                .offer_takeover = [this] { return takeover_offer; },
                .settings = [this]() -> const config::Explanation& { return settings; }};
    }

  private:
    discovery::Controller::Hooks hooks() {
        return {
            .publish = [](const routing::SnapshotPtr&) {},
            .probe = [](routing::PoolId, const routing::PoolNode&) {},
            .refresh =
                [this](routing::PoolId pool, discovery::RefreshAsked how) {
                    refreshed.push_back(pool);
                    refreshed_how = how;
                },
            .members_changed = [](routing::PoolId, const discovery::MembersKnown&) {},
            .ejected = [](routing::PoolId, routing::NodeId) {},
            .degraded = [](routing::PoolId, routing::NodeId, bool) {},
            .use_names = [](const std::set<std::string>&) {},
            .doubt_name = [](const std::string&) {},
            .lookup_failed = [](routing::PoolId, routing::NodeId) {},
            .node_forgotten = [](routing::PoolId, routing::NodeId) {},
            .pool_forgotten = [](routing::PoolId) {},
        };
    }

    static config::Config config(routing::Histograms histograms = routing::Histograms::nodes) {
        config::PoolConfig alpha;
        alpha.name = "alpha";
        alpha.listen = {{"127.0.0.1", 11211}, {}, "127.0.0.1:11211"};
        alpha.policy.redis_auth = "s3cret";
        alpha.policy.hot_keys = true;
        alpha.policy.histograms = histograms;
        alpha.policy.timeout = base::milliseconds(400);
        alpha.policy.client_connections_max = 100;
        alpha.source = config::StaticSource{{{{"10.0.0.1:11212", {"10.0.0.1", 11212}, 1},
                                              {"10.0.0.2:11212", {"10.0.0.2", 11212}, 1},
                                              {"/run/node.sock:", {"/run/node.sock", 0}, 1}},
                                             0}};
        routing::normalize(std::get<config::StaticSource>(alpha.source).membership);
        config::PoolConfig beta;
        beta.name = "beta";
        beta.listen = {{"127.0.0.1", 11213}, {}, "127.0.0.1:11213"};
        beta.source = config::ElastiCacheSource{{"cfg.example", 11211}};
        config::Config result;
        result.pools.push_back(std::move(beta));
        result.pools.push_back(std::move(alpha));
        return result;
    }
};

}  // namespace ringside::admin
