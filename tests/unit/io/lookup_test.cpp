#include "io/lookup.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::io {
namespace {

TEST(Lookup, finds_the_addresses_of_a_name_on_the_loops_thread) {
    EventLoop loop;
    Lookup lookup(loop);
    std::size_t found_count = 0;

    const auto question =
        lookup.ask({"localhost", 11211}, [&](base::Expected<std::vector<SocketAddress>> found) {
            found_count = found ? found->size() : 0;
            loop.stop();
        });
    loop.run();

    EXPECT_GE(found_count, 1U);
}

TEST(Lookup, says_that_a_name_does_not_exist) {
    EventLoop loop;
    Lookup lookup(loop);
    std::string message;

    const auto question = lookup.ask({"nonexistent.invalid", 11211},
                                     [&](base::Expected<std::vector<SocketAddress>> found) {
                                         message = found ? "" : found.error().message;
                                         loop.stop();
                                     });
    loop.run();

    EXPECT_EQ(message.substr(0, 26), "host nonexistent.invalid: ");
}

TEST(Lookup, does_not_answer_a_question_that_was_dropped) {
    EventLoop loop;
    Lookup lookup(loop);
    std::string order;

    auto dropped = lookup.ask({"localhost", 1}, [&](const auto&) { order += "dropped"; });
    const auto kept = lookup.ask({"localhost", 2}, [&](const auto&) {
        order += "kept";
        loop.stop();
    });
    dropped.reset();
    loop.run();

    EXPECT_EQ(order, "kept");
}

TEST(Lookup, may_go_away_with_questions_under_way) {
    EventLoop loop;
    bool answered = false;

    {
        Lookup lookup(loop);
        const auto question =
            lookup.ask({"nonexistent.invalid", 1}, [&](const auto&) { answered = true; });
    }
    loop.post([&] { loop.stop(); });
    loop.run();

    EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace ringside::io
