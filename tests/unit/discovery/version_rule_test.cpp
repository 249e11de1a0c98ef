#include "discovery/version_rule.h"

#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using Verdict = VersionRule::Verdict;

routing::Membership answer(std::uint64_t version, std::string host) {
    return {.members = {{.name = host, .address = {host, 11211}}}, .source_version = version};
}

// A rule that has taken version 7 with node "a".
VersionRule at_version_7() {
    VersionRule rule;
    rule.take(answer(7, "a"));
    return rule;
}

TEST(VersionRule, the_first_answer_is_news_whatever_its_version) {
    VersionRule rule;

    EXPECT_EQ(rule.judge(answer(0, "a")), Verdict::news);
}

TEST(VersionRule, a_larger_version_is_news) {
    EXPECT_EQ(at_version_7().judge(answer(8, "a")), Verdict::news);
}

TEST(VersionRule, the_same_again_is_unchanged) {
    EXPECT_EQ(at_version_7().judge(answer(7, "a")), Verdict::unchanged);
}

TEST(VersionRule, other_content_under_the_same_version_is_news) {
    // A replaced node may have another address although no node was added or removed.
    EXPECT_EQ(at_version_7().judge(answer(7, "b")), Verdict::news);
}

TEST(VersionRule, an_older_version_is_refused) {
    VersionRule rule = at_version_7();

    EXPECT_EQ(rule.judge(answer(6, "b")), Verdict::older);
    EXPECT_EQ(rule.judge(answer(6, "b")), Verdict::older);

    EXPECT_EQ(rule.current()->source_version, 7U);
}

TEST(VersionRule, the_same_older_answer_three_times_in_a_row_may_be_a_recreated_cluster) {
    VersionRule rule = at_version_7();
    rule.judge(answer(1, "b"));
    rule.judge(answer(1, "b"));

    EXPECT_EQ(rule.judge(answer(1, "b")), Verdict::recreated);
    rule.take(answer(1, "b"));

    EXPECT_EQ(rule.judge(answer(1, "b")), Verdict::unchanged);
    EXPECT_EQ(rule.judge(answer(2, "c")), Verdict::news);
}

TEST(VersionRule, an_unconfirmed_older_answer_stays_on_offer) {
    VersionRule rule = at_version_7();
    for (int i = 0; i < 3; ++i) {
        rule.judge(answer(1, "b"));
    }

    EXPECT_EQ(rule.judge(answer(1, "b")), Verdict::recreated);
}

TEST(VersionRule, older_answers_must_agree_in_version_and_content) {
    VersionRule rule = at_version_7();
    rule.judge(answer(1, "b"));
    rule.judge(answer(1, "b"));

    EXPECT_EQ(rule.judge(answer(2, "b")), Verdict::older);
    EXPECT_EQ(rule.judge(answer(2, "b")), Verdict::older);
    EXPECT_EQ(rule.judge(answer(2, "c")), Verdict::older);
}

TEST(VersionRule, the_current_version_in_between_ends_the_row) {
    VersionRule rule = at_version_7();
    rule.judge(answer(6, "b"));
    rule.judge(answer(6, "b"));
    rule.judge(answer(7, "a"));

    EXPECT_EQ(rule.judge(answer(6, "b")), Verdict::older);
    EXPECT_EQ(rule.older_answers(), 1U);
}

TEST(VersionRule, a_poll_without_an_answer_ends_the_row) {
    VersionRule rule = at_version_7();
    rule.judge(answer(6, "b"));
    rule.judge(answer(6, "b"));
    rule.on_no_answer();

    EXPECT_EQ(rule.judge(answer(6, "b")), Verdict::older);
}

}  // namespace
}  // namespace ringside::discovery
