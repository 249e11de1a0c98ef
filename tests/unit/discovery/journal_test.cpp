#include "discovery/journal.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using routing::NodeState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

routing::PoolNode node(std::string name, std::uint32_t weight = 1,
                       NodeState state = NodeState::in_ring, std::uint16_t port = 1) {
    return {{.name = std::move(name), .address = {"10.0.0.1", port}, .weight = weight}, state};
}

routing::PoolPtr pool(std::vector<routing::PoolNode> nodes, routing::PoolPolicy policy = {}) {
    return routing::build_pool(0, "p", std::move(policy), std::move(nodes));
}

RingChange change(std::uint64_t version, std::size_t name_bytes = 1) {
    RingChange result{.version = version};
    for (std::size_t i = 0; i < 20; ++i) {
        result.added.add(std::string(name_bytes, 'n'));
    }
    return result;
}

// --- what is different ---

TEST(RingChange, of_the_first_ring_is_all_of_it) {
    const auto found = ring_change(nullptr, *pool({node("a"), node("b")}));

    EXPECT_THAT(found->added.names, ElementsAre("a", "b"));
    EXPECT_THAT(found->causes, ElementsAre(ChangeCause::source));
    EXPECT_EQ(found->nodes, 2U);
    EXPECT_EQ(found->nodes_in_ring, 2U);
    EXPECT_EQ(found->moved, std::nullopt);
    EXPECT_FALSE(ring_change(nullptr, *pool({})).has_value());
}

TEST(RingChange, names_who_came_who_left_and_who_is_another) {
    const auto before = pool({node("a"), node("b"), node("c"), node("d"), node("zz")});
    const auto after =
        pool({node("b", 2), node("c", 1, NodeState::in_ring, 9), node("d"), node("e"), node("yy")});

    const auto found = ring_change(before.get(), *after);

    EXPECT_THAT(found->added.names, ElementsAre("e", "yy"));
    EXPECT_THAT(found->removed.names, ElementsAre("a", "zz"));
    EXPECT_THAT(found->changed.names, ElementsAre("b", "c"));
    EXPECT_THAT(found->causes, ElementsAre(ChangeCause::source));
    EXPECT_EQ(found->fingerprint, routing::fingerprint(*after));
}

TEST(RingChange, tells_whose_word_an_ejection_was) {
    const auto before = pool({node("a"), node("b"), node("c", 1, NodeState::ejected_by_health),
                              node("d", 1, NodeState::ejected_by_operator)});
    const auto after = pool({node("a", 1, NodeState::ejected_by_health),
                             node("b", 1, NodeState::ejected_by_operator), node("c"), node("d")});

    const auto found = ring_change(before.get(), *after);

    EXPECT_THAT(found->ejected.names, ElementsAre("a", "b"));
    EXPECT_THAT(found->returned.names, ElementsAre("c", "d"));
    EXPECT_THAT(found->causes,
                ElementsAre(ChangeCause::health_ejection, ChangeCause::operator_ejection,
                            ChangeCause::health_return, ChangeCause::operator_return));
    EXPECT_EQ(found->nodes_in_ring, 2U);
}

TEST(RingChange, is_none_where_no_key_and_no_node_is_elsewhere) {
    routing::PoolPolicy other;
    other.timeout = base::milliseconds(7);
    std::vector<routing::PoolNode> looked_up{node("a")};
    looked_up[0].addresses = {{"10.0.0.77", 1}};
    looked_up[0].link_epoch = 3;

    EXPECT_FALSE(ring_change(pool({node("a")}).get(), *pool(looked_up, other)).has_value());
    other.hash = routing::HashKind::murmur;
    EXPECT_THAT(ring_change(pool({node("a")}).get(), *pool({node("a")}, other))->causes,
                ElementsAre(ChangeCause::configuration));
}

TEST(RingChange, of_thousands_of_nodes_names_the_first_and_counts_all) {
    std::vector<routing::PoolNode> many;
    for (int i = 0; i < 3000; ++i) {
        many.push_back(node("cache-" + std::to_string(i)));
    }

    const auto found = ring_change(nullptr, *pool(many));

    EXPECT_EQ(found->added.count, 3000U);
    EXPECT_THAT(found->added.names, SizeIs(NameList::kNamesMax));
}

TEST(ChangeCauses, have_words) {
    for (const ChangeCause cause :
         {ChangeCause::configuration, ChangeCause::source, ChangeCause::saved_list,
          ChangeCause::health_ejection, ChangeCause::health_return, ChangeCause::operator_ejection,
          ChangeCause::operator_return}) {
        EXPECT_NE(to_string(cause), "unknown");
    }
}

// --- the journal ---

TEST(Journal, numbers_the_changes_and_keeps_the_last_ones) {
    Journal journal;

    for (std::uint64_t i = 1; i <= 100; ++i) {
        journal.add(change(i));
    }

    EXPECT_THAT(journal.changes(), SizeIs(Journal::kChangesMax));
    EXPECT_EQ(journal.changes().front().generation, 37U);
    EXPECT_EQ(journal.changes().back().generation, 100U);
    EXPECT_EQ(journal.generation(), 100U);
}

TEST(Journal, is_bounded_by_bytes_too_but_for_the_last_change) {
    Journal journal;

    for (std::uint64_t i = 1; i <= 100; ++i) {
        journal.add(change(i, 255));
    }
    EXPECT_LT(journal.changes().size() * 16 * 255, Journal::kBytesMax);
    EXPECT_GE(journal.changes().size(), 10U);

    journal.add(change(101, 100'000));
    EXPECT_THAT(journal.changes(), SizeIs(1));
}

TEST(Journal, knows_of_each_change_which_worker_went_by_it_and_when) {
    const base::TimePoint start{base::seconds(1000)};
    Journal journal;
    journal.add(change(3));
    journal.on_adopted(3, {0, start});
    journal.add(change(5));
    journal.on_adopted(4, {0, start + base::milliseconds(1)});  // of another pool

    journal.on_adopted(5, {1, start + base::milliseconds(2)});
    journal.on_adopted(6, {1, start + base::milliseconds(3)});
    journal.on_adopted(6, {0, start + base::milliseconds(4)});

    const auto& changes = journal.changes();
    ASSERT_THAT(changes[0].adoptions, SizeIs(2));
    EXPECT_EQ(changes[0].adoptions[0].at, start);
    EXPECT_EQ(changes[0].adoptions[1].at, start + base::milliseconds(2));
    ASSERT_THAT(changes[1].adoptions, SizeIs(2));
    EXPECT_EQ(changes[1].adoptions[0].worker, 1U);
    EXPECT_EQ(changes[1].adoptions[1].at, start + base::milliseconds(4));
}

// --- counting ---

TEST(MovedCounting, has_an_end_for_pools_that_change_together) {
    routing::PoolPolicy modula;
    modula.distribution = routing::Distribution::modula;
    const auto before = pool({node("a"), node("b")}, modula);
    const auto after = pool({node("a"), node("b"), node("c")}, modula);
    MovedCounting counting;
    int counted = 0;

    for (int i = 0; i < 100; ++i) {
        RingChange each;
        counting.count(*before, *after, each);
        counted += each.moved ? 1 : 0;
    }

    EXPECT_GE(counted, 5);
    EXPECT_LE(counted, 10);
}

TEST(MovedCounting, of_a_pool_that_had_no_ring_says_nothing) {
    RingChange first;
    MovedCounting().count(*pool({}), *pool({node("a")}), first);

    EXPECT_EQ(first.moved, std::nullopt);
}

}  // namespace
}  // namespace ringside::discovery
