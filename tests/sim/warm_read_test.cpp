// A request of several steps, whose plan only tests have: miss, read from the previous owner, add.
// The whole script is played with each failure at each step.
#include "base/limits.h"
#include "sim/warm_plan.h"
#include "sim/warm_script.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;
using proxy::ConnectionId;
using proxy::StreamEnd;
using Failure = WarmScript::Failure;
using Gets = WarmScript::Gets;

constexpr WarmScript::Ending kAllIsWell{{Gets::value, Gets::value, Gets::value}, {3, 3, 3}};
// A failure at the owner is the client's answer; behind the miss the client has that.
constexpr WarmScript::Ending kFails{{Gets::error, Gets::miss, Gets::value}, {1, 2, 3}};
constexpr WarmScript::Ending kReachesNoNode{{Gets::error, Gets::miss, Gets::value}, {0, 1, 2}};
// The step is answered, but the next one has no node.
constexpr WarmScript::Ending kStops{{Gets::miss, Gets::value, Gets::value}, {1, 2, 3}};
// Nobody is there to get an answer.
constexpr WarmScript::Ending kIsLeft{{Gets::nothing, Gets::nothing, Gets::nothing}, {1, 2, 3}};
constexpr WarmScript::Ending kIsLeftBehindIt{{Gets::nothing, Gets::nothing, Gets::nothing},
                                             {1, 3, 3}};

void unplug(WarmScript& script, int step) {
    script.unplug(step);
}
void let_be_refused(WarmScript& script, int step) {
    script.let_be_refused(step);
}

const Failure kFailures[]{
    {"nothing", kAllIsWell, [](WarmScript& script) { script.answer_right(); }},
    // --- the node answers otherwise, or in pieces ---
    {"an_answer_that_comes_byte_by_byte", kAllIsWell,
     [](WarmScript& script) { script.answer(script.right_answer(), 1); }},
    {"an_error_of_the_node", kFails,
     [](WarmScript& script) { script.answer("SERVER_ERROR out of memory storing object\r\n"); }},
    {"bytes_that_are_no_answer", kFails,
     [](WarmScript& script) { script.answer("\x01\x02 what?\r\n"); }},
    {"an_answer_to_another_request", kFails,
     [](WarmScript& script) {
         script.answer(script.step() == 3 ? "END\r\n" : "VALUE other 0 1\r\nx\r\nEND\r\n");
     }},
    {"an_answer_too_many", kAllIsWell,
     [](WarmScript& script) { script.answer(script.right_answer() + "END\r\n"); }},
    // --- the link ends ---
    {"a_reset_in_front_of_the_answer", kFails,
     [](WarmScript& script) { script.end_link(StreamEnd::reset); }},
    {"an_end_in_front_of_the_answer", kFails,
     [](WarmScript& script) { script.end_link(StreamEnd::eof); }},
    {"a_reset_in_the_middle_of_the_answer", kFails,
     [](WarmScript& script) {
         script.answer_half();
         script.end_link(StreamEnd::reset);
     }},
    {"a_reset_behind_the_answer", kAllIsWell,
     [](WarmScript& script) {
         script.answer_right();
         script.end_link(StreamEnd::reset);
     }},
    {"a_connection_that_is_refused", kFails,
     [](WarmScript& script) { script.end_link(StreamEnd::refused); }, unplug},
    {"a_name_that_is_not_found", kFails,
     [](WarmScript& script) { script.end_link(StreamEnd::name_not_found); }, unplug},
    {"a_node_that_is_not_dialled_again_yet", kReachesNoNode, nullptr, let_be_refused},
    // --- time passes ---
    {"a_connection_that_takes_too_long", kFails,
     [](WarmScript& script) { script.wait(WarmScript::kTimeout); }, unplug},
    {"an_answer_that_comes_too_late", kFails,
     [](WarmScript& script) {
         script.wait(WarmScript::kTimeout);
         script.answer_right();
     }},
    {"an_answer_that_ends_too_late", kFails,
     [](WarmScript& script) {
         const std::size_t half = script.answer_half();
         script.wait(WarmScript::kTimeout);
         script.answer(script.right_answer().substr(half));
     }},
    {"a_node_that_stays_silent", kFails,
     [](WarmScript& script) {
         script.wait(WarmScript::kTimeout);
         script.wait(base::kLateReplyGraceMin);
     }},
    {"an_answer_in_time_for_itself_only", kStops,
     [](WarmScript& script) {
         script.wait(0ms);
         script.bench.now += WarmScript::kTimeout;
         script.answer_right();
     }},
    // --- the client leaves ---
    {"a_client_that_resets", kIsLeft,
     [](WarmScript& script) {
         script.leave(StreamEnd::reset);
         script.answer_right();
     }},
    {"a_client_that_resets_in_the_middle_of_the_answer", kIsLeft,
     [](WarmScript& script) {
         const std::size_t half = script.answer_half();
         script.leave(StreamEnd::reset);
         script.answer(script.right_answer().substr(half));
     }},
    {"a_client_that_resets_right_behind_the_answer", kIsLeftBehindIt,
     [](WarmScript& script) { script.leave_with_the_answer(true); }},
    {"a_client_that_resets_right_in_front_of_the_answer", kIsLeft,
     [](WarmScript& script) { script.leave_with_the_answer(false); }},
    {"a_client_that_resets_and_a_node_that_fails", kIsLeft,
     [](WarmScript& script) {
         script.leave(StreamEnd::reset);
         script.end_link(StreamEnd::reset);
     }},
    {"a_client_that_closes_its_half", kAllIsWell,
     [](WarmScript& script) {
         script.leave(StreamEnd::eof);
         script.answer_right();
     }},
    // --- snapshots ---
    {"a_node_that_leaves_the_pool", kAllIsWell,
     [](WarmScript& script) {
         script.adopt_without_node();
         script.answer_right();
     }},
    {"a_node_that_leaves_the_pool_and_resets", kFails,
     [](WarmScript& script) {
         script.adopt_without_node();
         script.end_link(StreamEnd::reset);
     }},
    {"an_owner_that_changes", kAllIsWell,
     [](WarmScript& script) {
         script.adopt({1, 2, 3, 4, 5});
         script.answer_right();
     }},
    {"links_that_are_made_anew", kAllIsWell,
     [](WarmScript& script) {
         script.adopt({1, 2, 3, 4}, 2);
         script.answer_right();
     }},
    {"a_pool_that_loses_all_nodes", kStops,
     [](WarmScript& script) {
         script.adopt({});
         script.answer_right();
     }},
    {"a_pool_that_is_removed", kAllIsWell,
     [](WarmScript& script) {
         script.remove_pool();
         script.answer_right();
     }},
    {"a_pool_that_is_removed_and_a_node_that_fails", kFails,
     [](WarmScript& script) {
         script.remove_pool();
         script.end_link(StreamEnd::reset);
     }},
    {"a_worker_that_is_drained", kAllIsWell,
     [](WarmScript& script) {
         script.drain();
         script.answer_right();
     }},
};

std::string name_of(const testing::TestParamInfo<Failure>& failure) {
    return failure.param.name;
}

void play(const Failure& failure) {
    for (int step = 1; step <= 3; ++step) {
        for (const std::size_t value_bytes : {std::size_t{5}, std::size_t{20'000}}) {
            for (const bool front_is_last : {false, true}) {
                SCOPED_TRACE(fmt::format("at step {}, a value of {} bytes, the one in front {}",
                                         step, value_bytes, front_is_last ? "last" : "first"));
                WarmScript script({.value_bytes = value_bytes, .front_is_last = front_is_last});
                script.run(failure, step);
            }
        }
    }
}

class WarmRead : public testing::TestWithParam<Failure> {};

TEST_P(WarmRead, gives_each_request_one_answer_in_order_and_ends_with) {
    play(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Failures, WarmRead, testing::ValuesIn(kFailures), name_of);

// A value at the owner ends the script; it could have gone on, so it is kept until it is complete.
class WarmHit : public testing::TestWithParam<std::size_t> {
  protected:
    WarmHit() : bench_(1, warm_plan_of) {
        bench_.adopt({"cache-1", "cache-2"});
        client_ = bench_.connect_client();
        bench_.send(client_, "get color\r\nversion\r\n");
        const routing::Pool& pool = *bench_.snapshot->pools[0];
        const auto owner = pool.owner_of("color", 0);
        link_ = bench_.link_to(static_cast<int>(pool.nodes[*owner].node.id));
    }

    std::string answer() const {
        return fmt::format("VALUE color 0 {}\r\n{}\r\nEND\r\n", GetParam(),
                           std::string(GetParam(), 'v'));
    }
    std::string asked_of_all() {
        std::string asked;
        for (const ConnectionId id : bench_.transport.dialled) {
            asked += bench_.received(id);
        }
        return asked;
    }

    WorkerBench bench_;
    ConnectionId client_{};
    ConnectionId link_{};
};

TEST_P(WarmHit, is_the_answer_at_once_and_nothing_else_is_asked) {
    asked_of_all();

    bench_.send(link_, answer(), 1);

    EXPECT_TRUE(bench_.received(client_).starts_with(answer()));
    EXPECT_EQ(asked_of_all(), "");
}

TEST_P(WarmHit, can_still_become_an_error_while_it_comes) {
    bench_.send(link_, std::string_view(answer()).substr(0, answer().size() - 1));
    EXPECT_EQ(bench_.received(client_), "");

    bench_.end(link_, StreamEnd::reset);

    EXPECT_TRUE(bench_.received(client_).starts_with("SERVER_ERROR Connection reset by peer"));
    EXPECT_TRUE(bench_.transport[client_].open);
}

INSTANTIATE_TEST_SUITE_P(ValueBytes, WarmHit, testing::Values(5, 20'000, 200'000));

TEST(WarmReadOfRemovedPool, leaves_no_link_behind_when_the_last_client_of_a_removed_pool_resets) {
    play({"the_last_client_of_a_removed_pool_resets", kIsLeftBehindIt, [](WarmScript& script) {
              script.remove_pool();
              script.leave_with_the_answer(true);
          }});
}

}  // namespace
}  // namespace ringside::sim
