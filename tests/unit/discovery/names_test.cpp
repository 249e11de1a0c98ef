#include "discovery/names.h"

#include "base/log.h"
#include "unit/discovery/loop_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Names whose lookups a test answers by hand.
class NamesTest : public testing::Test, public LoopHarness {
  protected:
    struct Lookup {
        std::string host;
        Names::OnAnswer on_answer;
        std::weak_ptr<void> wanted;
    };
    std::vector<Lookup> lookups;
    std::vector<std::string> told;
    Names names{loop, [this](const std::string& host, Names::OnAnswer on_answer) {
                    auto question = std::make_shared<int>();
                    lookups.push_back({host, std::move(on_answer), question});
                    return std::shared_ptr<void>(question);
                }};

    Names::UserPtr open(const std::string& who) {
        return names.open(
            [this, who](const std::string& host, const NameState& state, bool failed) {
                const std::string ip = state.ips.empty() ? "-" : state.ips.front();
                told.push_back(who + " " + host + " " + ip + (failed ? " failed" : ""));
            });
    }
    void found(std::size_t lookup, const std::string& ip) {
        lookups.at(lookup).on_answer({.ips = {ip}, .ttl = base::seconds(60)});
    }
    void failed(std::size_t lookup) {
        lookups.at(lookup).on_answer({.problem = "name lookup timed out"});
    }
};

TEST_F(NamesTest, addresses_that_no_node_can_have_are_not_found) {
    io::NameResolver resolver(loop, {.hosts = "/dev/null"});
    std::vector<NameAnswer> answers;
    std::vector<std::shared_ptr<void>> questions;
    for (const char* ip : {"169.254.169.254", "10.0.0.1"}) {
        questions.push_back(ask_by(resolver)(ip, [&](NameAnswer answer) {
            answers.push_back(std::move(answer));
            happened();
        }));
        run_until_happened();
    }

    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0].problem, "name server gave a bad answer");
    EXPECT_THAT(answers[1].ips, ElementsAre("10.0.0.1"));
}

TEST_F(NamesTest, a_name_of_two_users_is_asked_for_once_and_both_are_told) {
    const auto pools = open("pools");
    const auto endpoint = open("endpoint");
    pools->use({"a.example", "b.example"});
    endpoint->use({"a.example"});

    found(0, "10.0.0.1");
    failed(1);

    EXPECT_EQ(lookups.size(), 2U);
    EXPECT_THAT(told, ElementsAre("pools a.example 10.0.0.1", "endpoint a.example 10.0.0.1",
                                  "pools b.example - failed"));
}

TEST_F(NamesTest, who_comes_later_is_told_soon_what_is_known) {
    const auto first = open("first");
    first->use({"a.example"});
    found(0, "10.0.0.1");
    told.clear();
    const auto second = open("second");

    second->use({"a.example"});
    EXPECT_THAT(told, IsEmpty()) << "not from inside the call";
    run_for(milliseconds(1));

    EXPECT_THAT(told, testing::Contains("second a.example 10.0.0.1"));
}

TEST_F(NamesTest, a_name_is_looked_up_as_long_as_somebody_uses_it) {
    const auto first = open("first");
    auto second = open("second");
    first->use({"a.example"});
    second->use({"a.example"});

    first->use({});
    EXPECT_FALSE(lookups[0].wanted.expired());
    second.reset();

    EXPECT_TRUE(lookups[0].wanted.expired());
    EXPECT_EQ(names.find("a.example"), nullptr);
}

TEST_F(NamesTest, a_failed_name_is_asked_for_again_when_its_pause_is_over) {
    const auto user = open("user");
    user->use({"a.example"});
    failed(0);
    EXPECT_EQ(lookups.size(), 1U);

    run_for(NameBook::kRetryMin + milliseconds(200));
    ASSERT_EQ(lookups.size(), 2U);
    found(1, "10.0.0.1");

    EXPECT_THAT(told, ElementsAre("user a.example - failed", "user a.example 10.0.0.1"));
}

TEST_F(NamesTest, a_user_may_end_and_change_its_names_while_it_is_told) {
    Names::UserPtr ends;
    Names::UserPtr changes;
    ends = names.open([&](const std::string&, const NameState&, bool) { ends.reset(); });
    changes = names.open(
        [&](const std::string&, const NameState&, bool) { changes->use({"b.example"}); });
    ends->use({"a.example"});
    changes->use({"a.example"});

    found(0, "10.0.0.1");

    EXPECT_EQ(ends, nullptr);
    ASSERT_EQ(lookups.size(), 2U);
    EXPECT_EQ(lookups[1].host, "b.example");
}

}  // namespace
}  // namespace ringside::discovery
