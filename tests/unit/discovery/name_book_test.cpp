#include "discovery/name_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kTimedOut = "name lookup timed out";
constexpr std::string_view kNotFound = "no such name";
const std::string kHost = "cache.example";

class NameBookTest : public testing::Test {
  protected:
    NameBook book;
    base::TimePoint now{seconds(1000)};

    // As if the lookup that is due had led to this.
    NameNews answer(NameAnswer answer) {
        EXPECT_THAT(book.take_due(now), ElementsAre(kHost));
        return book.on_answer(kHost, std::move(answer), now);
    }
    NameNews found(std::vector<std::string> ips, milliseconds ttl = seconds(60)) {
        return answer({.ips = std::move(ips), .ttl = ttl});
    }
    NameNews failed(std::string_view problem = kTimedOut) { return answer({.problem = problem}); }
    // Until the name is due again.
    milliseconds pause() {
        const auto wait = std::chrono::duration_cast<milliseconds>(book.next_deadline() - now);
        now = book.next_deadline();
        return wait;
    }
    const NameState& state() { return *book.find(kHost); }

    void SetUp() override { book.add(kHost); }
};

TEST_F(NameBookTest, a_new_name_is_due_once_and_pending_until_it_is_answered) {
    EXPECT_THAT(book.take_due(now), ElementsAre(kHost));

    EXPECT_THAT(book.take_due(now + seconds(100)), IsEmpty());
    EXPECT_EQ(book.next_deadline(), base::kNever);
    EXPECT_TRUE(state().is_pending());
}

TEST_F(NameBookTest, an_answer_counts_however_late_it_comes) {
    ASSERT_THAT(book.take_due(now), ElementsAre(kHost));
    now += seconds(60);

    EXPECT_EQ(book.on_answer(kHost, {.ips = {"10.0.0.1"}, .ttl = seconds(5)}, now),
              NameNews::found);

    EXPECT_THAT(state().ips, ElementsAre("10.0.0.1"));
    EXPECT_EQ(pause(), seconds(5));
}

TEST_F(NameBookTest, a_time_to_live_has_bounds) {
    found({"10.0.0.1"}, milliseconds(0));
    EXPECT_EQ(pause(), NameBook::kTtlMin);

    found({"10.0.0.1"}, std::chrono::hours(24));
    EXPECT_EQ(pause(), NameBook::kTtlMax);
}

TEST_F(NameBookTest, other_addresses_are_news_another_order_is_not) {
    found({"10.0.0.1", "10.0.0.2"});
    pause();

    EXPECT_EQ(found({"10.0.0.2", "10.0.0.1"}), NameNews::none);
    EXPECT_THAT(state().ips, ElementsAre("10.0.0.1", "10.0.0.2"));
    pause();

    EXPECT_EQ(found({"10.0.0.2", "10.0.0.3"}), NameNews::changed);
    EXPECT_THAT(state().ips, ElementsAre("10.0.0.2", "10.0.0.3"));
}

TEST_F(NameBookTest, the_last_good_addresses_stay_whatever_goes_wrong) {
    found({"10.0.0.1"});
    pause();
    const base::TimePoint lost_at = now;

    EXPECT_EQ(failed(kTimedOut), NameNews::lost);
    pause();
    EXPECT_EQ(failed(kNotFound), NameNews::none);

    EXPECT_THAT(state().ips, ElementsAre("10.0.0.1"));
    EXPECT_EQ(state().problem, kNotFound);
    EXPECT_EQ(state().problem_since, lost_at);
}

TEST_F(NameBookTest, a_streak_of_failures_ends_with_addresses) {
    found({"10.0.0.1"});
    pause();
    failed();
    pause();

    EXPECT_EQ(found({"10.0.0.1"}), NameNews::back);
    EXPECT_EQ(state().problem, "");
    pause();

    failed();
    pause();
    EXPECT_EQ(found({"10.0.0.9"}), NameNews::changed);
}

TEST_F(NameBookTest, a_name_that_fails_first_is_back_with_its_first_addresses) {
    EXPECT_EQ(failed(), NameNews::lost);
    EXPECT_FALSE(state().is_pending());
    pause();

    EXPECT_EQ(found({"10.0.0.1"}), NameNews::back);
}

TEST_F(NameBookTest, the_pause_after_failures_grows_to_a_bound_and_starts_over) {
    found({"10.0.0.1"});
    pause();
    for (const seconds expected : {seconds(1), seconds(5), seconds(25), seconds(30), seconds(30)}) {
        failed();
        EXPECT_EQ(pause(), expected);
    }
    found({"10.0.0.1"});
    pause();

    failed();

    EXPECT_EQ(pause(), seconds(1));
}

TEST_F(NameBookTest, a_name_without_any_address_is_asked_for_more_often) {
    for (const seconds expected : {seconds(1), seconds(5), seconds(5)}) {
        failed();
        EXPECT_EQ(pause(), expected);
    }
}

TEST_F(NameBookTest, a_doubted_name_is_asked_again_but_not_twice_within_a_second) {
    found({"10.0.0.1"});

    now += milliseconds(400);
    book.ask_again(kHost);
    EXPECT_EQ(pause(), milliseconds(600));
    found({"10.0.0.1"});
    now += seconds(10);
    book.ask_again(kHost);

    EXPECT_THAT(book.take_due(now), ElementsAre(kHost));
}

TEST_F(NameBookTest, asking_again_changes_nothing_while_an_answer_is_awaited) {
    ASSERT_THAT(book.take_due(now), ElementsAre(kHost));

    book.ask_again(kHost);
    book.ask_again("unknown.example");

    EXPECT_THAT(book.take_due(now + seconds(10)), IsEmpty());
}

TEST_F(NameBookTest, a_removed_name_is_forgotten_and_its_late_answer_ignored) {
    ASSERT_THAT(book.take_due(now), ElementsAre(kHost));
    book.remove(kHost);

    EXPECT_EQ(book.on_answer(kHost, {.ips = {"10.0.0.1"}}, now), NameNews::none);
    EXPECT_EQ(book.find(kHost), nullptr);
    book.add(kHost);
    EXPECT_EQ(book.on_answer(kHost, {.ips = {"10.0.0.1"}}, now), NameNews::none);

    EXPECT_TRUE(state().is_pending());
}

TEST_F(NameBookTest, names_do_not_wait_for_each_other) {
    found({"10.0.0.1"}, seconds(30));
    book.add("other.example");

    EXPECT_THAT(book.take_due(now), ElementsAre("other.example"));

    EXPECT_EQ(book.next_deadline(), now + seconds(30));
}

}  // namespace
}  // namespace ringside::discovery
