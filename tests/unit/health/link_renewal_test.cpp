#include "health/link_renewal.h"

#include <gmock/gmock.h>

#include <vector>

namespace ringside::health {
namespace {

using base::seconds;
using testing::ElementsAre;

class LinkRenewalTest : public testing::Test {
  protected:
    // A client writes ten times a second and is refused. When links were
    // replaced, in seconds.
    std::vector<double> renewals_of_a_replica(seconds span) {
        std::vector<double> at;
        const base::TimePoint begin = now_;
        for (const base::TimePoint end = now_ + span; now_ < end; now_ += base::milliseconds(100)) {
            renewal_.on_refused(now_);
            if (renewal_.take(now_)) {
                at.push_back(std::chrono::duration<double>(now_ - begin).count());
            }
        }
        return at;
    }

    base::TimePoint now_{seconds(1000)};
    LinkRenewal renewal_;
};

TEST_F(LinkRenewalTest, replaces_links_at_once_and_then_ever_more_seldom) {
    EXPECT_THAT(renewals_of_a_replica(seconds(100)), ElementsAre(0, 1, 3, 7, 15, 31, 61, 91));
}

TEST_F(LinkRenewalTest, what_comes_too_soon_is_not_forgotten) {
    renewal_.on_refused(now_);
    ASSERT_TRUE(renewal_.take(now_));
    EXPECT_EQ(renewal_.next_deadline(), base::kNever);

    renewal_.on_refused(now_ + base::milliseconds(10));
    EXPECT_FALSE(renewal_.take(now_ + base::milliseconds(10)));

    EXPECT_EQ(renewal_.next_deadline(), now_ + seconds(1));
    EXPECT_TRUE(renewal_.take(now_ + seconds(1)));
}

TEST_F(LinkRenewalTest, a_write_ends_it_and_the_next_time_is_as_the_first) {
    renewals_of_a_replica(seconds(10));

    renewal_.on_write();
    EXPECT_EQ(renewal_.next_deadline(), base::kNever);
    now_ += seconds(8);

    EXPECT_THAT(renewals_of_a_replica(seconds(5)), ElementsAre(0, 1, 3));
}

TEST_F(LinkRenewalTest, writes_that_alternate_with_refusals_keep_the_least_pause) {
    int renewals = 0;
    for (int i = 0; i < 100; ++i, now_ += base::milliseconds(100)) {
        renewal_.on_refused(now_);
        renewals += renewal_.take(now_) ? 1 : 0;
        renewal_.on_write();
    }

    EXPECT_EQ(renewals, 10);
}

TEST_F(LinkRenewalTest, a_node_that_was_quiet_for_long_starts_over) {
    renewals_of_a_replica(seconds(60));

    now_ += seconds(120);

    EXPECT_THAT(renewals_of_a_replica(seconds(4)), ElementsAre(0, 1, 3));
}

}  // namespace
}  // namespace ringside::health
