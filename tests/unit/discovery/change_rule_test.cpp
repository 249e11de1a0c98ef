#include "discovery/change_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::TimePoint;
using routing::Membership;

// Nodes "a" to the letter before `end`.
Membership nodes(char end) {
    Membership membership;
    for (char name = 'a'; name != end; ++name) {
        membership.members.push_back({std::string(1, name), {std::string("10.0.0.") + name, 1}});
    }
    return membership;
}

constexpr TimePoint kStart{base::seconds(1000)};
constexpr TimePoint at(int ms) {
    return kStart + milliseconds(ms);
}

const Membership kFour = nodes('e');
const Membership kTwo = nodes('c');
const Membership kOne = nodes('b');

TEST(ChangeRule, believes_what_is_added_and_what_few_leave_at_once) {
    ChangeRule rule;

    EXPECT_TRUE(rule.judge({}, kFour, kStart));
    EXPECT_TRUE(rule.judge(kOne, kFour, kStart));
    EXPECT_TRUE(rule.judge(kFour, kTwo, kStart)) << "half of them";
    EXPECT_TRUE(rule.judge(kFour, kFour, kStart));
    EXPECT_EQ(rule.ask_again_at(), base::kNever);
}

TEST(ChangeRule, believes_that_many_leave_when_answers_agree) {
    ChangeRule rule;

    const base::Status first = rule.judge(kFour, kOne, kStart);
    ASSERT_FALSE(first);
    EXPECT_EQ(
        first.error().message,
        "3 of 4 nodes would leave at once, more than change_max of 50%; 1 of 3 answers agree");
    EXPECT_EQ(rule.ask_again_at(), at(1000));

    EXPECT_FALSE(rule.judge(kFour, kOne, at(1000)));
    EXPECT_TRUE(rule.judge(kFour, kOne, at(2000)));
    EXPECT_EQ(rule.ask_again_at(), base::kNever);
    EXPECT_FALSE(rule.judge(kFour, kOne, at(3000))) << "agreement starts over";
}

TEST(ChangeRule, answers_in_quick_succession_are_one) {
    ChangeRule rule;

    for (int ms = 0; ms < 1000; ms += 100) {
        EXPECT_FALSE(rule.judge(kFour, kOne, at(ms)));
    }
    EXPECT_FALSE(rule.judge(kFour, kOne, at(1000)));
    EXPECT_TRUE(rule.judge(kFour, kOne, at(2000)));
}

TEST(ChangeRule, another_answer_starts_agreement_over) {
    ChangeRule rule;

    EXPECT_FALSE(rule.judge(kFour, kOne, at(0)));
    EXPECT_FALSE(rule.judge(kFour, kOne, at(1000)));
    EXPECT_TRUE(rule.judge(kFour, kFour, at(2000))) << "it was a mistake";
    EXPECT_FALSE(rule.judge(kFour, kOne, at(3000)));

    Membership other = kOne;
    other.members.front().name = "z";
    EXPECT_FALSE(rule.judge(kFour, other, at(4000)));
    EXPECT_FALSE(rule.judge(kFour, other, at(5000)));
    EXPECT_TRUE(rule.judge(kFour, other, at(6000)));
}

// An address may change meanwhile: it is about who is there.
TEST(ChangeRule, lists_agree_when_they_name_the_same_nodes) {
    ChangeRule rule;
    Membership moved = kOne;
    moved.members.front().address.port = 2;

    EXPECT_FALSE(rule.judge(kFour, kOne, at(0)));
    EXPECT_FALSE(rule.judge(kFour, moved, at(1000)));
    EXPECT_TRUE(rule.judge(kFour, kOne, at(2000)));
}

TEST(ChangeRule, a_source_is_asked_again_once_for_each_answer) {
    ChangeRule rule;

    EXPECT_FALSE(rule.judge(kFour, kOne, at(0)));
    rule.on_asked();
    EXPECT_EQ(rule.ask_again_at(), base::kNever);
    EXPECT_FALSE(rule.judge(kFour, kOne, at(5000)));
    EXPECT_EQ(rule.ask_again_at(), at(6000));
}

TEST(ChangeRule, sources_are_asked_again_one_here_one_there) {
    ChangeRule rule;

    EXPECT_FALSE(rule.judge(kFour, kOne, at(0), 0.25));
    EXPECT_EQ(rule.ask_again_at(), at(1250));

    rule.on_other_answer();
    EXPECT_EQ(rule.ask_again_at(), base::kNever);
    EXPECT_FALSE(rule.judge(kFour, kOne, at(1250)));
    EXPECT_FALSE(rule.judge(kFour, kOne, at(2250))) << "the third, but of what?";
    EXPECT_TRUE(rule.judge(kFour, kOne, at(3250)));
}

TEST(ChangeRule, all_may_leave_at_once_where_that_is_allowed) {
    ChangeRule rule;
    rule.set_limits({.nodes_min = 1, .leave_percent_max = 100, .answers = 3});
    Membership others = kFour;
    for (routing::Member& member : others.members) {
        member.name = 'x' + member.name;
    }

    EXPECT_TRUE(rule.judge(kFour, others, kStart));
}

TEST(ChangeRule, none_may_leave_without_agreement_where_that_is_wanted) {
    ChangeRule rule;
    rule.set_limits({.nodes_min = 1, .leave_percent_max = 0, .answers = 2});

    EXPECT_FALSE(rule.judge(kFour, nodes('d'), at(0)));
    EXPECT_TRUE(rule.judge(kFour, nodes('d'), at(1000)));
}

TEST(ChangeRule, fewer_nodes_than_there_must_be_are_never_believed) {
    ChangeRule rule;
    rule.set_limits({.nodes_min = 3, .leave_percent_max = 50, .answers = 3});

    for (const Membership& current : {Membership{}, kFour}) {
        const base::Status judged = rule.judge(current, kTwo, kStart);
        ASSERT_FALSE(judged);
        EXPECT_EQ(judged.error().message, "the list has 2 nodes, and nodes_min is 3");
        EXPECT_EQ(rule.ask_again_at(), base::kNever);
    }
    EXPECT_TRUE(rule.judge(kFour, nodes('d'), kStart));
}

}  // namespace
}  // namespace ringside::discovery
