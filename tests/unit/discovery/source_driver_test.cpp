// The driver on a real loop, with a machine that does as a test says; and the machine of
// ElastiCache on real sockets, as far as these make a difference to it.
#include "discovery/source_driver.h"

#include "discovery/source_machines.h"
#include "integration/support/temporary_directory.h"
#include "loop_harness.h"
#include "scripted_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::milliseconds;
using routing::Membership;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kSeed = 1;
constexpr const char* kList = "CONFIG cluster 0 11\r\n7\na||11211\n\r\nEND\r\n";

Membership list(std::uint64_t version) {
    return {.members = {{.name = "a", .address = {"10.0.0.1", 11211}}}, .source_version = version};
}

config::Source cluster(routing::Address endpoint, milliseconds timeout = milliseconds(10'000)) {
    return config::ElastiCacheSource{.endpoint = std::move(endpoint), .timeout = timeout};
}

// A test that does without the driver's machine gives it this one.
class ScriptedMachine final : public SourceMachine {
  public:
    using Script = std::function<SourceActions(const SourceEvent&)>;

    explicit ScriptedMachine(Script script) : script_(std::move(script)) {}

    SourceActions resume(const SourceEvent& event, base::TimePoint) override {
        return script_(event);
    }

  private:
    const Script script_;
};

class SourceDriverTest : public ::testing::Test, public LoopHarness {
  protected:
    // A driver whose machine does this at its start, and `at_event` later.
    void start(SourceActions at_start) {
        start_with([this, at_start](const SourceEvent& event) {
            events.push_back(event);
            return std::holds_alternative<Started>(event) ? at_start : at_event(event);
        });
    }
    void start_with(ScriptedMachine::Script script) {
        driver = std::make_unique<SourceDriver>(
            means, settings, std::make_unique<ScriptedMachine>(std::move(script)));
        driver->start(sink());
    }
    void start_elasticache(const config::Source& source) {
        driver =
            std::make_unique<SourceDriver>(means, source, make_machine(kind_of(source), kSeed));
        driver->start(sink());
    }

    SourceSink sink() {
        return {.on_membership =
                    [this](Membership membership) {
                        lists.push_back(std::move(membership));
                        happened();
                    },
                .on_failure =
                    [this](const Error& error) {
                        failures.push_back(error.message);
                        happened();
                    }};
    }

    // What has happened, as indices of SourceEvent's types.
    template <typename Happened>
    std::size_t count() const {
        return static_cast<std::size_t>(std::count_if(
            events.begin(), events.end(),
            [](const SourceEvent& event) { return std::holds_alternative<Happened>(event); }));
    }
    template <typename Happened>
    const Happened& last() const {
        return std::get<Happened>(events.back());
    }

    static NodeQuestion question_for(const ScriptedEndpoint& endpoint,
                                     milliseconds timeout = milliseconds(10'000)) {
        return {.addresses = {endpoint.address()},
                .bytes = "hello\r\n",
                .is_whole = [](std::string_view answer) { return answer.ends_with("\n"); },
                .timeout = timeout};
    }

    config::Source settings = cluster({"10.0.0.9", 11211});
    std::vector<SourceEvent> events;
    std::function<SourceActions(const SourceEvent&)> at_event = [this](const SourceEvent&) {
        happened();
        return SourceActions{};
    };
    std::vector<Membership> lists;
    std::vector<std::string> failures;
    std::vector<std::pair<std::string, Names::OnAnswer>> lookups;  // that a test may answer
    Names names{loop, [this](const std::string& host, Names::OnAnswer on_answer) {
                    lookups.emplace_back(host, std::move(on_answer));
                    return std::make_shared<int>();
                }};
    // Asks nobody: only names that are never asked for.
    io::RecordResolver records{loop, {}};
    const SourceDriver::Means means{loop, names, records};
    std::unique_ptr<SourceDriver> driver;
};

TEST_F(SourceDriverTest, asks_and_passes_the_answer_on) {
    ScriptedEndpoint endpoint([](const std::string&) { return Reply{"world\r\n"}; });

    start({.ask = question_for(endpoint)});
    run_until_happened();

    EXPECT_EQ(std::get<Started>(events.at(0)).settings, settings);
    EXPECT_EQ(*last<Answered>().bytes, "world\r\n");
    EXPECT_THAT(endpoint.lines(), ElementsAre("hello"));
}

TEST_F(SourceDriverTest, passes_on_why_there_is_no_answer) {
    ScriptedEndpoint endpoint([](const std::string&) { return Reply{}; });

    start({.ask = question_for(endpoint, milliseconds(20))});
    run_until_happened();

    EXPECT_EQ(last<Answered>().bytes.error().code, Errc::timed_out);
}

TEST_F(SourceDriverTest, asks_for_records_and_passes_on_what_has_come_of_each) {
    start({.ask = RecordQuestion{
               .wishes = {{"a.invalid", io::RecordType::a}, {"b..c", io::RecordType::srv}},
               .timeout = milliseconds(10'000)}});
    EXPECT_EQ(events.size(), 1U) << "inside a call";
    run_until_happened();

    EXPECT_THAT(last<RecordsAnswered>().results,
                ElementsAre(io::RecordResult(io::LookupProblem::not_found),
                            io::RecordResult(io::LookupProblem::too_long_or_invalid_name)));
}

TEST_F(SourceDriverTest, another_question_takes_the_place_of_the_one_under_way) {
    ScriptedEndpoint silent([](const std::string&) { return Reply{}; });
    ScriptedEndpoint endpoint([](const std::string&) { return Reply{"world\r\n"}; });
    at_event = [&](const SourceEvent& event) {
        if (std::holds_alternative<RefreshAsked>(event)) {
            return SourceActions{.ask = question_for(endpoint)};
        }
        happened();
        return SourceActions{};
    };
    start({.ask = question_for(silent, milliseconds(50))});

    driver->refresh();
    run_until_happened();
    run_for(milliseconds(100));

    EXPECT_EQ(count<Answered>(), 1U);
    EXPECT_TRUE(last<Answered>().bytes);
}

TEST_F(SourceDriverTest, a_file_is_told_whenever_it_has_changed) {
    const testing::TemporaryDirectory folder;
    const std::string path = folder.write("nodes", "one");
    start({.ask = FileQuestion{.path = path, .bytes_max = 100}});
    run_until_happened();
    EXPECT_EQ(*last<Answered>().bytes, "one");

    std::filesystem::rename(folder.write("new", "two"), path);
    run_until_happened();

    EXPECT_EQ(*last<Answered>().bytes, "two");
    EXPECT_EQ(count<Answered>(), 2U);
}

TEST_F(SourceDriverTest, wakes_the_machine_when_it_wished_last) {
    start({.wake_at = base::Clock::now() + base::seconds(600)});
    at_event = [this](const SourceEvent& event) {
        if (std::holds_alternative<RefreshAsked>(event)) {
            return SourceActions{.wake_at = base::Clock::now() + milliseconds(1)};
        }
        happened();
        return SourceActions{};
    };

    driver->refresh();
    run_until_happened();

    EXPECT_EQ(count<TimeCame>(), 1U);
}

TEST_F(SourceDriverTest, does_not_wake_a_machine_that_does_not_wish_it_any_more) {
    start({.wake_at = base::Clock::now() + milliseconds(1)});
    at_event = [](const SourceEvent&) { return SourceActions{.wake_at = base::kNever}; };

    driver->refresh();
    run_for(milliseconds(30));

    EXPECT_EQ(count<TimeCame>(), 0U);
}

TEST_F(SourceDriverTest, has_names_looked_up_and_tells_what_was_found) {
    start({.names = std::set<std::string>{"cfg.example"}});
    ASSERT_EQ(lookups.size(), 1U);
    EXPECT_EQ(lookups[0].first, "cfg.example");

    lookups[0].second({.ips = {"10.0.0.9"}, .ttl = base::seconds(60)});

    ASSERT_EQ(count<NameTold>(), 1U);
    EXPECT_EQ(last<NameTold>().host, "cfg.example");
    EXPECT_THAT(last<NameTold>().state.ips, ElementsAre("10.0.0.9"));
    EXPECT_FALSE(last<NameTold>().failed);
}

TEST_F(SourceDriverTest, tells_later_and_in_order_and_never_from_inside_a_call) {
    std::uint64_t version = 7;
    at_event = [&](const SourceEvent&) { return SourceActions{.tell = list(++version)}; };

    start({.tell = list(7)});
    driver->refresh();
    driver->set_known_members({list(7)});
    EXPECT_THAT(lists, IsEmpty());
    run_until_happened();
    run_until_happened();
    run_until_happened();

    EXPECT_THAT(lists, ElementsAre(list(7), list(8), list(9)));
}

TEST_F(SourceDriverTest, tells_a_failure) {
    start({.tell = Error{Errc::malformed, "nonsense"}});

    run_until_happened();

    EXPECT_THAT(failures, ElementsAre("nonsense"));
}

TEST_F(SourceDriverTest, other_settings_are_told_and_the_same_are_not) {
    start({});

    EXPECT_TRUE(driver->configure(settings));
    EXPECT_EQ(count<SettingsChanged>(), 0U);
    std::get<config::ElastiCacheSource>(settings).interval = milliseconds(500);
    EXPECT_TRUE(driver->configure(settings));

    EXPECT_EQ(last<SettingsChanged>().settings, settings);
}

TEST_F(SourceDriverTest, another_endpoint_or_kind_is_another_source) {
    start({});

    EXPECT_FALSE(driver->configure(cluster({"10.0.0.10", 11211})));
    EXPECT_FALSE(driver->configure(config::StaticSource{}));

    EXPECT_EQ(count<SettingsChanged>(), 0U);
}

TEST_F(SourceDriverTest, settings_that_changed_meanwhile_are_those_of_the_next_start) {
    start({});
    driver->stop();

    std::get<config::ElastiCacheSource>(settings).interval = milliseconds(500);
    EXPECT_TRUE(driver->configure(settings));
    driver->start(sink());

    EXPECT_EQ(count<SettingsChanged>(), 0U);
    EXPECT_EQ(last<Started>().settings, settings);
}

TEST_F(SourceDriverTest, nothing_happens_after_a_stop) {
    ScriptedEndpoint endpoint([](const std::string&) { return Reply{"world\r\n"}; });
    start({.names = std::set<std::string>{"cfg.example"},
           .ask = question_for(endpoint),
           .wake_at = base::Clock::now() + milliseconds(1),
           .tell = list(7)});

    driver->stop();
    driver->refresh();
    run_for(milliseconds(50));

    EXPECT_EQ(events.size(), 1U);
    EXPECT_THAT(lists, IsEmpty());
    EXPECT_EQ(names.find("cfg.example"), nullptr);
}

TEST_F(SourceDriverTest, may_be_stopped_or_destroyed_by_who_is_told) {
    at_event = [](const SourceEvent&) { return SourceActions{.tell = list(8)}; };
    start({.tell = list(7)});
    driver->refresh();
    driver->stop();
    int told = 0;
    driver->start({.on_membership =
                       [&](const Membership&) {
                           ++told;
                           driver.reset();
                           happened();
                       },
                   .on_failure = [](const Error&) {}});
    driver->refresh();

    run_until_happened();
    run_for(milliseconds(10));

    EXPECT_EQ(told, 1);
    EXPECT_EQ(driver, nullptr);
}

// --- with the machine of ElastiCache ---

TEST_F(SourceDriverTest, tells_the_list_of_a_configuration_endpoint) {
    ScriptedEndpoint endpoint(
        [](const std::string&) { return Reply{.bytes = kList, .byte_by_byte = true}; });

    start_elasticache(cluster(endpoint.address()));
    run_until_happened();

    ASSERT_EQ(lists.size(), 1U);
    EXPECT_EQ(lists[0].source_version, 7U);
    EXPECT_THAT(endpoint.lines(), ElementsAre("config get cluster"));
}

TEST_F(SourceDriverTest, polls_by_itself) {
    ScriptedEndpoint endpoint([](const std::string&) { return Reply{kList}; });
    config::Source source = cluster(endpoint.address());
    std::get<config::ElastiCacheSource>(source).interval = milliseconds(10);

    start_elasticache(source);
    run_until_happened();
    run_until_happened();

    EXPECT_EQ(lists.size(), 2U);
}

struct Misbehaviour {
    Reply reply;
    const char* problem;
};

class MisbehavingConnection : public SourceDriverTest,
                              public ::testing::WithParamInterface<Misbehaviour> {};

TEST_P(MisbehavingConnection, is_a_failure_and_never_a_list) {
    ScriptedEndpoint endpoint([](const std::string&) { return GetParam().reply; });

    start_elasticache(cluster(endpoint.address(), milliseconds(100)));
    run_until_happened();

    EXPECT_THAT(lists, IsEmpty());
    EXPECT_THAT(failures, ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    All, MisbehavingConnection,
    ::testing::Values(Misbehaviour{{.bytes = "CONFIG cluster 0 11\r\n3\na|", .close = true},
                                   "the connection was closed after 25 bytes of an answer"},
                      Misbehaviour{{}, "no answer within 100 ms"},
                      Misbehaviour{{"CONFIG cluster 0 11\r\n3\na||"}, "no answer within 100 ms"},
                      Misbehaviour{
                          {.bytes = {}, .close = true},
                          "the connection was closed without an answer, as one with encryption in "
                          "transit (TLS) does"},
                      Misbehaviour{{"\x15\x03\x03"},
                                   "the endpoint speaks TLS, which is not supported yet: use one "
                                   "without encryption in transit"}));

TEST_F(SourceDriverTest, a_lookup_that_takes_longer_than_a_poll_may_still_counts) {
    ScriptedEndpoint endpoint([](const std::string&) { return Reply{kList}; });
    start_elasticache(cluster({"cfg.example", endpoint.address().port}, milliseconds(50)));
    run_for(milliseconds(150));
    EXPECT_THAT(failures, IsEmpty());

    lookups.at(0).second({.ips = {"127.0.0.1"}, .ttl = base::seconds(60)});
    run_until_happened();

    EXPECT_EQ(lists.size(), 1U);
    EXPECT_EQ(lookups.size(), 1U);
}

TEST_F(SourceDriverTest, tells_facts_before_the_list_that_goes_with_them) {
    std::vector<std::string> told;
    driver = std::make_unique<SourceDriver>(
        means, settings, std::make_unique<ScriptedMachine>([](const SourceEvent&) {
            return SourceActions{.tell = list(7), .facts = SourceFacts{.way = "asked"}};
        }));

    driver->start({.on_membership =
                       [&](const Membership&) {
                           told.push_back("list");
                           happened();
                       },
                   .on_failure = [](const Error&) {},
                   .on_facts = [&](const SourceFacts& facts) { told.push_back(facts.way); }});
    EXPECT_THAT(told, IsEmpty());  // never from inside a call
    run_until_happened();

    EXPECT_THAT(told, ElementsAre("asked", "list"));
}

TEST_F(SourceDriverTest, tells_facts_that_no_list_goes_with) {
    SourceFacts told;
    driver = std::make_unique<SourceDriver>(
        means, settings, std::make_unique<ScriptedMachine>([](const SourceEvent&) {
            return SourceActions{.facts = SourceFacts{.way = "asked"}};
        }));

    driver->start({.on_membership = [](const Membership&) {},
                   .on_failure = [](const Error&) {},
                   .on_facts =
                       [&](const SourceFacts& facts) {
                           told = facts;
                           happened();
                       }});
    run_until_happened();

    EXPECT_EQ(told.way, "asked");
}

}  // namespace
}  // namespace ringside::discovery
