#include "discovery/source_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kGrace = SourceOrder::kGrace;
constexpr auto kOutage = SourceOrder::kOutageMin;

class AnOrder : public ::testing::Test {
  protected:
    AnOrder() { order_.set_sources({{"first"}, {"second"}, {"third"}}, now_); }

    // Who may take over, as "0" or, if names have to agree, "1?".
    std::vector<std::string> candidates(bool has_nodes) {
        std::vector<std::string> texts;
        for (const auto& [place, must_agree] : order_.candidates(has_nodes, now_)) {
            texts.push_back(std::to_string(place) + (must_agree ? "?" : ""));
        }
        return texts;
    }
    void give_to(std::size_t place) {
        order_.on_list(place, now_);
        order_.give_to(place, now_);
        now_ += seconds(1);
    }

    base::TimePoint now_{seconds(1000)};
    SourceOrder order_;
};

TEST_F(AnOrder, the_preferred_source_decides_with_its_first_list) {
    EXPECT_THAT(candidates(false), IsEmpty());

    order_.on_list(0, now_);
    EXPECT_THAT(candidates(false), ElementsAre("0"));
    EXPECT_THAT(candidates(true), ElementsAre("0"));

    order_.give_to(0, now_);
    EXPECT_EQ(order_.authority(), 0U);
    EXPECT_EQ(order_.since(), now_);
    EXPECT_THAT(candidates(true), IsEmpty());
}

TEST_F(AnOrder, a_less_preferred_one_serves_when_the_preferred_one_is_late) {
    order_.on_list(2, now_);
    order_.on_failure(0, now_);
    EXPECT_THAT(candidates(false), IsEmpty());
    EXPECT_EQ(order_.next_deadline(false), now_ + kGrace);
    now_ += kGrace - milliseconds(1);
    EXPECT_THAT(candidates(false), IsEmpty());
    order_.on_list(1, now_);

    now_ += milliseconds(1);

    EXPECT_THAT(candidates(false), ElementsAre("1", "2"));
    EXPECT_EQ(order_.next_deadline(false), base::kNever) << "it is not due again and again";
}

TEST_F(AnOrder, a_list_that_stays_may_be_the_first_though_its_source_has_failed_since) {
    order_.on_list(1, now_);
    order_.on_failure(1, now_);
    now_ += kGrace;

    EXPECT_THAT(candidates(false), ElementsAre("1"));
}

TEST_F(AnOrder, a_more_preferred_one_takes_over_whenever_it_has_a_list) {
    now_ += kGrace;
    give_to(2);

    order_.on_list(1, now_);
    EXPECT_THAT(candidates(true), ElementsAre("1"));
    order_.on_failure(1, now_);
    EXPECT_THAT(candidates(true), IsEmpty()) << "what it said before it failed is of no use";
    order_.on_list(1, now_);
    order_.on_list(0, now_);

    EXPECT_THAT(candidates(true), ElementsAre("0", "1"));
}

TEST_F(AnOrder, a_failure_takes_no_authority_away) {
    give_to(0);
    order_.on_list(1, now_);

    order_.on_failure(0, now_);
    EXPECT_THAT(candidates(true), IsEmpty());
    now_ += kOutage - milliseconds(1);
    order_.on_list(1, now_);

    EXPECT_THAT(candidates(true), IsEmpty());
    EXPECT_EQ(order_.authority(), 0U);
}

TEST_F(AnOrder, after_a_long_outage_news_of_another_source_counts_if_the_names_agree) {
    give_to(0);
    order_.on_failure(0, now_);
    const base::TimePoint failed_at = now_;
    order_.on_list(1, now_);
    EXPECT_EQ(order_.next_deadline(true), failed_at + kOutage);
    now_ += seconds(1);
    order_.on_failure(0, now_);
    EXPECT_EQ(order_.failing_since(0), failed_at);

    now_ = failed_at + kOutage;
    EXPECT_THAT(candidates(true), ElementsAre("1?"));

    order_.on_list(0, now_);
    EXPECT_THAT(candidates(true), IsEmpty()) << "the outage is over";
}

TEST_F(AnOrder, a_list_from_before_the_outage_is_no_news) {
    order_.on_list(1, now_);
    now_ += seconds(1);
    give_to(0);
    order_.on_failure(0, now_);
    now_ += kOutage;

    EXPECT_THAT(candidates(true), IsEmpty());

    order_.on_list(1, now_);
    EXPECT_THAT(candidates(true), ElementsAre("1?"));
    order_.on_failure(1, now_);
    EXPECT_THAT(candidates(true), IsEmpty()) << "nor what fails as well";
}

TEST_F(AnOrder, a_list_of_the_configuration_never_takes_over_from_nodes_that_are_there) {
    order_.set_sources({{"first"}, {"static", true}}, now_);
    give_to(0);
    order_.on_failure(0, now_);
    order_.on_list(1, now_);
    now_ += kOutage;

    EXPECT_THAT(candidates(true), IsEmpty());
}

TEST_F(AnOrder, nodes_of_a_former_source_are_kept_for_as_long_as_in_an_outage) {
    order_.on_list(1, now_);
    now_ += kGrace;
    EXPECT_THAT(candidates(true), IsEmpty());

    now_ += kOutage - kGrace;

    EXPECT_THAT(candidates(true), ElementsAre("1?"));
}

TEST_F(AnOrder, authority_goes_with_its_source_when_the_order_is_another) {
    give_to(0);
    const base::TimePoint since = order_.since();

    order_.set_sources({{"new"}, {"first"}}, now_);
    EXPECT_EQ(order_.authority(), 1U);
    EXPECT_EQ(order_.since(), since);
    EXPECT_EQ(order_.find("first"), 1U);
    EXPECT_EQ(order_.find("second"), std::nullopt);
    order_.on_list(0, now_);
    EXPECT_THAT(candidates(true), ElementsAre("0"));

    order_.set_sources({{"new"}, {"second"}}, now_);
    EXPECT_EQ(order_.authority(), std::nullopt);
    EXPECT_THAT(candidates(true), ElementsAre("0")) << "what it said is known";
}

TEST_F(AnOrder, the_wait_begins_anew_with_another_preferred_source) {
    now_ += kOutage;
    order_.set_sources({{"other"}, {"second"}}, now_);
    order_.on_list(1, now_);
    EXPECT_THAT(candidates(false), IsEmpty());

    now_ += kGrace;

    EXPECT_THAT(candidates(false), ElementsAre("1"));
}

}  // namespace
}  // namespace ringside::discovery
