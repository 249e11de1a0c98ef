#include "discovery/source_driver.h"

#include "discovery/source_machines.h"
#include "loop_harness.h"
#include "scripted_endpoint.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::milliseconds;
using testing::Each;
using testing::ElementsAre;

constexpr const char* kAsk = "config get cluster";
constexpr std::uint64_t kSeed = 1;
constexpr const char* kLegacyAsk = "get AmazonElastiCache:cluster";

std::string listing(std::uint64_t version, const std::string& nodes) {
    const std::string data = fmt::format("{}\n{}\n", version, nodes);
    return fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
}

// The same answer to every question.
ScriptedEndpoint::Script always(Reply reply) {
    return [reply](const std::string&) { return reply; };
}

class SourceDriverTest : public testing::Test, public LoopHarness {
  protected:
    void make(const config::Source& source) {
        driver = std::make_unique<SourceDriver>(loop, names, source,
                                                make_machine(kind_of(source), kSeed));
    }

    // Makes a driver and starts it.
    void start(const routing::Address& endpoint, milliseconds timeout = milliseconds(10'000),
               milliseconds interval = milliseconds(60'000)) {
        make(config::ElastiCacheSource{
            .endpoint = endpoint, .interval = interval, .timeout = timeout});
        restart();
    }

    void restart() {
        driver->start({
            .on_membership =
                [this](routing::Membership membership) {
                    lists.push_back(std::move(membership));
                    happened();
                },
            .on_failure =
                [this](const base::Error& error) {
                    failures.push_back(error);
                    happened();
                },
        });
    }

    // Asks again and waits for the outcome.
    void refresh(int times = 1) {
        for (int i = 0; i < times; ++i) {
            driver->refresh();
            run_until_happened();
        }
    }

    std::string last_failure() const { return failures.empty() ? "" : failures.back().message; }

    std::vector<routing::Membership> lists;
    std::vector<base::Error> failures;
    std::vector<std::pair<std::string, Names::OnAnswer>> lookups;  // that a test may answer
    Names names{loop, [this](const std::string& host, Names::OnAnswer on_answer) {
                    lookups.emplace_back(host, std::move(on_answer));
                    return std::make_shared<int>();
                }};
    std::unique_ptr<SourceDriver> driver;
};

TEST_F(SourceDriverTest, reports_the_list_of_the_endpoint) {
    ScriptedEndpoint endpoint(always({listing(7, "a|10.0.0.1|11211 b||11212")}));

    start(endpoint.address());
    run_until_happened();

    ASSERT_EQ(lists.size(), 1U) << last_failure();
    EXPECT_EQ(lists[0].source_version, 7U);
    ASSERT_EQ(lists[0].members.size(), 2U);
    EXPECT_EQ(lists[0].members[0].name, "a");
    EXPECT_EQ(lists[0].members[0].address, (routing::Address{"10.0.0.1", 11211}));
    EXPECT_EQ(lists[0].members[1].name, "b:11212");
    EXPECT_THAT(endpoint.lines(), ElementsAre(kAsk));
}

TEST_F(SourceDriverTest, understands_an_answer_that_comes_in_pieces) {
    ScriptedEndpoint endpoint(always({.bytes = listing(7, "a||11211"), .byte_by_byte = true}));

    start(endpoint.address());
    run_until_happened();

    EXPECT_EQ(lists.size(), 1U) << last_failure();
}

TEST_F(SourceDriverTest, polls_again_at_the_interval) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));

    start(endpoint.address(), milliseconds(10'000), milliseconds(10));
    run_until_happened();
    run_until_happened();
    run_until_happened();

    EXPECT_EQ(lists.size(), 3U);
}

TEST_F(SourceDriverTest, tries_quickly_until_the_first_success) {
    ScriptedEndpoint endpoint(always({"SERVER_ERROR busy\r\n"}));
    start(endpoint.address());  // with an interval of a minute
    run_until_happened();
    run_until_happened();
    EXPECT_EQ(failures.size(), 2U);

    endpoint.set_script(always({listing(1, "a||11211")}));
    run_until_happened();

    EXPECT_EQ(lists.size(), 1U);
}

TEST_F(SourceDriverTest, falls_back_to_the_legacy_command_and_remembers_it) {
    ScriptedEndpoint endpoint([](const std::string& line) {
        return Reply{line == kLegacyAsk
                         ? "VALUE AmazonElastiCache:cluster 0 11\r\n3\na||11211\n\r\nEND\r\n"
                         : "ERROR\r\n"};
    });

    start(endpoint.address());
    run_until_happened();
    refresh();

    EXPECT_EQ(lists.size(), 2U) << last_failure();
    EXPECT_THAT(endpoint.lines(), ElementsAre(kAsk, kLegacyAsk, kLegacyAsk));
}

TEST_F(SourceDriverTest, a_plain_memcached_is_no_source) {
    ScriptedEndpoint endpoint(
        [](const std::string& line) { return Reply{line == kAsk ? "ERROR\r\n" : "END\r\n"}; });

    start(endpoint.address());
    run_until_happened();

    EXPECT_THAT(failures, Each(testing::Field(&base::Error::code, Errc::malformed)));
    EXPECT_EQ(last_failure(), "answered \"ERROR\"");
}

struct Misbehaviour {
    const char* what;
    Reply reply;
    const char* problem;
};

class MisbehavingEndpoint : public SourceDriverTest,
                            public testing::WithParamInterface<Misbehaviour> {};

TEST_P(MisbehavingEndpoint, is_a_failure_and_never_a_list) {
    ScriptedEndpoint endpoint(always(GetParam().reply));

    start(endpoint.address(), milliseconds(100));
    run_until_happened();

    EXPECT_TRUE(lists.empty());
    EXPECT_EQ(last_failure(), GetParam().problem) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    All, MisbehavingEndpoint,
    testing::Values(
        Misbehaviour{"empty", {listing(9, "")}, "version 9 lists no nodes"},
        Misbehaviour{"unset", {"END\r\n"}, "no configuration is set"},
        Misbehaviour{
            "garbage", {listing(9, "a|b ,;\x01\xff 7|7|seven")}, "\"a|b\" is not host|ip|port"},
        Misbehaviour{"truncated",
                     {.bytes = "CONFIG cluster 0 11\r\n3\na|", .close = true},
                     "the connection was closed after 25 bytes of an answer"},
        Misbehaviour{"silent", {}, "no answer within 100 ms"},
        Misbehaviour{"stuck", {"CONFIG cluster 0 11\r\n3\na||"}, "no answer within 100 ms"},
        Misbehaviour{"closed",
                     {.bytes = {}, .close = true},
                     "the connection was closed after 0 bytes of an answer"},
        Misbehaviour{"error", {"SERVER_ERROR no\r\n"}, "answered \"SERVER_ERROR no\""},
        Misbehaviour{"http", {"HTTP/1.1 400\r\n"}, "the answer starts with \"HTTP/1.1 400\""}));

TEST_F(SourceDriverTest, an_older_version_is_refused_until_a_node_confirms_it) {
    ScriptedEndpoint node(always({"ERROR\r\n"}));
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address());
    run_until_happened();
    const std::string older = listing(1, node.as_node());

    endpoint.set_script(always({older}));
    refresh(4);
    EXPECT_EQ(lists.size(), 1U);
    EXPECT_EQ(failures.size(), 4U);
    EXPECT_EQ(last_failure(), "version 1 is older than 7, which stays");
    EXPECT_THAT(node.lines(), ElementsAre(kAsk, kAsk));  // from the third answer on

    node.set_script(always({older}));
    refresh();

    ASSERT_EQ(lists.size(), 2U);
    EXPECT_EQ(lists[1].source_version, 1U);
}

TEST_F(SourceDriverTest, asks_a_known_node_when_the_endpoint_fails) {
    ScriptedEndpoint node(always({listing(8, "b||11211")}));
    std::optional<ScriptedEndpoint> endpoint(std::in_place, always({listing(7, "a||11211")}));
    start(endpoint->address());
    run_until_happened();
    driver->set_known_members({.members = {{.name = "n", .address = node.address()}}});

    endpoint.reset();
    refresh();

    ASSERT_EQ(lists.size(), 2U) << last_failure();
    EXPECT_EQ(lists[1].source_version, 8U);
}

TEST_F(SourceDriverTest, asks_at_most_three_nodes_and_reports_what_the_endpoint_did) {
    std::vector<std::unique_ptr<ScriptedEndpoint>> nodes;
    routing::Membership members;
    for (int i = 0; i < 5; ++i) {
        nodes.push_back(std::make_unique<ScriptedEndpoint>(always({"ERROR\r\n"})));
        members.members.push_back({.name = std::to_string(i), .address = nodes.back()->address()});
    }
    ScriptedEndpoint endpoint(always({"SERVER_ERROR down\r\n"}));

    start(endpoint.address());
    driver->set_known_members(members);
    run_until_happened();

    std::size_t asked = 0;
    for (const auto& node : nodes) {
        asked += node->lines().size();
    }
    EXPECT_EQ(asked, 3U);
    EXPECT_EQ(last_failure(), "answered \"SERVER_ERROR down\"");
}

TEST_F(SourceDriverTest, a_key_of_a_plain_node_cannot_pose_as_the_list) {
    ScriptedEndpoint node([](const std::string& line) {
        return Reply{line == kAsk
                         ? "ERROR\r\n"
                         : "VALUE AmazonElastiCache:cluster 0 14\r\n99\nevil||11211\n\r\nEND\r\n"};
    });
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address());
    run_until_happened();
    driver->set_known_members({.members = {{.name = "n", .address = node.address()}}});

    endpoint.set_script(always({.bytes = {}, .close = true}));
    refresh();

    EXPECT_EQ(lists.size(), 1U);
    EXPECT_EQ(failures.size(), 1U);
}

config::Source settings_of(const routing::Address& endpoint, milliseconds interval,
                           milliseconds timeout = milliseconds(10'000)) {
    return config::ElastiCacheSource{
        .endpoint = endpoint, .interval = interval, .timeout = timeout};
}

TEST_F(SourceDriverTest, other_settings_of_the_same_source_forget_nothing) {
    ScriptedEndpoint node(always({listing(8, "b||11211")}));
    std::optional<ScriptedEndpoint> endpoint(std::in_place, always({listing(7, "a||11211")}));
    const routing::Address address = endpoint->address();
    start(address);
    run_until_happened();
    driver->set_known_members({.members = {{.name = "n", .address = node.address()}}});

    endpoint->set_script(always({listing(3, "old||11211")}));
    ASSERT_TRUE(driver->configure(settings_of(address, milliseconds(50'000))));
    run_until_happened();
    EXPECT_EQ(last_failure(), "version 3 is older than 7, which stays");
    endpoint.reset();
    ASSERT_TRUE(driver->configure(settings_of(address, milliseconds(40'000))));
    run_until_happened();

    ASSERT_EQ(lists.size(), 2U) << last_failure();
    EXPECT_EQ(lists[1].source_version, 8U);
}

TEST_F(SourceDriverTest, a_new_interval_holds_from_the_next_answer_on) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address());
    run_until_happened();

    ASSERT_TRUE(driver->configure(settings_of(endpoint.address(), milliseconds(10))));
    run_until_happened();
    run_until_happened();

    EXPECT_EQ(lists.size(), 3U);
}

TEST_F(SourceDriverTest, the_same_settings_ask_nothing) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address());
    run_until_happened();

    ASSERT_TRUE(driver->configure(settings_of(endpoint.address(), milliseconds(60'000))));
    run_for(milliseconds(20));

    EXPECT_THAT(endpoint.lines(), ElementsAre(kAsk));
}

TEST_F(SourceDriverTest, a_lower_timeout_holds_for_the_question_under_way) {
    ScriptedEndpoint silent(always({""}));
    start(silent.address(), milliseconds(600'000));
    run_for(milliseconds(20));

    ASSERT_TRUE(
        driver->configure(settings_of(silent.address(), milliseconds(60'000), milliseconds(50))));
    run_until_happened();

    EXPECT_EQ(failures.size(), 1U);
}

TEST_F(SourceDriverTest, another_endpoint_is_another_source) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address());
    run_until_happened();

    EXPECT_FALSE(driver->configure(settings_of({"127.0.0.1", 1}, milliseconds(60'000))));
    EXPECT_FALSE(driver->configure(config::StaticSource{}));
}

TEST_F(SourceDriverTest, what_was_learnt_outlives_a_stop_but_not_what_was_half_believed) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address());
    run_until_happened();
    ScriptedEndpoint node(always({"ERROR\r\n"}));
    endpoint.set_script(always({listing(1, node.as_node())}));
    refresh(2);

    driver->stop();
    restart();
    run_until_happened();
    refresh();

    ASSERT_EQ(lists.size(), 2U);
    EXPECT_EQ(lists[1].source_version, 7U);  // told again: who listens may have forgotten
    EXPECT_EQ(last_failure(), "version 1 is older than 7, which stays");
    EXPECT_THAT(node.lines(), ElementsAre());  // these are the first two of three
}

TEST_F(SourceDriverTest, a_refresh_during_a_poll_does_not_ask_twice) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));

    start(endpoint.address());
    driver->refresh();
    driver->refresh();
    run_until_happened();

    EXPECT_THAT(endpoint.lines(), ElementsAre(kAsk));
}

TEST_F(SourceDriverTest, says_nothing_after_stop) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    start(endpoint.address(), milliseconds(10), milliseconds(1));

    driver->stop();
    driver->refresh();
    run_for(milliseconds(50));

    EXPECT_TRUE(lists.empty());
    EXPECT_TRUE(failures.empty());
}

TEST_F(SourceDriverTest, may_be_destroyed_from_its_sink) {
    ScriptedEndpoint endpoint(always({listing(7, "a||11211")}));
    make(config::ElastiCacheSource{.endpoint = endpoint.address()});
    driver->start({.on_membership =
                       [this](const routing::Membership&) {
                           driver.reset();
                           happened();
                       },
                   .on_failure = [](const base::Error&) {}});

    run_until_happened();

    EXPECT_EQ(driver, nullptr);
}

// --- the endpoint's name ---

class ElastiCacheNameTest : public SourceDriverTest {
  protected:
    ScriptedEndpoint endpoint{always({listing(7, "a||11211")})};
    const NameAnswer found{.ips = {"127.0.0.1"}, .ttl = base::seconds(60)};
    const NameAnswer failed{.problem = "name lookup timed out"};

    void start_by_name(milliseconds timeout = milliseconds(10'000)) {
        start({"cfg.example", endpoint.address().port}, timeout);
        ASSERT_EQ(lookups.size(), 1U);
    }
    void answer(std::size_t lookup, const NameAnswer& with) { lookups.at(lookup).second(with); }
};

TEST_F(ElastiCacheNameTest, a_lookup_that_takes_longer_than_a_poll_may_still_counts) {
    start_by_name(milliseconds(50));
    run_for(milliseconds(150));
    EXPECT_TRUE(failures.empty());

    answer(0, found);
    run_until_happened();

    EXPECT_EQ(lists.size(), 1U);
    EXPECT_EQ(lookups.size(), 1U);
}

TEST_F(ElastiCacheNameTest, a_failed_lookup_fails_the_poll_and_says_why) {
    start_by_name();

    answer(0, failed);
    run_until_happened();

    EXPECT_EQ(last_failure(), "cfg.example: name lookup timed out");
}

TEST_F(ElastiCacheNameTest, is_asked_as_soon_as_its_name_is_found_at_last) {
    start_by_name();
    answer(0, failed);
    run_until_happened();
    while (lookups.size() < 2) {  // polls fail meanwhile
        ASSERT_NO_FATAL_FAILURE(run_until_happened());
    }

    answer(1, found);
    while (lists.empty()) {
        ASSERT_NO_FATAL_FAILURE(run_until_happened());
    }

    EXPECT_EQ(lists.size(), 1U);
}

TEST_F(ElastiCacheNameTest, known_nodes_are_asked_when_its_name_fails) {
    start_by_name();
    ScriptedEndpoint node(always({listing(7, "a||11211")}));
    driver->set_known_members({.members = {{.name = "n", .address = node.address()}}});

    answer(0, failed);
    run_until_happened();

    EXPECT_EQ(lists.size(), 1U);
    EXPECT_EQ(node.lines().size(), 1U);
}

TEST_F(ElastiCacheNameTest, uses_no_name_after_stop) {
    start_by_name();

    driver->stop();

    EXPECT_EQ(names.find("cfg.example"), nullptr);
}

TEST_F(SourceDriverTest, a_static_source_has_no_driver) {
    EXPECT_EQ(make_machine(config::SourceKind::static_list, kSeed), nullptr);
}

}  // namespace
}  // namespace ringside::discovery
