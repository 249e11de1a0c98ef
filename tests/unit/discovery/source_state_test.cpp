#include "discovery/source_state.h"

#include "controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const base::Error kSilent{base::Errc::timed_out, "no answer"};

class ASource : public ::testing::Test {
  protected:
    ASource() { source_.set_name("elasticache cfg.example:11211"); }

    std::vector<std::string> told() {
        std::vector<std::string> texts;
        for (const LogLine& line : lines_.take(LogLines::Ring::published)) {
            texts.push_back((line.warning ? "! " : "") + line.text);
        }
        return texts;
    }

    base::TimePoint now_{seconds(1000)};
    LogLines lines_;
    SourceState source_;
};

TEST_F(ASource, a_streak_of_failures_is_told_once_and_so_is_its_end) {
    source_.on_failure(kSilent, 3, now_, lines_);
    source_.on_failure(kSilent, 3, now_, lines_);
    EXPECT_THAT(told(), ElementsAre("! elasticache cfg.example:11211 gave no usable list: no "
                                    "answer; 3 nodes are known and stay"));
    EXPECT_EQ(source_.failures(), 2U);
    EXPECT_EQ(source_.last_failure(), "no answer");

    source_.on_list(membership({"a"}), now_, lines_);
    source_.on_list(membership({"a"}), now_, lines_);

    EXPECT_THAT(told(), ElementsAre("elasticache cfg.example:11211 gives a usable list again"));
    EXPECT_EQ(source_.answers(), 2U);
    EXPECT_EQ(source_.last_failure(), "");
    EXPECT_EQ(source_.last_answer(), now_);
}

TEST_F(ASource, that_there_are_no_nodes_is_another_word_than_a_failure) {
    const base::Error nothing{base::Errc::not_found, "NXDOMAIN"};

    for (const std::size_t known : {3U, 0U}) {
        source_.on_nothing(nothing, known, now_, lines_);
        EXPECT_TRUE(source_.says_nothing());
        source_.on_refused(kSilent, known, now_, lines_);
        EXPECT_FALSE(source_.says_nothing());
    }
    source_.on_nothing(nothing, 0, now_, lines_);
    source_.on_list(membership({"a"}), now_, lines_);
    EXPECT_FALSE(source_.says_nothing());
}

TEST_F(ASource, the_failures_of_another_source_say_nothing_about_this_one) {
    source_.on_failure(kSilent, 3, now_, lines_);
    told();

    source_.set_name("elasticache other.example:11211");
    EXPECT_EQ(source_.last_failure(), "");
    EXPECT_EQ(source_.failures(), 1U);
    source_.on_list(membership({"a"}), now_, lines_);

    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ASource, the_same_name_is_the_same_source) {
    source_.on_failure(kSilent, 3, now_, lines_);
    told();

    source_.set_name("elasticache cfg.example:11211");
    source_.on_failure(kSilent, 3, now_, lines_);

    EXPECT_THAT(told(), IsEmpty());
    EXPECT_EQ(source_.last_failure(), "no answer");
}

TEST_F(ASource, keeps_its_last_error_when_it_is_well_again_but_not_that_of_another) {
    source_.on_failure(kSilent, 3, now_, lines_);
    source_.on_facts({.way = "asked"});

    source_.on_list(membership({"a"}), now_ + seconds(1), lines_);

    EXPECT_EQ(source_.last_error(), "no answer");
    EXPECT_EQ(source_.last_error_at(), now_);
    EXPECT_EQ(source_.facts().way, "asked");
    source_.set_name("dns other");
    EXPECT_EQ(source_.last_error(), "");
    EXPECT_EQ(source_.last_error_at(), std::nullopt);
    EXPECT_EQ(source_.facts(), SourceFacts{});
}

}  // namespace
}  // namespace ringside::discovery
