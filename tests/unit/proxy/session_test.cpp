#include "proxy/session.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

namespace ringside::proxy {
namespace {

TEST(SessionPhases, lead_onwards_only) {
    constexpr std::array kInOrder{SessionPhase::open, SessionPhase::finishing,
                                  SessionPhase::closing, SessionPhase::cut};

    for (std::size_t from = 0; from < kInOrder.size(); ++from) {
        for (std::size_t to = 0; to < kInOrder.size(); ++to) {
            EXPECT_EQ(may_follow(kInOrder[from], kInOrder[to]), from < to) << from << " to " << to;
        }
    }
}

TEST(Session, takes_requests_until_it_is_closing) {
    Session session;
    EXPECT_TRUE(session.takes_requests());

    session.become(SessionPhase::finishing);
    EXPECT_TRUE(session.takes_requests()) << "those that are there already";
    session.become(SessionPhase::closing);
    EXPECT_FALSE(session.takes_requests());
    session.become(SessionPhase::cut);
    EXPECT_FALSE(session.takes_requests());
}

TEST(ExpectedSize, follows_larger_ones_at_once_and_smaller_ones_slowly) {
    ExpectedSize<8> size;
    EXPECT_EQ(size.bytes(), 0u);

    size.learn(800);
    EXPECT_EQ(size.bytes(), 800u);
    size.learn(0);
    EXPECT_EQ(size.bytes(), 700u);
    size.learn(5'000);
    EXPECT_EQ(size.bytes(), 5'000u);
}

}  // namespace
}  // namespace ringside::proxy
