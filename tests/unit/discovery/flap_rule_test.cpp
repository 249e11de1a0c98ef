#include "discovery/flap_rule.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AFlapRule : public ::testing::Test {
  protected:
    // The names of who may be in the ring.
    std::vector<std::string> take(const std::vector<std::string>& names) {
        routing::Membership list;
        for (const std::string& name : names) {
            list.members.push_back({.name = name, .address = {name, 11211}});
        }
        std::vector<std::string> taken;
        for (const routing::Member& member : rule_.take(list, now_, lines_).members) {
            taken.push_back(member.name);
        }
        return taken;
    }
    // "c" leaves and comes back, within two seconds.
    std::vector<std::string> flap(int times = 1) {
        std::vector<std::string> taken;
        for (int i = 0; i < times; ++i) {
            now_ += seconds(1);
            take({"a", "b"});
            now_ += seconds(1);
            taken = take({"a", "b", "c"});
        }
        return taken;
    }
    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : lines_.take(LogLines::Ring::published)) {
            texts.push_back(line.text);
        }
        return texts;
    }

    base::TimePoint now_{seconds(1000)};
    LogLines lines_;
    FlapRule rule_;
};

TEST_F(AFlapRule, a_node_may_come_back_a_few_times) {
    take({"a", "b", "c"});

    EXPECT_THAT(flap(3), ElementsAre("a", "b", "c"));
    EXPECT_THAT(rule_.kept_out(), IsEmpty());
    EXPECT_EQ(rule_.next_deadline(), base::kNever);
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(AFlapRule, a_node_that_comes_back_too_often_stays_out_until_it_is_stable) {
    take({"a", "b", "c"});

    EXPECT_THAT(flap(4), ElementsAre("a", "b"));
    EXPECT_THAT(told(), ElementsAre("node c has come back 4 times within 600 s: it stays out of "
                                    "the ring until it was listed for 300 s"));
    ASSERT_THAT(rule_.kept_out(), SizeIs(1));
    EXPECT_EQ(rule_.kept_out()[0].name, "c");
    EXPECT_EQ(rule_.kept_out()[0].returns, 4U);
    EXPECT_EQ(rule_.next_deadline(), now_ + FlapRule::kStable);

    now_ += FlapRule::kStable - seconds(1);
    EXPECT_THAT(take({"a", "b", "c"}), ElementsAre("a", "b"));
    now_ += seconds(1);
    EXPECT_THAT(take({"a", "b", "c"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(told(), ElementsAre("node c is stable and joins"));
    EXPECT_EQ(rule_.next_deadline(), base::kNever);
}

TEST_F(AFlapRule, each_absence_starts_its_time_anew_and_is_not_told_again) {
    take({"a", "b", "c"});
    flap(4);
    told();

    now_ += FlapRule::kStable - seconds(2);
    EXPECT_THAT(flap(), ElementsAre("a", "b"));

    EXPECT_EQ(rule_.next_deadline(), now_ + FlapRule::kStable);
    EXPECT_THAT(told(), IsEmpty());
    now_ += seconds(10);
    rule_.on_nothing(now_);
    EXPECT_EQ(rule_.next_deadline(), now_ + FlapRule::kStable) << "its source lists nobody";
}

TEST_F(AFlapRule, who_leaves_is_gone_at_once_whatever_it_did_before) {
    take({"a", "b", "c"});
    flap(4);

    now_ += FlapRule::kStable;
    EXPECT_THAT(take({"a", "b", "c"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(take({"a", "b"}), ElementsAre("a", "b"));
    EXPECT_THAT(rule_.kept_out(), IsEmpty());
}

TEST_F(AFlapRule, what_was_long_ago_does_not_count) {
    take({"a", "b", "c"});
    flap(3);

    now_ += FlapRule::kWindow;

    EXPECT_THAT(flap(3), ElementsAre("a", "b", "c"));
    EXPECT_THAT(flap(), ElementsAre("a", "b"));
}

TEST_F(AFlapRule, new_nodes_are_no_returns) {
    for (int i = 0; i < 20; ++i) {
        now_ += seconds(1);
        const std::string fresh = fmt::format("x{}", i);
        EXPECT_THAT(take({"a", "b", fresh}), ElementsAre("a", "b", fresh));
    }
}

TEST_F(AFlapRule, more_than_half_of_a_list_and_the_nodes_that_must_be_there_are_never_missing) {
    for (int i = 0; i < 6; ++i) {
        now_ += seconds(1);
        EXPECT_THAT(take({"a"}), ElementsAre("a"));
        now_ += seconds(1);
        take({"a", "b", "c", "d"});
    }
    EXPECT_THAT(take({"a", "b", "c", "d"}), ElementsAre("a", "d")) << "half of them";

    rule_.set_limits(3, 3);
    EXPECT_THAT(take({"a", "b", "c", "d"}), SizeIs(::testing::Ge(3U)));
    EXPECT_THAT(told(), ::testing::Contains(HasSubstr("joins")));
}

TEST_F(AFlapRule, a_list_that_shrinks_takes_back_whom_it_cannot_spare) {
    take({"a", "b", "c"});
    flap(4);
    told();

    EXPECT_THAT(take({"c"}), ElementsAre("c"));
    EXPECT_THAT(told(), ElementsAre("node c joins, as too few are left"));
}

TEST_F(AFlapRule, under_another_limit_who_is_kept_out_joins) {
    take({"a", "b", "c"});
    flap(4);

    rule_.set_limits(0, 1);
    EXPECT_LE(rule_.next_deadline(), now_);

    EXPECT_THAT(take({"a", "b", "c"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(flap(20), ElementsAre("a", "b", "c")) << "no limit";
}

TEST_F(AFlapRule, forgets_names_when_they_mean_others_and_when_they_are_too_many) {
    take({"a", "b", "c"});
    flap(4);
    rule_.forget();
    EXPECT_THAT(take({"a", "b", "c"}), ElementsAre("a", "b", "c"));

    std::vector<std::string> many;
    for (int i = 0; i < 3000; ++i) {
        many.push_back(fmt::format("m{:04}", i));
    }
    flap(3);
    for (const auto& list : {std::vector<std::string>{"a", "b"}, many, {"a", "b"}}) {
        now_ += seconds(1);
        take(list);
    }
    EXPECT_THAT(flap(3), ElementsAre("a", "b", "c")) << "it left before many others";
}

}  // namespace
}  // namespace ringside::discovery
