#include "health/outage.h"

#include <gtest/gtest.h>

namespace ringside::health {
namespace {

using base::milliseconds;
using base::seconds;

class OutageTest : public testing::Test {
  protected:
    // How many lines a node costs that fails and answers in turn, each `period` apart.
    int news_of_flapping(milliseconds period, int times) {
        int news = 0;
        for (int i = 0; i < times; ++i) {
            news += outage_.on_failure(now_) ? 1 : 0;
            now_ += period;
            outage_.on_answer(now_);
            news += outage_.take_end(now_) ? 1 : 0;
            now_ += period;
            news += outage_.take_end(now_) ? 1 : 0;
        }
        return news;
    }

    base::TimePoint now_{seconds(1000)};
    Outage outage_;
};

TEST_F(OutageTest, the_first_failure_and_the_first_answer_after_it_are_news) {
    EXPECT_TRUE(outage_.on_failure(now_));
    EXPECT_FALSE(outage_.on_failure(now_ + seconds(1)));
    EXPECT_EQ(outage_.next_deadline(), base::kNever);
    EXPECT_FALSE(outage_.take_end(now_ + seconds(2)));

    outage_.on_answer(now_ + seconds(12));
    const auto end = outage_.take_end(now_ + seconds(12));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->lasted, seconds(12));
    EXPECT_EQ(end->relapses, 0U);
    EXPECT_FALSE(outage_.take_end(now_ + seconds(13)));
}

TEST_F(OutageTest, answers_of_a_node_that_is_well_are_no_news) {
    outage_.on_answer(now_);

    EXPECT_FALSE(outage_.take_end(now_));
    EXPECT_EQ(outage_.next_deadline(), base::kNever);
}

TEST_F(OutageTest, after_a_failure_soon_after_the_return_the_next_return_has_to_last) {
    outage_.on_failure(now_);
    outage_.on_answer(now_);
    ASSERT_TRUE(outage_.take_end(now_));
    now_ += seconds(5);

    ASSERT_TRUE(outage_.on_failure(now_));
    outage_.on_answer(now_ + seconds(1));
    EXPECT_FALSE(outage_.take_end(now_ + seconds(1)));
    EXPECT_EQ(outage_.next_deadline(), now_ + seconds(2));
    EXPECT_FALSE(outage_.on_failure(now_ + milliseconds(1500))) << "the same outage";
    outage_.on_answer(now_ + seconds(3));
    const auto end = outage_.take_end(now_ + seconds(4));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->lasted, seconds(3));
    EXPECT_EQ(end->relapses, 1U);
}

TEST_F(OutageTest, a_node_that_was_calm_is_believed_at_once) {
    outage_.on_failure(now_);
    outage_.on_answer(now_);
    ASSERT_TRUE(outage_.take_end(now_));
    now_ += Outage::kCalm;

    ASSERT_TRUE(outage_.on_failure(now_));
    outage_.on_answer(now_);

    EXPECT_TRUE(outage_.take_end(now_));
}

TEST_F(OutageTest, a_flapping_node_costs_few_lines) {
    EXPECT_LE(news_of_flapping(milliseconds(10), 10'000), 10) << "200 s of it, 50 times a second";
    EXPECT_LE(news_of_flapping(seconds(5), 720), 100) << "two hours of it, 6 times a minute";
}

TEST_F(OutageTest, who_has_failed_and_is_silent_is_to_be_asked_again_and_again) {
    EXPECT_EQ(outage_.next_silence(), base::kNever);
    outage_.on_failure(now_);
    outage_.on_failure(now_ + seconds(4));

    EXPECT_FALSE(outage_.take_silence(now_ + Outage::kSilence));
    EXPECT_EQ(outage_.next_silence(), now_ + seconds(4) + Outage::kSilence);
    EXPECT_TRUE(outage_.take_silence(now_ + seconds(4) + Outage::kSilence));
    EXPECT_FALSE(outage_.take_silence(now_ + seconds(5) + Outage::kSilence));
    EXPECT_TRUE(outage_.take_silence(now_ + seconds(4) + 2 * Outage::kSilence));

    outage_.on_answer(now_ + seconds(40));
    EXPECT_EQ(outage_.next_silence(), base::kNever);
}

TEST_F(OutageTest, what_has_failed_since_the_last_answer_is_counted_and_dated) {
    outage_.on_failure(now_);
    outage_.on_failure(now_ + seconds(1));
    EXPECT_EQ(outage_.failures(), 2u);
    EXPECT_EQ(outage_.on_since(), now_);

    outage_.on_answer(now_ + seconds(2));
    EXPECT_EQ(outage_.failures(), 0u);
    outage_.on_failure(now_ + seconds(3));

    EXPECT_EQ(outage_.failures(), 1u);
    EXPECT_EQ(outage_.on_since(), now_ + seconds(3)) << "though the outage goes on";
}

}  // namespace
}  // namespace ringside::health
