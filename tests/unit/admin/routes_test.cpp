#include "admin/routes.h"

#include "base/limits.h"
#include "test_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace ringside::admin {
namespace {

constexpr const char* kEject = "/pools/alpha/nodes/10.0.0.1%3A11212/eject";
constexpr const char* kRestore = "/pools/alpha/nodes/10.0.0.1%3A11212/restore";

std::string state_of(TestProcess& process, const std::string& node) {
    const Json nodes = json_of(process.get("/pools/alpha")).value("nodes", Json::array());
    for (const Json& row : nodes) {
        if (row["name"] == node) {
            return row["state"];
        }
    }
    return "absent";
}

std::string with_arguments(std::string_view pattern) {
    std::string path(pattern);
    for (const auto& [placeholder, value] : std::map<std::string, std::string>{
             {"{pool}", "alpha"}, {"{node}", "10.0.0.1:11212"}, {"{check}", "process"}}) {
        if (const auto at = path.find(placeholder); at != std::string::npos) {
            path.replace(at, placeholder.size(), value);
        }
    }
    return path;
}

// --- the table ---

TEST(Routes, every_row_says_what_it_does_and_stands_once) {
    for (const Route& route : routes()) {
        EXPECT_TRUE(route.help.ends_with('.')) << route.path;
        EXPECT_EQ(1, std::count_if(routes().begin(), routes().end(),
                                   [&route](const Route& other) {
                                       return other.path == route.path &&
                                              other.method == route.method;
                                   }))
            << route.path;
    }
}

TEST(Routes, the_index_lists_the_table) {
    TestProcess process;

    const Json index = json_of(process.get("/"));

    EXPECT_EQ(index["version"], "1.2.3");
    EXPECT_EQ(index["routes"].size(), routes().size());
}

TEST(Routes, another_verb_is_refused_and_has_no_effect) {
    for (const Route& route : routes()) {
        TestProcess process;
        const std::string path = with_arguments(route.path);
        const bool is_get = route.method == http::Method::get;

        for (const http::Method method :
             {http::Method::get, http::Method::head, http::Method::post, http::Method::other}) {
            const bool has_both = route.path.ends_with("/locate") || route.path == "/log";
            const bool belongs =
                has_both || method == route.method || (is_get && method == http::Method::head);
            if (belongs) {
                continue;
            }
            const http::Response response = process.send(TestProcess::request(method, path));
            EXPECT_EQ(response.status, 405u) << to_string(method) << " " << path;
            ASSERT_EQ(response.headers.size(), 1u);
            EXPECT_EQ(response.headers[0].first, "Allow");
            EXPECT_EQ(response.headers[0].second, is_get ? "GET, HEAD, OPTIONS" : "POST, OPTIONS");
        }
        EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "in_ring");
        EXPECT_TRUE(process.refreshed.empty());
    }
}

TEST(Routes, the_configuration_is_shown_with_its_last_attempt) {
    TestProcess process;
    process.configuration.file = "/etc/ringside.yml";
    process.configuration.generation = 3;
    process.configuration.last = {
        .at = process.started, .trigger = "SIGHUP", .applied = false, .reason = "f.yml:1: wrong"};
    process.configuration.waiting_for_restart = {"ringside.workers"};

    const Json json = json_of(process.get("/config"));

    EXPECT_EQ(json.at("file"), "/etc/ringside.yml");
    EXPECT_EQ(json.at("generation"), 3);
    EXPECT_EQ(json.at("last_attempt").at("trigger"), "SIGHUP");
    EXPECT_EQ(json.at("last_attempt").at("applied"), false);
    EXPECT_EQ(json.at("last_attempt").at("reason"), "f.yml:1: wrong");
    EXPECT_EQ(json.at("waiting_for_restart"), Json::array({"ringside.workers"}));
}

TEST(Routes, every_get_answers_head_too) {
    TestProcess process;
    process.discover_beta();
    for (const Route& route : routes()) {
        if (route.method == http::Method::get) {
            std::string target = with_arguments(route.path);
            target += target.ends_with("locate") ? "?key=k" : "";
            target += target.ends_with("what-if") ? "?weight=10.0.0.1:11212:2" : "";
            EXPECT_EQ(process.send(TestProcess::request(http::Method::head, target)).status, 200u)
                << target;
        }
    }
}

TEST(Routes, an_unknown_path_is_not_found) {
    TestProcess process;
    for (const char* path : {"//", "/pool", "/pools/", "/pools//ring", "/pools/alpha/", "/stats/",
                             "/pools/alpha/ring/x", "/pools/alpha/nodes", "/pools/%zz", "/livez/x",
                             "/../stats", "/PoolS", "/metricsx"}) {
        EXPECT_EQ(process.get(path).status, 404u) << path;
    }
}

TEST(Routes, a_listener_for_probes_offers_nothing_else) {
    TestProcess process;
    process.site.scope = AdminScope::probes;

    EXPECT_EQ(process.get("/livez").status, 200u);
    EXPECT_EQ(process.get("/healthz").status, 200u);
    EXPECT_EQ(process.get("/readyz").status, 503u);
    for (const char* path : {"/", "/stats", "/pools", "/pools/alpha", "/snapshot"}) {
        EXPECT_EQ(process.get(path).status, 404u) << path;
    }
    EXPECT_EQ(process.post(kEject).status, 404u);
    EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "absent");
}

TEST(Routes, unknown_and_repeated_parameters_are_refused_except_on_probes) {
    TestProcess process;

    EXPECT_EQ(process.post(std::string(kEject) + "?fro=60s").status, 400u);
    EXPECT_EQ(process.post(std::string(kEject) + "?for=60s&for=70s").status, 400u);
    EXPECT_EQ(process.get("/pools?x").status, 400u);
    EXPECT_EQ(process.get("/livez?cache=1234").status, 200u);
    EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "in_ring");
}

TEST(Routes, what_changes_something_ignores_nothing_that_it_is_told) {
    for (const Route& route : routes()) {
        if (route.method != http::Method::post || route.body == BodyForm::keys) {
            continue;
        }
        TestProcess process;
        bool reloaded = false;
        process.site.context.reload = [&reloaded](const OnReloaded& on_done) {
            reloaded = true;
            on_done(base::Done{});
        };
        std::string path(route.path);
        for (const auto& [placeholder, name] :
             {std::pair<std::string, std::string>{"{pool}", "alpha"},
              {"{node}", "10.0.0.1:11212"}}) {
            if (const auto at = path.find(placeholder); at != std::string::npos) {
                path.replace(at, placeholder.size(), name);
            }
        }
        std::vector<http::Request> requests;
        for (const char* query :
             {"?x", "?x=1", "?=", "?For=60s", "?for", "?for=", "?force=", "?force"}) {
            requests.push_back(TestProcess::request(http::Method::post, path + query));
        }
        for (const char* body : {"{\"x\": \"1\"}", "[]", "for=60s", "{\"for\": [60]}",
                                 "{\"for\": \"\"}", "{\"for\": \"60s\", \"for\": \"60s\"}", " "}) {
            requests.push_back(TestProcess::request(http::Method::post, path));
            requests.back().content_type = "application/json";
            requests.back().body = body;
        }

        for (const http::Request& request : requests) {
            EXPECT_EQ(process.send(request).status, 400u) << path << request.body;
        }

        EXPECT_FALSE(reloaded);
        EXPECT_TRUE(process.refreshed.empty());
        EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "in_ring");
    }
}

TEST(Routes, foreign_hosts_are_refused_except_on_probes) {
    TestProcess process;
    http::Request stats = TestProcess::request(http::Method::get, "/stats");
    stats.host = "evil.example";
    http::Request livez = TestProcess::request(http::Method::get, "/livez");
    livez.host = "pod.namespace.svc";

    EXPECT_EQ(process.send(stats).status, 421u);
    EXPECT_EQ(process.send(livez).status, 200u);
    EXPECT_EQ(process.site.counters.requests_refused, 1u);
    EXPECT_EQ(process.site.counters.requests, 1u);
}

TEST(Routes, a_foreign_post_has_no_effect) {
    TestProcess process;
    http::Request eject = TestProcess::request(http::Method::post, kEject);
    eject.origin = "http://evil.example";

    EXPECT_EQ(process.send(eject).status, 403u);
    EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "in_ring");
}

// --- probes ---

TEST(Probes, ready_when_every_pool_has_a_node_and_then_for_good) {
    TestProcess process;
    const http::Response before = process.get("/readyz");

    process.discover_beta();
    const http::Response after = process.get("/readyz");
    const http::Response verbose = process.get("/readyz?verbose");
    process.controller.on_source_failure(process.beta_id(), {base::Errc::io, "gone"}, process.now);

    EXPECT_EQ(before.status, 503u);
    EXPECT_TRUE(before.body.starts_with("[-]pool beta")) << before.body;
    EXPECT_TRUE(before.body.ends_with("readyz check failed\n"));
    EXPECT_EQ(after.status, 200u);
    EXPECT_EQ(after.body, "ok");
    EXPECT_EQ(verbose.body, "[+]pool beta ok\n[+]pool alpha ok\nreadyz check passed\n");
    EXPECT_EQ(process.get("/readyz").status, 200u);
}

TEST(Probes, not_ready_while_a_pool_cannot_listen) {
    TestProcess process;
    process.discover_beta();
    process.listen_problems = {"pool beta: cannot listen on /run/beta: bind: Address in use"};

    const http::Response answer = process.get("/readyz");

    EXPECT_EQ(answer.status, 503u);
    EXPECT_EQ(answer.body,
              "[-]pool beta: cannot listen on /run/beta: bind: Address in use\n"
              "readyz check failed\n");
}

TEST(Probes, liveness_does_not_depend_on_nodes) {
    TestProcess process;

    EXPECT_EQ(process.get("/livez").status, 200u);
    EXPECT_EQ(process.get("/livez").body, "ok");
    EXPECT_EQ(process.get("/healthz").status, 200u) << "which some ask for the same";
}

// --- pools ---

TEST(Pools, stats_has_pools_and_nodes_in_twemproxys_order) {
    TestProcess process;

    const auto stats = nlohmann::ordered_json::parse(process.get("/stats").body);

    std::vector<std::string> keys;
    for (const auto& item : stats.items()) {
        keys.push_back(item.key());
    }
    const std::vector<std::string> expected{"service",          "source",    "version",
                                            "uptime",           "timestamp", "total_connections",
                                            "curr_connections", "beta",      "alpha"};
    EXPECT_EQ(keys, expected);
    EXPECT_EQ(stats["uptime"], 90);
    EXPECT_EQ(stats["alpha"]["10.0.0.2:11212"]["requests"], 0);
    EXPECT_TRUE(stats["alpha"].contains("/run/node.sock:"));
}

TEST(Pools, a_pool_shows_its_nodes_source_and_workers) {
    TestProcess process;

    const Json alpha = json_of(process.get("/pools/alpha"));
    const Json beta = json_of(process.get("/pools/beta"));

    EXPECT_EQ(alpha["listen"], "127.0.0.1:11211");
    EXPECT_EQ(alpha["nodes"].size(), 3u);
    EXPECT_EQ(alpha["workers"].size(), 2u);
    EXPECT_EQ(alpha["source"]["discovered"], true);
    double shares = 0;
    for (const Json& node : alpha["nodes"]) {
        shares += node["share"].get<double>();
    }
    EXPECT_NEAR(shares, 1.0, 1e-9);
    EXPECT_EQ(beta["source"]["discovered"], false);
    EXPECT_TRUE(beta["nodes"].empty());
}

TEST(Pools, the_list_counts_nodes_in_the_ring) {
    TestProcess process;
    process.post(kEject);

    const Json pools = json_of(process.get("/pools"))["pools"];

    ASSERT_EQ(pools.size(), 2u);
    EXPECT_EQ(pools[1]["name"], "alpha");
    EXPECT_EQ(pools[1]["node_count"], 3);
    EXPECT_EQ(pools[1]["nodes_in_ring"], 2);
}

TEST(Pools, an_unknown_pool_or_node_is_not_found_whatever_it_is_called) {
    TestProcess process;
    const std::string hostile = "%22%0d%0aX%3A1%1b%ff";
    for (const std::string& path : {"/pools/" + hostile, "/pools/" + hostile + "/ring",
                                    "/pools/" + hostile + "/locate?key=k"}) {
        const http::Response response = process.get(path);
        EXPECT_EQ(response.status, 404u) << path;
        EXPECT_EQ(response.body.find('\x1b'), std::string::npos);
        EXPECT_EQ(json_of(response)["code"], "not_found");
    }
    EXPECT_EQ(process.post("/pools/" + hostile + "/refresh").status, 404u);
    EXPECT_EQ(process.post("/pools/alpha/nodes/" + hostile + "/eject").status, 404u);
    EXPECT_EQ(process.post("/pools/alpha/nodes/" + hostile + "/restore").status, 404u);
}

TEST(Pools, no_answer_shows_a_secret) {
    TestProcess process;
    for (const char* target : {"/", "/stats", "/snapshot", "/pools", "/pools/alpha",
                               "/pools/alpha/ring", "/pools/alpha/locate?key=k"}) {
        EXPECT_EQ(process.get(target).body.find("s3cret"), std::string::npos) << target;
    }
}

TEST(Pools, the_snapshot_tells_who_has_adopted_it) {
    TestProcess process;
    const Json first = json_of(process.get("/snapshot"));

    process.post(kEject);
    process.now += std::chrono::minutes(1);
    process.controller.tick(process.now);
    const Json second = json_of(process.get("/snapshot"));

    EXPECT_EQ(first["converged"], first["version"] == 1);
    EXPECT_GT(second["version"], first["version"]);
    EXPECT_EQ(second["converged"], false);
    EXPECT_EQ(second["workers"][0]["sessions"], 4);
    EXPECT_EQ(second["admin"]["requests"], 0);  // those of the test's listener
}

// --- the operator ---

TEST(Eject, a_node_leaves_the_ring_and_comes_back_and_both_can_be_repeated) {
    TestProcess process;

    const Json ejected = json_of(process.post(kEject));
    const http::Response again = process.post(kEject);
    const std::string state = state_of(process, "10.0.0.1:11212");
    const http::Response restored = process.post(kRestore);
    const http::Response restored_again = process.post(kRestore);

    EXPECT_EQ(ejected["node"]["state"], "ejected_by_operator");
    EXPECT_EQ(ejected["node"]["share"], 0.0);
    EXPECT_EQ(again.status, 200u);
    EXPECT_EQ(state, "ejected_by_operator");
    EXPECT_EQ(restored.status, 200u);
    EXPECT_EQ(json_of(restored)["node"]["state"], "in_ring");
    EXPECT_EQ(restored_again.status, 200u);
}

TEST(Eject, a_ring_name_with_slashes_fits_into_the_path) {
    TestProcess process;

    const http::Response response = process.post("/pools/alpha/nodes/%2Frun%2Fnode.sock%3A/eject");

    EXPECT_EQ(response.status, 200u) << response.body;
    EXPECT_EQ(state_of(process, "/run/node.sock:"), "ejected_by_operator");
}

TEST(Eject, comes_back_by_itself_after_the_time_that_was_given) {
    TestProcess process;

    const Json ejected = json_of(process.post(std::string(kEject) + "?for=60s"));
    process.now += std::chrono::seconds(61);
    process.controller.tick(process.now);

    EXPECT_EQ(ejected["node"]["remaining_ms"], 60'000);
    EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "in_ring");
}

TEST(Eject, takes_its_time_from_a_json_body_as_well) {
    TestProcess process;
    http::Request request = TestProcess::request(http::Method::post, kEject);
    request.content_type = "application/json";
    request.body = R"({"for": "60s", "force": true})";

    const http::Response response = process.send(request);

    EXPECT_EQ(response.status, 200u) << response.body;
    EXPECT_EQ(json_of(response)["node"]["remaining_ms"], 60'000);
}

TEST(Eject, a_duration_outside_the_limits_is_refused) {
    TestProcess process;
    for (const char* duration : {"", "0", "-5s", "60x", "999ms", "721h", "60s%00", "1e3"}) {
        const http::Response response = process.post(std::string(kEject) + "?for=" + duration);
        EXPECT_EQ(response.status, 400u) << duration;
    }
    EXPECT_EQ(process.post(std::string(kEject) + "?force=perhaps").status, 400u);
    EXPECT_EQ(state_of(process, "10.0.0.1:11212"), "in_ring");
}

TEST(Eject, the_last_node_needs_force) {
    TestProcess process;
    process.discover_beta();

    const http::Response refused = process.post("/pools/beta/nodes/b1/eject");
    const http::Response forced = process.post("/pools/beta/nodes/b1/eject?force=true");

    EXPECT_EQ(refused.status, 409u);
    EXPECT_EQ(json_of(refused)["code"], "conflict");
    EXPECT_EQ(forced.status, 200u);
}

// --- where keys live ---

TEST(Ring, comes_whole_or_as_a_summary) {
    TestProcess process;

    const Json ring = json_of(process.get("/pools/alpha/ring"));
    const Json summary = json_of(process.get("/pools/alpha/ring?format=summary"));

    EXPECT_EQ(ring["points"].size(), summary["points"].get<std::size_t>());
    EXPECT_EQ(summary["nodes"].size(), 3u);
    EXPECT_EQ(process.get("/pools/alpha/ring?format=xml").status, 400u);
}

TEST(Locate, agrees_with_the_data_path) {
    TestProcess process;
    const auto snapshot = process.controller.snapshot();
    const routing::Pool& pool = *snapshot->find(std::string_view("alpha"));
    for (int i = 0; i < 100; ++i) {
        const std::string key = "key:" + std::to_string(i);

        const Json location = json_of(process.get("/pools/alpha/locate?key=" + key));

        const auto& owner = pool.nodes[*pool.owner_of(key, 0)].node;
        EXPECT_EQ(location["node"], owner.name);
        EXPECT_EQ(location["hash"], routing::hash_key(pool.policy.hash, key));
        EXPECT_EQ(location["hashed_part"], key);
        EXPECT_FALSE(location["why"].get<std::string>().empty());
    }
}

TEST(Locate, an_empty_ring_is_said_and_not_an_error) {
    TestProcess process;

    const Json location = json_of(process.get("/pools/beta/locate?key=k"));

    EXPECT_TRUE(location["node"].is_null());
    EXPECT_EQ(location["why"], "the ring is empty: no node of the pool is in it");
}

TEST(Locate, a_pool_with_one_node_does_not_hash) {
    TestProcess process;
    process.discover_beta();

    const Json location = json_of(process.get("/pools/beta/locate?key=k"));

    EXPECT_EQ(location["node"], "b1");
    EXPECT_TRUE(location["hash"].is_null());
}

TEST(Locate, a_key_that_memcached_would_refuse_lives_nowhere) {
    TestProcess process;
    const std::string longest(base::kMemcacheKeyBytesMax, 'a');

    EXPECT_EQ(process.get("/pools/alpha/locate").status, 400u);
    EXPECT_EQ(process.get("/pools/alpha/locate?key=").status, 400u);
    EXPECT_EQ(process.get("/pools/alpha/locate?key=a%20b").status, 400u);
    EXPECT_EQ(process.get("/pools/alpha/locate?key=a%0d%0ab").status, 400u);
    EXPECT_EQ(process.get("/pools/alpha/locate?key=" + longest).status, 200u);
    EXPECT_EQ(process.get("/pools/alpha/locate?key=" + longest + "a").status, 400u);
    EXPECT_EQ(process.get("/pools/alpha/locate?key=%c3%a9").status, 200u);
}

}  // namespace
}  // namespace ringside::admin
