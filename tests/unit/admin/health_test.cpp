#include "admin/health.h"

#include "test_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace ringside::admin {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Health : public testing::Test {
  protected:
    static constexpr const char* kNode = "10.0.0.1:11212";

    void fail_a_node(std::string_view pool, const char* node) {
        const routing::Pool* const found = process_.controller.snapshot()->find(pool);
        for (const routing::PoolNode& candidate : found->nodes) {
            if (candidate.node.name == node) {
                const base::TimePoint began = process_.now;
                process_.now += base::milliseconds(1);  // the next one does not overlap
                process_.controller.on_health({.pool = found->id,
                                               .node = candidate.node.id,
                                               .kind = health::HealthKind::refused,
                                               .attempt = {began, process_.now}},
                                              process_.now);
            }
        }
    }
    std::string body(std::string_view target) { return process_.get(target).body; }
    unsigned status(std::string_view target) { return process_.get(target).status; }

    // Of a pool's conditions, or of the process with an empty name.
    Json condition(const std::string& pool, const std::string& type) {
        const Json root = Json::parse(body("/conditions"));
        Json found = root["conditions"];
        for (const Json& row : root["pools"]) {
            if (row["name"] == pool) {
                found = row["conditions"];
            }
        }
        for (const Json& row : found) {
            if (row["type"] == type) {
                return row;
            }
        }
        return {};
    }

    TestProcess process_;
};

TEST_F(Health, is_the_worst_of_all_pools_and_says_why_and_since_when) {
    EXPECT_EQ(body("/healthz"), "down");
    EXPECT_EQ(body("/healthz?verbose"),
              "[-]pool beta down since 2023-11-14T22:14:50Z: RingIsEmpty: no node is in the ring: "
              "no source has named one\n"
              "[+]pool alpha ok\n"
              "healthz: down\n");

    process_.discover_beta();

    EXPECT_EQ(body("/healthz"), "ok");
    EXPECT_EQ(body("/healthz/beta"), "ok");
    EXPECT_EQ(body("/healthz/beta?verbose"), "[+]pool beta ok\n");
    EXPECT_EQ(status("/healthz/gamma"), 404U);
}

TEST_F(Health, its_summary_names_first_what_keeps_it_from_being_ready_and_then_what_is_wrong) {
    process_.configuration.last.applied = true;
    const AdminContext context = process_.context();
    const auto line = [&] { return summary(context, process_.moment()); };
    EXPECT_THAT(line(), StartsWith("not ready: "));

    process_.discover_beta();
    EXPECT_EQ(line(), "2 pools, all is well");

    process_.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    process_.configuration.last.applied = false;
    process_.configuration.last.reason = "x.yml:1:1: wrong";
    EXPECT_EQ(
        line(),
        "configuration not loaded: x.yml:1:1: wrong; pool alpha degraded: 1 of 3 nodes out of "
        "the ring by the operator's word: 10.0.0.1:11212; by the operator, until restored");
}

TEST_F(Health, fails_a_probe_only_if_that_is_asked_for) {
    EXPECT_EQ(status("/healthz"), 200U);
    EXPECT_EQ(status("/healthz?fail=down"), 503U);
    EXPECT_EQ(status("/healthz?fail=degraded"), 503U);
    EXPECT_EQ(status("/healthz/alpha?fail=degraded"), 200U);
    EXPECT_EQ(status("/healthz?fail=often"), 400U);

    process_.discover_beta();
    process_.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");

    EXPECT_EQ(body("/healthz"), "degraded");
    EXPECT_EQ(status("/healthz?fail=down"), 200U);
    EXPECT_EQ(status("/healthz?fail=degraded"), 503U);
}

TEST_F(Health, names_what_the_operator_has_ejected_and_is_ok_when_it_is_back) {
    process_.now += base::seconds(7);
    process_.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    process_.now += base::seconds(3);

    EXPECT_EQ(body("/healthz/alpha?verbose"),
              "[-]pool alpha degraded since 2023-11-14T22:14:47Z: NodesEjectedByOperator: 1 of 3 "
              "nodes out of the ring by the operator's word: 10.0.0.1:11212; by the operator, "
              "until restored\n");

    process_.post("/pools/alpha/nodes/10.0.0.1%3A11212/restore");
    EXPECT_EQ(body("/healthz/alpha"), "ok");
}

TEST_F(Health, sees_a_node_that_fails_though_it_may_not_leave_the_ring) {
    fail_a_node("alpha", kNode);

    EXPECT_THAT(body("/healthz/alpha?verbose"),
                StartsWith("[-]pool alpha degraded since 2023-11-14T22:14:50Z: NodesFailing: 1 of "
                           "3 nodes in the ring, and failing: 10.0.0.1:11212; 1 failures in a row, "
                           "the last known: "));
    EXPECT_EQ(status("/readyz/pools"), 503U) << "of beta";
    EXPECT_EQ(status("/livez"), 200U);
}

TEST_F(Health, is_down_when_no_node_of_the_ring_answers) {
    for (const char* const node : {kNode, "10.0.0.2:11212", "/run/node.sock:"}) {
        EXPECT_THAT(body("/healthz/alpha?verbose"), ::testing::Not(HasSubstr("AllNodesFail")));
        fail_a_node("alpha", node);
        fail_a_node("alpha", node);
    }

    EXPECT_THAT(body("/healthz/alpha?verbose"), StartsWith("[-]pool alpha down since 2023-"));
    EXPECT_THAT(body("/healthz/alpha?verbose"),
                HasSubstr("Z: AllNodesFail: none of the 3 nodes in the ring answers\n"));
    EXPECT_EQ(status("/healthz/alpha?fail=down"), 503U);
    EXPECT_EQ(status("/livez"), 200U);
}

TEST_F(Health, of_many_nodes_names_some) {
    routing::Membership many;
    for (int i = 0; i < 5; ++i) {
        many.members.push_back(
            {"n" + std::to_string(i), {"10.0.2." + std::to_string(i + 1), 11211}, 1});
    }
    many.source_version = 1;
    process_.controller.on_membership(process_.beta_id(), std::move(many), process_.now);
    for (const char* const node : {"n0", "n1", "n2", "n3"}) {
        fail_a_node("beta", node);
    }

    EXPECT_THAT(body("/healthz/beta?verbose"), HasSubstr("4 of 5 nodes"));
    EXPECT_THAT(body("/healthz/beta?verbose"), HasSubstr("n0, n1, n2 and 1 more; "));
}

TEST_F(Health, shows_a_source_that_fails_beside_the_nodes_that_stay) {
    process_.discover_beta();
    process_.controller.on_source_failure(process_.beta_id(), {base::Errc::timed_out, "no answer"},
                                          process_.now);

    EXPECT_THAT(body("/healthz/beta?verbose"),
                HasSubstr("SourceFails: elasticache cfg.example:11211 is failing: no answer"));
    EXPECT_EQ(Json::parse(body("/pools/beta"))["health"]["status"], "degraded");
    EXPECT_EQ(Json::parse(body("/pools"))["pools"][0]["health"]["status"], "degraded");
}

TEST_F(Health, each_check_of_readiness_can_be_asked_alone) {
    EXPECT_EQ(status("/readyz/process"), 200U);
    EXPECT_EQ(status("/readyz/pools"), 503U);
    EXPECT_EQ(status("/readyz/listeners"), 200U);
    EXPECT_THAT(body("/readyz/nonsense"), HasSubstr("process, pools, listeners"));

    process_.discover_beta();
    process_.controller.tick(process_.now);
    process_.is_ending = true;
    process_.listen_problems = {"pool cache: cannot listen"};

    EXPECT_EQ(body("/readyz/process"), "[-]process was told to end\n");
    EXPECT_EQ(body("/readyz/listeners"), "[-]pool cache: cannot listen\n");
    EXPECT_EQ(body("/readyz/pools"), "ok");
    EXPECT_EQ(body("/healthz"), "ok") << "whether it ends is another question";
}

TEST_F(Health, conditions_have_the_form_of_those_of_kubernetes) {
    process_.configuration.last.applied = false;
    process_.configuration.last.reason = "line 3: what is this";
    process_.configuration.last.outcome_since = process_.started;

    EXPECT_EQ(condition("", "Ready")["status"], "False");
    EXPECT_EQ(condition("", "Ready")["reason"], "PoolsWithoutNodes");
    EXPECT_EQ(condition("", "ConfigurationApplied"),
              Json({{"type", "ConfigurationApplied"},
                    {"status", "False"},
                    {"reason", "Refused"},
                    {"message", "line 3: what is this"},
                    {"lastTransitionTime", "2023-11-14T22:13:20Z"}}));
    EXPECT_EQ(condition("beta", "RingHasNodes")["status"], "False");
    EXPECT_EQ(condition("alpha", "RingHasNodes")["status"], "True");
    EXPECT_EQ(condition("alpha", "Degraded")["status"], "False");

    process_.now += base::seconds(5);
    process_.post("/pools/alpha/nodes/10.0.0.1%3A11212/eject");
    process_.now += base::seconds(5);
    EXPECT_EQ(condition("alpha", "Degraded")["reason"], "NodesEjectedByOperator");
    EXPECT_EQ(condition("alpha", "Degraded")["lastTransitionTime"], "2023-11-14T22:14:45Z");

    process_.post("/pools/alpha/nodes/10.0.0.1%3A11212/restore");
    process_.now += base::seconds(5);
    EXPECT_EQ(condition("alpha", "Degraded")["status"], "False");
    EXPECT_EQ(condition("alpha", "Degraded")["lastTransitionTime"], "2023-11-14T22:14:45Z")
        << "it is well since it was restored, five seconds ago";
}

}  // namespace
}  // namespace ringside::admin
