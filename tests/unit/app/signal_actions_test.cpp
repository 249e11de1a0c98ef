#include "app/signal_actions.h"

#include "base/log.h"
#include "support/captured_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace ringside::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SignalActionsTest : public testing::Test {
  protected:
    ~SignalActionsTest() override { base::log().set_level(base::LogLevel::info); }

    io::EventLoop loop_;
    std::vector<std::string> asked_;
    SignalActions actions_{loop_,
                           "",
                           5,
                           {.reload =
                                [this](std::string_view trigger) {
                                    asked_.push_back("reload for " + std::string(trigger));
                                    if (asked_.size() == 2) {
                                        loop_.stop();
                                    }
                                },
                            .stop = [this] { asked_.push_back("stop"); }}};
};

TEST_F(SignalActionsTest, each_of_three_signals_ends_the_process) {
    actions_.on_signal(SIGTERM);
    actions_.on_signal(SIGINT);
    actions_.on_signal(SIGQUIT);

    EXPECT_THAT(asked_, ElementsAre("stop", "stop", "stop"));
}

TEST_F(SignalActionsTest, a_reload_waits_until_there_is_something_to_be_loaded_anew) {
    actions_.on_signal(SIGHUP);
    actions_.on_signal(SIGHUP);
    EXPECT_THAT(asked_, IsEmpty());

    actions_.begin_reloads();

    EXPECT_THAT(asked_, ElementsAre("reload for SIGHUP"));
}

TEST_F(SignalActionsTest, nothing_is_loaded_that_nobody_has_asked_for) {
    actions_.begin_reloads();

    EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(SignalActionsTest, reloads_that_are_asked_for_in_quick_succession_are_one_more) {
    actions_.begin_reloads();
    for (int i = 0; i < 5; ++i) {
        actions_.on_signal(SIGHUP);
    }
    EXPECT_THAT(asked_, ElementsAre("reload for SIGHUP"));

    loop_.run();  // until the second one

    EXPECT_THAT(asked_, ElementsAre("reload for SIGHUP", "reload for SIGHUP"));
}

TEST_F(SignalActionsTest, the_log_says_more_and_less_within_its_scale) {
    base::CapturedLog captured;
    actions_.on_signal(SIGTTIN);
    actions_.on_signal(SIGTTIN);
    EXPECT_EQ(base::log().level(), base::level_of_verbosity(7));

    for (int i = 0; i < 20; ++i) {
        actions_.on_signal(SIGTTOU);
    }
    EXPECT_EQ(base::log().level(), base::level_of_verbosity(0));
    actions_.on_signal(SIGTTIN);

    EXPECT_EQ(base::log().level(), base::level_of_verbosity(1));
    const std::string text = captured.take();
    EXPECT_THAT(text, HasSubstr("SIGTTIN: log level 7"));
    EXPECT_THAT(text, HasSubstr("SIGTTOU: log level 4")) << "said as long as it can be";
}

TEST_F(SignalActionsTest, some_signals_are_only_told) {
    base::CapturedLog captured;

    actions_.on_signal(SIGUSR1);

    EXPECT_THAT(captured.take(), HasSubstr("SIGUSR1: nothing to do"));
    EXPECT_THAT(asked_, IsEmpty());
}

}  // namespace
}  // namespace ringside::app
