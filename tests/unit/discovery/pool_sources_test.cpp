#include "discovery/pool_sources.h"

#include "controller_harness.h"
#include "discovery/pool_state.h"
#include "discovery/pool_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using base::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kFirst = "elasticache first.example:11211";
constexpr auto kSecond = "elasticache second.example:11211";

config::Source cluster(std::string host) {
    return config::ElastiCacheSource{.endpoint = {std::move(host), 11211}};
}

TEST(NamesAgree, if_half_of_those_that_are_there_have_the_same_names) {
    const auto present = membership({"a=10.0.0.1", "b=10.0.0.2", "c=10.0.0.3"});

    EXPECT_TRUE(names_agree(present, present));
    EXPECT_TRUE(names_agree(present, membership({"a=10.0.0.1", "b=10.0.0.9", "z=10.0.0.7"})));
    EXPECT_FALSE(names_agree(present, membership({"a=10.0.0.1", "z=10.0.0.7"})));
    EXPECT_FALSE(names_agree(present, membership({"x=10.0.1.1", "y=10.0.1.2"})));
}

TEST(NamesAgree, unless_one_has_another_name_at_its_address) {
    EXPECT_FALSE(names_agree(membership({"a=10.0.0.1", "b=10.0.0.2"}),
                             membership({"a=10.0.0.1", "z=10.0.0.2"})));
}

// A pool with a preferred source and another one, at each step of what may become of them.
class APoolOfTwo : public testing::Test {
  protected:
    APoolOfTwo() : config_(configuration()), pool_(0, config_) { pool_.configure(config_, now_); }

    static config::PoolConfig configuration() {
        config::PoolConfig config = ControllerHarness::config().pools[1];
        config.source = cluster("first.example");
        config.fallbacks = {cluster("second.example")};
        return config;
    }

    bool say(const char* source, std::vector<std::string> nodes) {
        return pool_.on_membership(membership(std::move(nodes)), now_, source);
    }
    void fail(const char* source) {
        pool_.on_failure({base::Errc::timed_out, "no answer"}, now_, source);
    }
    // It is well, and has no nodes.
    bool say_nothing(const char* source) {
        return pool_.on_failure({base::Errc::not_found, "no endpoints"}, now_, source);
    }
    bool wait(base::seconds time) {
        now_ += time;
        return pool_.follow_sources(now_);
    }
    void hold_for(base::seconds time) {
        config_.rules.hold = time;
        pool_.configure(config_, now_);
    }
    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : pool_.take_lines(LogLines::Ring::published)) {
            texts.push_back((line.warning ? "! " : "") + line.text);
        }
        return texts;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const routing::Member& member : pool_.nodes().members().members) {
            result.push_back(member.name);
        }
        return result;
    }

    base::TimePoint now_{seconds(1000)};
    config::PoolConfig config_;
    PoolState pool_;
};

TEST_F(APoolOfTwo, has_the_nodes_of_the_preferred_source_and_shows_the_others) {
    EXPECT_FALSE(say(kSecond, {"b", "c"}));
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_TRUE(say(kFirst, {"a", "b"}));
    EXPECT_FALSE(say(kSecond, {"c"}));

    EXPECT_THAT(names(), ElementsAre("a", "b"));
    const PoolView seen = view_of(pool_, pool_.build(), {now_, {}});
    ASSERT_EQ(seen.sources.size(), 2U);
    EXPECT_TRUE(seen.sources[0].is_authority);
    EXPECT_EQ(seen.sources[0].nodes, 2U);
    EXPECT_EQ(seen.sources[1].name, kSecond);
    EXPECT_FALSE(seen.sources[1].is_authority);
    EXPECT_EQ(seen.sources[1].authority_since, std::nullopt);
    EXPECT_EQ(seen.sources[1].state, "good");
    EXPECT_EQ(seen.sources[1].nodes, 1U);
    EXPECT_EQ(seen.sources[1].answers, 2U);
}

TEST_F(APoolOfTwo, serves_by_the_other_source_when_the_preferred_one_comes_late) {
    fail(kFirst);
    say(kSecond, {"b", "c"});
    EXPECT_EQ(pool_.next_deadline(), now_ + SourceOrder::kGrace);
    EXPECT_TRUE(wait(SourceOrder::kGrace));
    EXPECT_THAT(names(), ElementsAre("b", "c"));
    EXPECT_EQ(pool_.next_deadline(), base::kNever);
    EXPECT_THAT(told(), testing::Contains("! elasticache second.example:11211 decides on the "
                                          "nodes from now on, as elasticache "
                                          "first.example:11211 has given no list yet"));

    EXPECT_TRUE(say(kFirst, {"a"}));

    EXPECT_THAT(names(), ElementsAre("a"));
    EXPECT_THAT(told(), testing::Contains("elasticache first.example:11211 decides on the nodes "
                                          "from now on instead of elasticache "
                                          "second.example:11211"));
}

TEST_F(APoolOfTwo, keeps_its_nodes_through_a_short_failure_of_their_source) {
    say(kFirst, {"a", "b"});
    fail(kFirst);
    say(kSecond, {"a", "c"});

    EXPECT_FALSE(wait(SourceOrder::kOutageMin - seconds(1)));
    EXPECT_FALSE(say(kSecond, {"a", "c"}));

    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(APoolOfTwo, that_is_empty_by_its_source_does_not_get_older_lists_back) {
    hold_for(seconds(600));
    say(kSecond, {"a", "x"});
    say(kFirst, {"a", "b"});
    fail(kSecond);

    say_nothing(kFirst);
    now_ += seconds(600);
    EXPECT_TRUE(say_nothing(kFirst));

    EXPECT_THAT(names(), IsEmpty());
    EXPECT_FALSE(wait(SourceOrder::kOutageMin * 20));
    config_.identity = routing::Identity::host;
    EXPECT_FALSE(pool_.configure(config_, now_)) << "there is nobody to be called otherwise";
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(APoolOfTwo, that_is_empty_by_its_source_goes_on_by_another_one_that_is_well) {
    hold_for(seconds(10));
    say(kSecond, {"a", "x"});
    say(kFirst, {"a", "b"});
    say_nothing(kFirst);
    now_ += seconds(10);

    EXPECT_TRUE(say_nothing(kFirst));

    EXPECT_THAT(names(), ElementsAre("a", "x"));
}

TEST_F(APoolOfTwo, follows_another_order_of_its_sources_at_once) {
    say(kFirst, {"a", "b"});
    say(kSecond, {"c"});

    std::swap(config_.source, config_.fallbacks[0]);
    EXPECT_TRUE(pool_.configure(config_, now_));

    EXPECT_THAT(names(), ElementsAre("c"));
}

TEST_F(APoolOfTwo, counts_a_hold_from_when_its_source_came_to_decide) {
    hold_for(seconds(120));
    say(kFirst, {"a", "b"});
    say_nothing(kFirst);
    now_ += seconds(61);
    say(kSecond, {"a", "b", "c"});
    ASSERT_THAT(names(), ElementsAre("a", "b", "c"));

    now_ += seconds(600);
    config_.fallbacks.clear();
    pool_.configure(config_, now_);
    EXPECT_FALSE(say_nothing(kFirst));
    EXPECT_THAT(names(), ElementsAre("a", "b", "c"));

    now_ += seconds(120);
    EXPECT_TRUE(pool_.take_ask_again(now_ + seconds(12)));
    EXPECT_TRUE(say_nothing(kFirst));
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(APoolOfTwo, is_not_empty_by_a_list_that_cannot_be_named) {
    config_.identity = routing::Identity::ordinal;
    hold_for(seconds(10));
    say(kFirst, {"a-0=a-0.example", "a-1=a-1.example"});
    ASSERT_THAT(names(), ElementsAre("0", "1"));
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(say(kFirst, {"a-0=a-0.example", "b=b.example"}));
        now_ += seconds(10);
    }

    EXPECT_THAT(names(), ElementsAre("0", "1"));
    EXPECT_EQ(pool_.source().standing(), SourceStanding::failing);
}

TEST_F(APoolOfTwo, goes_on_by_the_other_source_in_a_long_outage_and_back_after_it) {
    say(kFirst, {"a", "b"});
    fail(kFirst);
    told();
    now_ += seconds(1);
    say(kSecond, {"a", "c"});
    EXPECT_TRUE(wait(SourceOrder::kOutageMin));
    EXPECT_THAT(names(), ElementsAre("a", "c"));
    EXPECT_THAT(told(), testing::Contains("! elasticache second.example:11211 decides on the "
                                          "nodes from now on instead of elasticache "
                                          "first.example:11211, which has failed for 61 s"));

    EXPECT_TRUE(say(kFirst, {"a", "b"}));

    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(APoolOfTwo, keeps_its_last_good_list_rather_than_one_with_other_names) {
    say(kFirst, {"a=10.0.0.1", "b=10.0.0.2"});
    fail(kFirst);
    now_ += seconds(1);
    say(kSecond, {"10.0.0.1", "10.0.0.2"});

    EXPECT_FALSE(wait(seconds(100'000)));

    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(APoolOfTwo, a_useless_list_is_a_failure_of_the_source_that_gave_it) {
    say(kFirst, {"a"});
    EXPECT_FALSE(say(kSecond, {}));
    EXPECT_FALSE(say("static", {"z"})) << "late news of a former source";

    EXPECT_EQ(pool_.sources().at(0).failures(), 0U);
    EXPECT_EQ(pool_.sources().at(1).failures(), 1U);
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(APoolOfTwo, that_has_no_nodes_names_all_whom_it_has_asked) {
    fail(kSecond);

    EXPECT_EQ(pool_.why_not_ready(),
              "pool moving: no answer yet from elasticache first.example:11211, from elasticache "
              "second.example:11211 (no answer)");
}

TEST_F(APoolOfTwo, begins_with_the_list_of_the_configuration_and_never_returns_to_it) {
    config_.fallbacks = {config::StaticSource{membership({"x", "y"}, 0)}};
    EXPECT_FALSE(pool_.configure(config_, now_));
    EXPECT_FALSE(pool_.is_static());
    EXPECT_TRUE(wait(SourceOrder::kGrace));
    EXPECT_THAT(names(), ElementsAre("x", "y"));
    EXPECT_TRUE(say(kFirst, {"x", "z"}));

    fail(kFirst);
    EXPECT_FALSE(wait(SourceOrder::kOutageMin * 2));
    EXPECT_FALSE(pool_.configure(config_, now_));

    EXPECT_THAT(names(), ElementsAre("x", "z"));
}

TEST_F(APoolOfTwo, keeps_the_nodes_of_a_source_that_is_taken_away_until_another_has_a_list) {
    say(kFirst, {"a"});
    config_.source = cluster("new.example");
    EXPECT_FALSE(pool_.configure(config_, now_));
    EXPECT_FALSE(say(kSecond, {"a", "b"}));
    EXPECT_THAT(names(), ElementsAre("a"));
    EXPECT_TRUE(pool_.sources().has_discovered());

    EXPECT_TRUE(say("elasticache new.example:11211", {"n"}));

    EXPECT_THAT(names(), ElementsAre("n"));
}

// Each of the two fails or answers at each of five steps: the nodes are always those of the one
// that decides, and never none again.
TEST_F(APoolOfTwo, never_loses_its_nodes_whatever_fails_when) {
    for (unsigned script = 0; script < 1U << 10; ++script) {
        PoolState pool(0, config_);
        base::TimePoint now{seconds(1000)};
        pool.configure(config_, now);
        bool has_had_nodes = false;
        for (unsigned step = 0; step < 5; ++step) {
            for (unsigned place = 0; place < 2; ++place) {
                const std::string source = place == 0 ? kFirst : kSecond;
                if ((script >> (step * 2 + place)) & 1) {
                    pool.on_membership(membership({"a", place == 0 ? "b" : "c"}), now, source);
                } else {
                    pool.on_failure({base::Errc::timed_out, "no answer"}, now, source);
                }
            }
            now += step % 2 == 0 ? SourceOrder::kGrace : SourceOrder::kOutageMin;
            pool.follow_sources(now);
            const auto& members = pool.nodes().members().members;
            EXPECT_TRUE(!has_had_nodes || !members.empty()) << script;
            has_had_nodes = has_had_nodes || !members.empty();
            const auto authority = pool.sources().order().authority();
            EXPECT_EQ(authority.has_value(), has_had_nodes) << script;
            if (authority) {
                EXPECT_EQ(members.back().name, *authority == 0 ? "b" : "c") << script;
            }
        }
    }
}

}  // namespace
}  // namespace ringside::discovery
