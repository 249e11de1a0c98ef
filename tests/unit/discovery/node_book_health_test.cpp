#include "controller_harness.h"
#include "discovery/node_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using health::HealthKind;
using testing::ElementsAre;
using testing::IsEmpty;

// A pool of the nodes a and b, with or without auto_eject_hosts.
class NodeNews : public testing::TestWithParam<bool> {
  protected:
    NodeNews() : book_("alpha", policy(GetParam()), lines_) {
        book_.take_members(membership({"a", "b"}), now_);
    }

    static routing::PoolPolicy policy(bool auto_eject) {
        routing::PoolPolicy result;
        result.auto_eject = auto_eject;
        result.failure_limit = 100;
        return result;
    }

    void report(HealthKind kind, const std::string& node = "a") {
        const base::TimePoint began = now_;
        now_ += base::microseconds(1);
        book_.on_health({.pool = 0,
                         .node = book_.id_of(node),
                         .kind = kind,
                         .link_epoch = book_.nodes().front().link_epoch,
                         .attempt = {began, now_}},
                        now_, 0.5);
    }

    // With "! " before the warnings.
    std::vector<std::string> news() {
        if (book_.has_losses()) {
            book_.tell_losses();
        }
        return lines();
    }
    std::vector<std::string> lines() {
        std::vector<std::string> texts;
        for (const LogLine& line : lines_.take(LogLines::Ring::pending)) {
            texts.push_back((line.warning ? "! " : "") + line.text);
        }
        return texts;
    }

    base::TimePoint now_{seconds(1000)};
    LogLines lines_;
    NodeBook book_;
};

TEST_P(NodeNews, a_node_is_lost_once_and_back_once_however_many_reports_there_are) {
    for (int i = 0; i < 50; ++i) {
        report(HealthKind::refused);
    }
    EXPECT_THAT(news(), ElementsAre("! node a lost: connection refused"));
    now_ += milliseconds(12'300);

    for (int i = 0; i < 50; ++i) {
        report(HealthKind::recovered);
    }

    EXPECT_THAT(news(), ElementsAre("node a back after 12.3 s"));
    EXPECT_THAT(news(), IsEmpty());
}

TEST_P(NodeNews, the_loss_of_all_nodes_is_told_in_one_line) {
    report(HealthKind::refused, "a");
    EXPECT_FALSE(book_.is_lost());
    report(HealthKind::timed_out, "b");
    EXPECT_TRUE(book_.is_lost());

    EXPECT_THAT(news(), ElementsAre("! all 2 nodes are lost, the last one: requests timed out"));
    report(HealthKind::refused, "a");
    EXPECT_FALSE(book_.has_losses());
    report(HealthKind::recovered, "b");
    EXPECT_FALSE(book_.is_lost());
}

TEST_P(NodeNews, the_loss_of_many_nodes_is_told_in_one_line) {
    std::vector<std::string> nodes;
    for (int i = 0; i < 20; ++i) {
        nodes.push_back(fmt::format("node-{}", i));
    }
    book_.take_members(membership(nodes, 2), now_);

    for (int i = 1; i < 20; ++i) {
        report(HealthKind::refused, nodes[static_cast<std::size_t>(i)]);
    }

    EXPECT_THAT(news(), ElementsAre("! 19 nodes lost: node-1, node-2, node-3 and 16 more, the "
                                    "last one: connection refused"));
}

TEST_P(NodeNews, a_loss_that_was_not_told_yet_is_told_before_its_end) {
    report(HealthKind::refused);
    now_ += milliseconds(300);
    report(HealthKind::recovered);

    EXPECT_THAT(lines(),
                ElementsAre("! node a lost: connection refused", "node a back after 0.3 s"));
    EXPECT_FALSE(book_.has_losses());
}

TEST_P(NodeNews, a_flapping_node_is_told_of_when_it_has_calmed_down) {
    report(HealthKind::refused);
    report(HealthKind::recovered);
    EXPECT_THAT(news(),
                ElementsAre("! node a lost: connection refused", "node a back after 0.0 s"));

    for (int i = 0; i < 50; ++i) {
        now_ += milliseconds(10);
        report(HealthKind::lost);
        report(HealthKind::recovered);
    }
    EXPECT_THAT(news(), ElementsAre("! node a lost: connection lost"));
    ASSERT_EQ(book_.next_deadline(), now_ + seconds(1));
    now_ = book_.next_deadline();
    book_.end_outages(now_);

    EXPECT_THAT(news(), ElementsAre("node a back after 0.5 s, in which it came and went 49 times"));
}

TEST_P(NodeNews, a_node_that_was_removed_is_no_longer_missed) {
    report(HealthKind::refused);
    news();
    book_.take_members(membership({"b"}, 2), now_);

    book_.take_members(membership({"a", "b"}, 3), now_);
    report(HealthKind::recovered);

    EXPECT_THAT(news(), IsEmpty());
}

TEST_P(NodeNews, a_node_out_of_the_ring_is_not_back_by_a_late_answer) {
    report(HealthKind::refused);
    EXPECT_TRUE(book_.eject("a", {base::kNever}, false, now_));
    news();

    report(HealthKind::recovered);  // late, by a link that goes away
    EXPECT_THAT(news(), IsEmpty());

    EXPECT_TRUE(book_.restore("a", now_));
    report(HealthKind::recovered);
    EXPECT_THAT(news(), ElementsAre("node a back after 0.0 s"));
}

TEST_P(NodeNews, a_refused_password_is_told_once_and_its_end_as_that_of_an_outage) {
    report(HealthKind::auth_failed);
    report(HealthKind::auth_failed);
    EXPECT_THAT(news(), ElementsAre("! node a refuses redis_auth or redis_db: requests for it fail "
                                    "until it takes them"));
    EXPECT_THAT(book_.take_degraded(), ElementsAre(testing::Pair(book_.id_of("a"), true)));
    now_ += milliseconds(1'500);

    report(HealthKind::recovered);

    EXPECT_THAT(news(), ElementsAre("node a back after 1.5 s"));
    EXPECT_THAT(book_.take_degraded(), ElementsAre(testing::Pair(book_.id_of("a"), false)));
}

TEST_P(NodeNews, a_password_refused_behind_an_outage_is_told_as_well) {
    report(HealthKind::refused);
    news();

    report(HealthKind::auth_failed);

    EXPECT_THAT(news(), ElementsAre("! node a refuses redis_auth or redis_db: requests for it fail "
                                    "until it takes them"));
}

TEST_P(NodeNews, refused_writes_are_told_once_and_so_is_the_first_write_after_them) {
    report(HealthKind::readonly);
    now_ += seconds(60);
    report(HealthKind::readonly);
    report(HealthKind::recovered);  // it reads well all the time
    EXPECT_THAT(news(),
                ElementsAre("! node a refuses writes as a replica does (READONLY): links to "
                            "it are replaced, not more often than every second, in case its "
                            "address is another's now"));

    report(HealthKind::writable);

    EXPECT_THAT(news(), ElementsAre("node a takes writes again"));
}

INSTANTIATE_TEST_SUITE_P(Pools, NodeNews, testing::Bool(), [](const auto& instance) {
    return std::string(instance.param ? "with_ejection" : "without_ejection");
});

}  // namespace
}  // namespace ringside::discovery
