#include "app/worker_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Both loops are run by the test, on one thread, when it is their turn.
class WorkerDoorTest : public testing::Test {
  protected:
    // What was posted to a loop until now.
    static void run(io::EventLoop& loop) {
        loop.post([&loop] { loop.stop(); });
        loop.run();
    }

    WorkerDoor::Question question(const std::string& name) {
        return [this, name] { asked_.push_back(name); };
    }
    WorkerDoor::OnDone on_done(const std::string& name) {
        return [this, name](const base::Status& status) {
            told_.push_back(name + (status ? ": done" : ": " + status.error().message));
        };
    }

    io::EventLoop control_;
    io::EventLoop worker_;
    std::vector<std::string> asked_;
    std::vector<std::string> told_;
    WorkerDoor door_{control_, worker_};
};

TEST_F(WorkerDoorTest, a_question_is_answered_there_and_told_here) {
    ASSERT_TRUE(door_.ask(question("a"), on_done("a")));
    run(control_);
    EXPECT_THAT(asked_, IsEmpty());
    EXPECT_THAT(told_, IsEmpty());

    run(worker_);
    EXPECT_THAT(asked_, ElementsAre("a"));
    EXPECT_THAT(told_, IsEmpty());

    run(control_);
    EXPECT_THAT(told_, ElementsAre("a: done"));
}

TEST_F(WorkerDoorTest, who_asks_too_much_at_once_is_refused_and_may_ask_again_later) {
    for (std::size_t i = 0; i < WorkerDoor::kUnderWayMax; ++i) {
        ASSERT_TRUE(door_.ask(question("a"), on_done("a")));
    }

    const base::Status refused = door_.ask(question("b"), on_done("b"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::conflict);
    run(worker_);
    run(control_);
    EXPECT_THAT(told_, ElementsAre("a: done", "a: done", "a: done", "a: done"));

    EXPECT_TRUE(door_.ask(question("b"), on_done("b")));
}

TEST_F(WorkerDoorTest, who_is_told_may_ask_for_the_next_page) {
    ASSERT_TRUE(door_.ask(question("a"), [this](const base::Status&) {
        EXPECT_TRUE(door_.ask(question("b"), on_done("b")));
    }));

    run(worker_);
    run(control_);
    run(worker_);
    run(control_);

    EXPECT_THAT(asked_, ElementsAre("a", "b"));
    EXPECT_THAT(told_, ElementsAre("b: done"));
}

TEST_F(WorkerDoorTest, a_late_answer_is_dropped_and_counts_until_it_is_there) {
    WorkerDoor hasty(control_, worker_, base::milliseconds(1));
    for (std::size_t i = 0; i < WorkerDoor::kUnderWayMax; ++i) {
        const bool is_last = i + 1 == WorkerDoor::kUnderWayMax;
        ASSERT_TRUE(hasty.ask(question("a"), [this, is_last](const base::Status& status) {
            ASSERT_FALSE(status);
            told_.emplace_back(to_string(status.error().code));
            if (is_last) {
                control_.stop();
            }
        }));
    }

    control_.run();  // until the last one is given up
    EXPECT_THAT(told_, ElementsAre("timed_out", "timed_out", "timed_out", "timed_out"));
    EXPECT_FALSE(hasty.ask(question("b"), on_done("b"))) << "they wait in front of the worker";

    run(worker_);
    run(control_);
    EXPECT_EQ(asked_.size(), WorkerDoor::kUnderWayMax);
    EXPECT_EQ(told_.size(), WorkerDoor::kUnderWayMax) << "nobody is told twice";
    EXPECT_TRUE(hasty.ask(question("b"), on_done("b")));
}

}  // namespace
}  // namespace ringside::app
